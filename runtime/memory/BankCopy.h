// Banks put together from others.
#ifndef FOT_RUNTIME_MEMORY_BANKCOPY_H
#define FOT_RUNTIME_MEMORY_BANKCOPY_H

#include "runtime/base/Progress.h"
#include "runtime/base/Status.h"
#include "runtime/memory/BankFile.h"
#include "runtime/memory/BankWriter.h"

#include <cstdint>

namespace fot::rt {

/// Adds all documents of `from`, a compatible bank, to `to`, byte for byte, and
/// commits nothing. What is copied is compared with its checksums. `progress`
/// gets the number of bytes done, of copyBytes().
Status copyBank(const BankFile &from, BankWriter &to,
                const Progress &progress = {});

/// Bytes of all segments.
uint64_t copyBytes(const BankFile &bank);

} // namespace fot::rt

#endif
