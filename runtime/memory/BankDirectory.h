// What a bank file lists: documents, and the segments that they were cut into.
#ifndef FOT_RUNTIME_MEMORY_BANKDIRECTORY_H
#define FOT_RUNTIME_MEMORY_BANKDIRECTORY_H

#include "runtime/base/Checksum.h"
#include "runtime/memory/BankDescription.h"

#include "fot/bank_layout.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fot::rt {

/// What a window attends to while it is being encoded.
enum class BankEncoding : uint32_t {
  Sequential = 0,  ///< all the memory so far
  Independent = 1, ///< no memory
};

/// "sequential", "independent".
const char *encodingName(BankEncoding encoding);

/// A text that was memorized. Its segments follow one another.
struct BankDocument {
  std::string name;
  BankEncoding encoding = BankEncoding::Sequential;
  uint32_t window = 0;       // tokens
  uint64_t tokens = 0;       // in its segments
  uint64_t firstSegment = 0; // number in the file
  uint64_t numSegments = 0;
  bool complete = false;
  // Of a complete document:
  uint64_t bytes = 0;    // of its text
  uint64_t checksum = 0; // XXH3-64 of its text
};

/// A run of tokens of one document, and their keys and values in all layers.
struct BankSegment {
  uint64_t document = 0;   // number in the file
  uint64_t firstToken = 0; // in the document
  uint32_t count = 0;      // tokens, at least 1
  uint32_t capacity = 0;   // count rounded up to a multiple of 64
  uint64_t firstByte = 0;  // of the document's text
  uint64_t endByte = 0;
  bool hasIndex = false;
  // Where it lies in the file:
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t checksum = 0; // of its table of checksums
};

/// Where the parts of a segment lie, from its start on.
class BankLayout {
public:
  struct Part {
    uint64_t offset = 0;
    uint64_t size = 0;
  };

  BankLayout() = default;
  /// `description` must have been verified.
  explicit BankLayout(const BankDescription &description);

  size_t numLayers() const { return layers.size(); }
  uint64_t numChecksums() const { return 1 + 3 * layers.size(); }
  /// `layer` is a place in the description's list.
  Part tokens(const BankSegment &segment) const;
  Part index(const BankSegment &segment, size_t layer) const;
  Part keys(const BankSegment &segment, size_t layer) const;
  Part values(const BankSegment &segment, size_t layer) const;
  /// Of the whole segment; nothing when that overflows.
  std::optional<uint64_t> size(const BankSegment &segment) const;

private:
  struct Layer {
    uint64_t indexFixed = 0; // bytes whatever the capacity
    uint64_t indexEntry = 0; // bytes an entry
    uint64_t keyEntry = 0;
    uint64_t valueEntry = 0;
    // Sums of those before:
    uint64_t indexFixedBefore = 0;
    uint64_t indexEntryBefore = 0;
    uint64_t rowsBefore = 0;
  };
  uint64_t dataStart(const BankSegment &segment) const;

  std::vector<Layer> layers;
  uint64_t indexFixed = 0, indexEntry = 0, rows = 0; // of all layers
};

/// The directory of a file, and where it can go on.
struct BankDirectory {
  std::vector<BankDocument> documents;
  std::vector<BankSegment> segments;
  uint64_t tokens = 0;     // in all segments
  uint64_t block = 0;      // offset of the last block
  uint32_t used = 0;       // slots of it
  uint64_t slots = 0;      // of all blocks
  ChecksumStream checksum; // of them

  /// Reads what `commit` counts, from the block at `firstBlock` on. `file` is
  /// the mapped file. Everything is checked, sums and sizes for overflow: each
  /// block and segment lies within the committed bytes and behind the block
  /// or segment before it.
  static StatusOr<BankDirectory> read(std::span<const std::byte> file,
                                      uint64_t firstBlock,
                                      const fot_bank_commit &commit,
                                      const BankLayout &layout);
  /// Adds a record, already written to the file, to what this lists.
  Status add(std::span<const std::byte> record, const BankLayout &layout);
};

} // namespace fot::rt

#endif
