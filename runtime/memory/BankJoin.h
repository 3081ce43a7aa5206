// Whole banks put together: a new one of several, or one that others are
// added to.
#ifndef FOT_RUNTIME_MEMORY_BANKJOIN_H
#define FOT_RUNTIME_MEMORY_BANKJOIN_H

#include "runtime/base/Status.h"
#include "runtime/memory/BankFile.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fot::rt {

/// Is told how many bytes of all are copied, and may be empty. False stops the
/// work, which then fails.
using JoinProgress = std::function<bool(uint64_t done, uint64_t total)>;

/// Writes the documents of all banks, of one model, to a new bank, in place of
/// any file of the name `output`. Returns it.
StatusOr<std::shared_ptr<const BankFile>>
mergeBanks(const std::vector<std::string> &banks, const std::string &output,
           const JoinProgress &progress = {});

/// Adds the documents of `others`, all or none, to the bank at `path`, which
/// may not be among them. Returns the bank as it is then.
StatusOr<std::shared_ptr<const BankFile>>
appendBanks(const std::string &path, const std::vector<std::string> &others,
            const JoinProgress &progress = {});

} // namespace fot::rt

#endif
