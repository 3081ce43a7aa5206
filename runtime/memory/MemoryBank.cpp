// One buffer a segment: keys first, values behind them.
#include "runtime/memory/MemoryBank.h"

#include "runtime/artifact/Artifact.h"
#include "runtime/base/Checked.h"

#include <algorithm>
#include <cassert>

namespace fot::rt {

/// Kernels may read whole blocks of up to this many entries.
static constexpr uint64_t kCapacityStep = 64;
/// What a default segment holds at least: two huge pages.
static constexpr uint64_t kSegmentBytes = 4u << 20;
static constexpr uint64_t kLeastCapacity = 1024;
static constexpr uint64_t kMostCapacity = 1u << 16;

static uint64_t defaultCapacity(uint64_t entryBytes) {
  uint64_t capacity = kLeastCapacity;
  while (capacity < kMostCapacity && capacity * entryBytes < kSegmentBytes) {
    capacity *= 2;
  }
  return capacity;
}

StatusOr<MemoryBank> MemoryBank::create(const schema::MemoryBank &schema,
                                        uint64_t segmentCapacity) {
  MemoryBank bank;
  bank.bankLayer = schema.layer();
  std::string where = "the memory of layer " + std::to_string(schema.layer());
  for (schema::ElementType type : {schema.key_type(), schema.value_type()}) {
    if (type != schema::ElementType::F32 && type != schema::ElementType::F16 &&
        type != schema::ElementType::BF16) {
      return Status::failure(where + " has elements of type " +
                             schema::EnumNameElementType(type) +
                             "; this runtime stores F32, F16 and BF16");
    }
  }
  uint64_t width = uint64_t(schema.heads()->size()) * schema.head_dim();
  uint64_t keyEntry = width * elementBytes(schema.key_type());
  uint64_t valueEntry = width * elementBytes(schema.value_type());
  bank.entryBytes = keyEntry + valueEntry;
  bank.capacityPerSegment =
      segmentCapacity != 0
          ? alignUp(std::min(segmentCapacity, uint64_t(1) << 31), kCapacityStep)
          : defaultCapacity(bank.entryBytes);
  auto keys = checkedMultiply(keyEntry, bank.capacityPerSegment);
  auto values = checkedMultiply(valueEntry, bank.capacityPerSegment);
  if (!keys || !values || !checkedAdd(*keys, *values)) {
    return Status::failure(where + " has entries that are too large");
  }
  bank.keyBytes = *keys; // a multiple of 64, like the capacity
  bank.valueBytes = *values;
  bank.memory = std::make_unique<fot_memory>();
  return bank;
}

Status MemoryBank::reserve(uint64_t numEntries) {
  auto needed = checkedAdd(count(), numEntries);
  if (!needed || *needed > INT64_MAX - capacityPerSegment) {
    return Status::failure("a memory cannot hold so many entries");
  }
  while (capacity() < *needed) {
    FOT_ASSIGN_OR_RETURN(
        AlignedBuffer buffer,
        AlignedBuffer::allocate(keyBytes + valueBytes,
                                "the memory of layer " +
                                    std::to_string(bankLayer)));
    fot_segment segment = {};
    segment.keys = buffer.data();
    segment.values = buffer.data() + keyBytes;
    segment.capacity = static_cast<int64_t>(capacityPerSegment);
    segment.first = static_cast<int64_t>(capacity());
    buffers.push_back(std::move(buffer));
    segments.push_back(segment);
    memory->segments = segments.data();
    memory->num_segments = static_cast<int64_t>(segments.size());
  }
  return Status();
}

void MemoryBank::commit(uint64_t numEntries) {
  assert(numEntries <= capacity() - count() && "entries must be reserved");
  uint64_t segment = count() / capacityPerSegment;
  memory->count += static_cast<int64_t>(numEntries);
  for (; numEntries != 0; ++segment) {
    uint64_t free =
        capacityPerSegment - static_cast<uint64_t>(segments[segment].count);
    uint64_t taken = std::min(free, numEntries);
    segments[segment].count += static_cast<int64_t>(taken);
    numEntries -= taken;
  }
}

void MemoryBank::clear() {
  memory->count = 0;
  for (fot_segment &segment : segments) {
    segment.count = 0;
  }
}

} // namespace fot::rt
