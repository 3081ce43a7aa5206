// The memory of one layer: keys and values that left the local window, and in
// front of them those of bank files.
#ifndef FOT_RUNTIME_MEMORY_MEMORYBANK_H
#define FOT_RUNTIME_MEMORY_MEMORYBANK_H

#include "runtime/base/AlignedBuffer.h"
#include "runtime/base/Status.h"
#include "runtime/device/Buffer.h"
#include "runtime/memory/DeviceRows.h"

#include "fot/kernel_abi.h"
#include "fot/schema/artifact_generated.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fot::rt {

/// What a bank has to know of its model.
struct MemoryBankOptions {
  /// Most entries of one append: the model's window.
  uint64_t window = 1;
  /// Entries of a segment, rounded up to a multiple of 64 and to a window; 0:
  /// as many whole windows as reach kSegmentTokens.
  uint64_t segmentCapacity = 0;
  uint32_t queryHeads = 0;    // of the layer
  uint32_t keyValueHeads = 0; // of the layer, with and without a memory
  uint32_t topK = 0;          // 0: nothing is retrieved, all is attended to
  /// Where the entries lie; null: on the host. A bank on a device has no
  /// indices, its segments keep their capacity, and it does not say what was
  /// retrieved.
  Device *device = nullptr;
};

/// What the last decode call retrieved in one layer, for H query heads and k
/// entries each; see fot_winners in kernel_abi.h.
struct Retrieval {
  uint32_t topK = 0;
  std::span<const int64_t> entries; // [H][k], -1 where none
  std::span<const float> logits;    // [H][k]
  std::span<const float> softmax;   // [H][2]
};

/// Entries that a segment of default capacity reaches at least.
constexpr uint64_t kSegmentTokens = 4096;

/// Capacity of segments for windows of that size, unless asked for another.
uint64_t defaultSegmentCapacity(uint64_t window);

/// Segments of others, read-only, then its own. Own segments are filled one
/// after the other; one is full when another window would not fit, so that no
/// append is ever split. Segments never move. Compiled code writes the entries;
/// the bank provides the room and keeps the counts.
class MemoryBank {
public:
  static StatusOr<MemoryBank> create(const schema::MemoryBank &schema,
                                     const MemoryBankOptions &options);

  uint32_t layer() const { return bankLayer; }
  /// Heads that have rows, ascending; the i-th is slot i.
  std::span<const uint32_t> heads() const { return ownedHeads; }
  uint64_t count() const { return static_cast<uint64_t>(memory->count); }
  /// Entries of own segments.
  uint64_t ownCount() const { return count() - attachedEntries; }
  uint64_t segmentCapacity() const { return capacityPerSegment; }
  /// All segments that have entries, and perhaps one that is still empty.
  std::span<const fot_segment> allSegments() const { return segments; }
  std::span<const fot_segment> ownSegments() const {
    return std::span(segments).subspan(attachedSegments);
  }
  /// Bytes of the keys (values) of a segment of that capacity.
  uint64_t keyBytes(uint64_t capacity) const { return keyEntry * capacity; }
  uint64_t valueBytes(uint64_t capacity) const { return valueEntry * capacity; }
  uint64_t indexBytes(uint64_t capacity) const;

  /// Puts segments of others behind those attached before; they must outlive
  /// the bank or the next detach(). Only while it has no entries of its own.
  void attach(std::span<const fot_segment> others);
  /// The same on a device, with segments of the host that are copied, known by
  /// their checksums. `keysToCome` are bytes of keys that all banks together
  /// are going to copy; what this one does is subtracted. After a failure
  /// nothing is attached.
  Status attachCopies(std::span<const fot_segment> others,
                      std::span<const uint64_t> checksums,
                      uint64_t &keysToCome);
  void detach();
  /// Gives the copies back that nothing is attached of any more; until then
  /// they are kept for another attachCopies().
  void dropCopies() { copies->purge(); }
  /// What a device has in the host's memory.
  HostBytes onHost() const;
  /// An own segment that is final, from the device: keys and behind them
  /// values, as close() leaves both on a host.
  StatusOr<AlignedBuffer> download(size_t ownSegment) const;

  /// Makes room for one append of `numEntries`, at most a window, in one
  /// segment; compiled code may then write them. Close a full one before.
  Status reserve(uint64_t numEntries);
  /// Counts `numEntries` more as valid; they must have been reserved.
  void commit(uint64_t numEntries);
  /// Whether a segment is being filled to which no window can be added.
  bool isFull() const;
  /// Whether a segment is being filled, perhaps still empty.
  bool hasOpenSegment() const { return filling; }
  /// Makes the segment that is being filled final: its capacity becomes its
  /// count, rounded up to a multiple of 64 with zeros. With `withIndex` it gets
  /// room for an index, which compiled code is to write at once.
  Status close(bool withIndex);
  /// Forgets own entries and keeps their room.
  void clear();

  /// What compiled code sees. The addresses stay the same for the life of the
  /// bank, moved or not; the contents change.
  const fot_memory *view() const { return memory.get(); }
  /// The same layer without an entry.
  const fot_memory *emptyView() const { return none.get(); }

  /// What the last decode call retrieved; nothing for a dense memory.
  std::optional<Retrieval> retrieved() const;
  /// Forgets what was retrieved.
  void forgetWinners();
  /// Makes a key-value head retrieve nothing, or again. It must exist.
  void mute(uint32_t head, bool on);
  /// Counts scans from now on, from 0.
  void startCounting();
  /// FOT_NUM_COUNTERS of them, or none.
  std::span<const int64_t> counters() const { return counts; }

private:
  /// For sentences.
  std::string name() const;
  Status addBuffers();

  struct Buffers {
    Buffer rows; // keys and, on a host, values
    AlignedBuffer index;
    Buffer values; // on a device
  };

  MemoryBank() = default;

  uint32_t bankLayer = 0;
  std::vector<uint32_t> ownedHeads;
  uint32_t topK = 0;
  Device *device = nullptr;
  uint64_t headDim = 0, window = 1, capacityPerSegment = 0;
  uint64_t keyEntry = 0, valueEntry = 0; // bytes, all heads together
  uint64_t attachedSegments = 0, attachedEntries = 0;
  bool filling = false;                 // the last segment takes appends
  std::vector<Buffers> buffers;         // of own segments, then spare ones
  std::unique_ptr<DeviceCopies> copies; // of attached segments, on a device
  std::vector<fot_segment> segments;
  std::vector<uint8_t> muted;
  std::vector<int64_t> counts;
  std::vector<int64_t> winnerEntries;
  std::vector<float> winnerLogits, winnerSoftmax;
  std::unique_ptr<fot_winners> winnerView;
  std::unique_ptr<fot_memory> memory, none;
};

} // namespace fot::rt

#endif
