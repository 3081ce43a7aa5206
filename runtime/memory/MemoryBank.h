// The memory of one layer: keys and values that left the local window.
#ifndef FOT_RUNTIME_MEMORY_MEMORYBANK_H
#define FOT_RUNTIME_MEMORY_MEMORYBANK_H

#include "runtime/base/AlignedBuffer.h"
#include "runtime/base/Status.h"

#include "fot/kernel_abi.h"
#include "fot/schema/artifact_generated.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fot::rt {

/// Grows by appending segments of one fixed capacity, so that nothing is ever
/// copied. Compiled code writes the entries; the bank provides the room and
/// keeps the counts.
class MemoryBank {
public:
  /// An empty bank. `segmentCapacity` is the number of entries of a segment,
  /// rounded up to a multiple of 64; 0 chooses one whose segments fill some
  /// huge pages.
  static StatusOr<MemoryBank> create(const schema::MemoryBank &schema,
                                     uint64_t segmentCapacity = 0);

  uint32_t layer() const { return bankLayer; }
  uint64_t count() const { return static_cast<uint64_t>(memory->count); }
  /// Entries that fit without another segment.
  uint64_t capacity() const { return capacityPerSegment * segments.size(); }
  uint64_t segmentCapacity() const { return capacityPerSegment; }
  /// Bytes of all entries, keys and values.
  uint64_t usedBytes() const { return count() * entryBytes; }

  /// Makes room for `numEntries` more; compiled code may then write them.
  Status reserve(uint64_t numEntries);
  /// Counts `numEntries` more as valid; they must have been reserved.
  void commit(uint64_t numEntries);
  /// Forgets all entries and keeps their room.
  void clear();

  /// What compiled code sees. The address stays the same for the life of the
  /// bank, moved or not; the contents change with reserve and commit.
  const fot_memory *view() const { return memory.get(); }

private:
  MemoryBank() = default;

  uint32_t bankLayer = 0;
  uint64_t capacityPerSegment = 0;
  uint64_t keyBytes = 0;   // of one segment
  uint64_t valueBytes = 0; // of one segment
  uint64_t entryBytes = 0;
  std::vector<AlignedBuffer> buffers;
  std::vector<fot_segment> segments;
  std::unique_ptr<fot_memory> memory;
};

} // namespace fot::rt

#endif
