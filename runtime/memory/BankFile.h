// A .fotmem file, mapped and verified: a memory that many sessions can read.
#ifndef FOT_RUNTIME_MEMORY_BANKFILE_H
#define FOT_RUNTIME_MEMORY_BANKFILE_H

#include "runtime/base/MappedFile.h"
#include "runtime/base/Progress.h"
#include "runtime/base/Status.h"
#include "runtime/memory/BankDescription.h"
#include "runtime/memory/BankDirectory.h"

#include "fot/kernel_abi.h"

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fot::rt {

/// An immutable bank: what was committed when it was opened, whatever a writer
/// appends meanwhile. Once open() has succeeded, every document and segment
/// that it lists lies within the mapping and has the sizes that the description
/// gives; the contents of segments are compared with their checksums by
/// verify() only. May be shared between threads.
class BankFile {
public:
  /// Reads the directory, not the segments: a matter of milliseconds.
  static StatusOr<std::shared_ptr<const BankFile>>
  open(const std::string &path);

  const std::string &path() const { return name; }
  /// "1.0" and the like.
  std::string formatText() const;
  const BankDescription &description() const { return about; }
  const std::vector<BankDocument> &documents() const {
    return directory.documents;
  }
  /// In the order of the documents, and of the tokens in each.
  const std::vector<BankSegment> &segments() const {
    return directory.segments;
  }
  uint64_t totalTokens() const { return commit.tokens; }
  /// Bytes that are committed; the file may be longer while it is written.
  uint64_t fileBytes() const { return commit.file_bytes; }
  /// Grows with every commit; 1 in a finished file.
  uint64_t generation() const { return commit.generation; }
  /// A checksum of all that the bank holds: two finished files with the same
  /// one have the same bytes.
  uint64_t contentChecksum() const;

  std::span<const int32_t> tokens(size_t segment) const;
  /// One layer of a segment, in place, as compiled code takes it. `layer` is a
  /// place in description().layers; `first` is 0. The pointers are to memory
  /// that cannot be written, and live as long as the file. Keys and values of
  /// a segment with an index are expected to be read here and there, all else
  /// from front to back: the kernel is told so.
  fot_segment view(size_t segment, size_t layer) const;
  /// The same as bytes, to be read from front to back. The index is empty when
  /// there is none.
  std::span<const std::byte> index(size_t segment, size_t layer) const;
  std::span<const std::byte> keys(size_t segment, size_t layer) const;
  std::span<const std::byte> values(size_t segment, size_t layer) const;

  /// Asks the kernel to read the indices of all segments ahead. Does not wait
  /// for all of them, but may take as long as it takes to ask for them.
  void adviseIndexHot() const;

  /// Compares everything with its checksum, and what should be zeros with
  /// zeros. `progress` gets the bytes done, of fileBytes(). The failure names
  /// the segment, the part and its bytes.
  Status verify(const Progress &progress = {}) const;

private:
  friend class BankChecker;

  Status load(int fd);

  std::string name;
  MappedFile inOrder;
  MappedFile hereAndThere; // empty: inOrder serves
  fot_bank_prelude prelude = {};
  fot_bank_commit commit = {};
  /// Both commit records, where their checksums are right.
  std::array<std::optional<fot_bank_commit>, 2> commits;
  BankDescription about;
  BankLayout layout;
  BankDirectory directory;
};

} // namespace fot::rt

#endif
