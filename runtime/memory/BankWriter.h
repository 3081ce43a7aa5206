// Writes .fotmem files, piece by piece and safe against any interruption.
#ifndef FOT_RUNTIME_MEMORY_BANKWRITER_H
#define FOT_RUNTIME_MEMORY_BANKWRITER_H

#include "runtime/base/AsideFile.h"
#include "runtime/base/Checksum.h"
#include "runtime/base/Status.h"
#include "runtime/memory/BankDescription.h"
#include "runtime/memory/BankDirectory.h"

#include "fot/bank_layout.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fot::rt {

/// One layer of a segment of capacity C and G heads: its index (G blocks of
/// FOT_INDEX_BYTES; empty in all layers or in none), keys and values
/// ([G][C] rows; what is behind the segment's count should be zeros, so that
/// equal banks have equal bytes).
struct BankPieces {
  std::span<const std::byte> index, keys, values;
};

/// Appends documents to a bank. Whatever happens, power loss included, the file
/// holds what was committed last; what came after is dropped by the next writer
/// and never seen by readers. Readers may map the file all the while. A failure
/// is for good: what is not committed is dropped with the writer.
///
///     FOT_ASSIGN_OR_RETURN(auto bank, BankWriter::create(path, description));
///     FOT_RETURN_IF_ERROR(bank->beginDocument("a.txt", encoding, window));
///     FOT_RETURN_IF_ERROR(bank->addSegment(tokens, 0, 9000, layers)); // ...
///     FOT_RETURN_IF_ERROR(bank->commit());                            // ...
///     FOT_RETURN_IF_ERROR(bank->finishDocument(textBytes, checksum));
///     FOT_RETURN_IF_ERROR(bank->finish());
///
/// The bytes of a finished file depend on the description, documents and
/// segments alone: not on when it was committed, interrupted and resumed.
class BankWriter {
public:
  /// A new, empty bank, which is there under its name when this returns. Fails
  /// where there is a file already.
  static StatusOr<std::unique_ptr<BankWriter>>
  create(const std::string &path, const BankDescription &description);
  /// A new bank that appears under its name, in place of any other file there,
  /// with finish(), and without it never.
  static StatusOr<std::unique_ptr<BankWriter>>
  createAside(const std::string &path, const BankDescription &description);
  /// Whether createAside() could make a file of that name now.
  static Status checkName(const std::string &path);
  /// A bank that is to grow. It must be compatible with `description`, and no
  /// other process may be writing to it. If its last document is not complete,
  /// segments can be added to that.
  static StatusOr<std::unique_ptr<BankWriter>>
  open(const std::string &path, const BankDescription &description);
  ~BankWriter();
  BankWriter(const BankWriter &) = delete;
  BankWriter &operator=(const BankWriter &) = delete;

  const std::string &path() const { return name; }
  const BankDescription &description() const { return about; }
  /// What the file holds, or will with the next commit.
  const std::vector<BankDocument> &documents() const {
    return directory.documents;
  }
  const std::vector<BankSegment> &segments() const {
    return directory.segments;
  }
  uint64_t totalTokens() const { return directory.tokens; }

  /// Starts a document. One before that is not complete stays so for ever.
  /// `name` has at most 4096 bytes.
  Status beginDocument(const std::string &name, BankEncoding encoding,
                       uint32_t window);
  /// Writes the next tokens of the document and their keys and values:
  /// `layers` in the order of the description, of capacity tokens.size()
  /// rounded up to a multiple of 64. [firstByte, endByte) are theirs in the
  /// document's text.
  Status addSegment(std::span<const int32_t> tokens, uint64_t firstByte,
                    uint64_t endByte, std::span<const BankPieces> layers);
  /// The document is complete; its text has `bytes` bytes of that XXH3-64.
  Status finishDocument(uint64_t bytes, uint64_t checksum);
  /// Makes everything so far last. Waits for the disk.
  Status commit();
  /// Commits, and gives the file its final bytes. Nothing can be written
  /// afterwards.
  Status finish();

private:
  BankWriter() = default;
  Status load(const BankDescription &expected);
  Status readAll(int bank, const BankDescription &expected);
  Status writeHeader();
  Status dropUncommitted();
  Status write(uint64_t offset, std::span<const std::byte> bytes);
  Status extend(uint64_t size);
  Status sync();
  Status writeFailure() const;
  Status makeRoom(size_t slots);
  Status addRecord(std::span<const std::byte> record);
  Status writeSegment(std::span<const int32_t> tokens, uint64_t firstByte,
                      uint64_t endByte, std::span<const BankPieces> layers);
  Status writeCommit(unsigned which, uint64_t generation);
  Status commitAll();
  template <typename Step> Status attempt(Step step);

  std::string name;
  AsideFile aside;     // pending: it appears with finish()
  std::string failure; // why nothing more can be written
  int fd = -1;
  BankDescription about;
  BankLayout layout;
  BankDirectory directory;
  fot_bank_commit committed = {}; // the record that counts
  unsigned slot = 0;              // where it is
  bool isFinal = false;           // both records are the same
  struct {
    uint64_t begin = 0, end = 0;
  } committedTail; // slots of the last block that no commit counts
};

} // namespace fot::rt

#endif
