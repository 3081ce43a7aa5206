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

/// Of a block of the directory.
inline constexpr uint64_t kBlockBytes =
    FOT_BANK_BLOCK_SLOTS * FOT_BANK_SLOT_BYTES;

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
  /// Bytes in a segment: fixed + capacity * entry.
  struct Size {
    uint64_t fixed = 0, entry = 0;
    uint64_t of(uint64_t capacity) const { return fixed + capacity * entry; }
  };
  struct Layer {
    Size index, keys, values;
    Size indexBefore, rowsBefore; // of all layers before this one
  };
  /// Of all indices, and of all keys and values.
  uint64_t indexStart(const BankSegment &segment) const;
  uint64_t rowsStart(const BankSegment &segment) const;

  std::vector<Layer> layers;
  Size allIndices, allRows;
};

/// The directory of a file, and where it goes on. The file has no gaps: what is
/// added next lies at `end`.
struct BankDirectory {
  std::vector<BankDocument> documents;
  std::vector<BankSegment> segments;
  uint64_t tokens = 0;     // in all segments
  uint64_t block = 0;      // offset of the last block
  uint32_t used = 0;       // slots of it
  uint64_t slots = 0;      // of all blocks
  ChecksumStream checksum; // of them
  uint64_t end = 0;        // of all segments and blocks

  /// An empty one, whose first block is at `firstBlock`.
  explicit BankDirectory(uint64_t firstBlock = 0);

  /// Reads what `commit` counts. `file` is all that is committed. Everything is
  /// checked, sums and sizes for overflow.
  static StatusOr<BankDirectory> read(std::span<const std::byte> file,
                                      uint64_t firstBlock,
                                      const fot_bank_commit &commit,
                                      const BankLayout &layout);

  /// Whether `slots` more fit into the last block, with one left for a link.
  bool hasRoom(size_t slots) const {
    return used + slots < FOT_BANK_BLOCK_SLOTS;
  }
  /// Offset of the next slot.
  uint64_t nextSlot() const { return block + used * FOT_BANK_SLOT_BYTES; }
  /// Lists what `record`, whole slots, says. A failure leaves all as it was.
  Status add(std::span<const std::byte> record, const BankLayout &layout);

private:
  Status addDocument(std::span<const std::byte> record);
  Status addSegment(std::span<const std::byte> record,
                    const BankLayout &layout);
  Status addEnd(std::span<const std::byte> record);
};

} // namespace fot::rt

#endif
