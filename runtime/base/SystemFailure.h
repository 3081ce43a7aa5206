// What the operating system refused, as a sentence.
#ifndef FOT_RUNTIME_BASE_SYSTEMFAILURE_H
#define FOT_RUNTIME_BASE_SYSTEMFAILURE_H

#include "runtime/base/Status.h"

#include <cerrno>
#include <cstring>
#include <string>

namespace fot::rt {

/// "PATH: cannot ACTION: " and what errno says.
inline Status systemFailure(const std::string &path, const char *action) {
  return Status::failure(path + ": cannot " + action + ": " +
                         std::strerror(errno));
}

} // namespace fot::rt

#endif
