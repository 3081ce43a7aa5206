// The first bytes of a bank file: prelude, commit slots and description, for
// its reader and its writer.
#ifndef FOT_RUNTIME_MEMORY_BANKHEADER_H
#define FOT_RUNTIME_MEMORY_BANKHEADER_H

#include "runtime/base/Status.h"
#include "runtime/memory/BankDescription.h"

#include "fot/bank_layout.h"

#include <array>
#include <cstdint>
#include <optional>

namespace fot::rt {

/// Offsets of the two commit slots.
inline constexpr std::array<uint64_t, 2> kBankCommits = {FOT_BANK_COMMIT_0,
                                                         FOT_BANK_COMMIT_1};

struct BankHeader {
  fot_bank_prelude prelude = {};
  /// The commit records with a right checksum.
  std::array<std::optional<fot_bank_commit>, 2> commits;
  BankDescription description;
  /// Which of the two counts.
  unsigned current = 0;

  const fot_bank_commit &commit() const { return *commits[current]; }

  /// Reads the header of an open file and checks that all that is committed is
  /// in the file.
  static StatusOr<BankHeader> read(int fd);
};

/// Where the directory begins behind a description of that many bytes.
uint64_t bankDirectoryOffset(uint64_t descriptionBytes);

/// Fills in the checksum.
void signBankCommit(fot_bank_commit &commit);

} // namespace fot::rt

#endif
