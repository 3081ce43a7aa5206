// How long work tells how far it is, and is stopped.
#ifndef FOT_RUNTIME_BASE_PROGRESS_H
#define FOT_RUNTIME_BASE_PROGRESS_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <functional>

namespace fot::rt {

/// Is told how much is done, and may be empty. False stops the work, which then
/// fails.
using Progress = std::function<bool(uint64_t done)>;

/// The failure of work that its listener stopped.
inline Status stopped() { return Status::failure("stopped"); }

inline Status tell(const Progress &progress, uint64_t done) {
  return progress && !progress(done) ? stopped() : Status();
}

} // namespace fot::rt

#endif
