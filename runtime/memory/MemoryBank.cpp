// Two buffers a segment: keys with the values behind them, and the index.
#include "runtime/memory/MemoryBank.h"

#include "runtime/artifact/Artifact.h"
#include "runtime/base/Checked.h"
#include "runtime/memory/BankDescription.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace fot::rt {

/// Kernels may read whole blocks of up to this many entries.
static constexpr uint64_t kCapacityStep = 64;
static constexpr uint64_t kMostCapacity = uint64_t(1) << 31;

uint64_t defaultSegmentCapacity(uint64_t window) {
  uint64_t windows = (kSegmentTokens + window - 1) / window;
  return alignUp(windows * window, kCapacityStep);
}

StatusOr<MemoryBank> MemoryBank::create(const schema::MemoryBank &schema,
                                        const MemoryBankOptions &options) {
  MemoryBank bank;
  bank.bankLayer = schema.layer();
  std::string where = "the memory of layer " + std::to_string(schema.layer());
  for (schema::ElementType type : {schema.key_type(), schema.value_type()}) {
    if (type != schema::ElementType::F32 && type != schema::ElementType::F16 &&
        type != schema::ElementType::BF16 && type != schema::ElementType::I8) {
      return Status::failure(where + " has elements of type " +
                             schema::EnumNameElementType(type) +
                             "; this runtime stores F32, F16, BF16 and I8");
    }
  }
  bank.ownedHeads.assign(schema.heads()->begin(), schema.heads()->end());
  bank.headDim = schema.head_dim();
  bank.window = options.window;
  bank.keyEntry =
      bank.ownedHeads.size() * rowBytes(schema.key_type(), schema.head_dim());
  bank.valueEntry =
      bank.ownedHeads.size() * rowBytes(schema.value_type(), schema.head_dim());
  bank.capacityPerSegment =
      options.segmentCapacity == 0
          ? defaultSegmentCapacity(options.window)
          : alignUp(std::max(std::min(options.segmentCapacity, kMostCapacity),
                             options.window),
                    kCapacityStep);
  auto keys = checkedMultiply(bank.keyEntry, bank.capacityPerSegment);
  auto values = checkedMultiply(bank.valueEntry, bank.capacityPerSegment);
  if (!keys || !values || !checkedAdd(*keys, *values)) {
    return Status::failure(where + " has entries that are too large");
  }
  bank.topK = options.topK;
  bank.device = options.device;
  if (bank.device) {
    bank.copies = std::make_unique<DeviceCopies>(*bank.device);
  }
  bank.muted.assign(options.keyValueHeads, 0);
  bank.memory = std::make_unique<fot_memory>();
  bank.none = std::make_unique<fot_memory>();
  if (options.topK != 0 && !options.device) {
    size_t winners = size_t(options.queryHeads) * options.topK;
    bank.winnerEntries.resize(winners);
    bank.winnerLogits.resize(winners);
    bank.winnerSoftmax.resize(size_t(options.queryHeads) * 2);
    bank.winnerView = std::make_unique<fot_winners>(
        fot_winners{bank.winnerEntries.data(), bank.winnerLogits.data(),
                    bank.winnerSoftmax.data()});
    bank.memory->winners = bank.winnerView.get();
    bank.forgetWinners();
  }
  return bank;
}

uint64_t MemoryBank::indexBytes(uint64_t capacity) const {
  return ownedHeads.size() * static_cast<uint64_t>(FOT_INDEX_BYTES(
                                 headDim, static_cast<int64_t>(capacity)));
}

void MemoryBank::attach(std::span<const fot_segment> others) {
  assert(ownSegments().empty() && "own entries come behind all others");
  for (fot_segment segment : others) {
    segment.first = memory->count;
    memory->count += segment.count;
    segments.push_back(segment);
  }
  attachedSegments = segments.size();
  attachedEntries = count();
  memory->segments = segments.data();
  memory->num_segments = static_cast<int64_t>(segments.size());
  forgetWinners();
}

Status MemoryBank::attachCopies(std::span<const fot_segment> others,
                                std::span<const uint64_t> checksums,
                                uint64_t &keysToCome) {
  std::vector<fot_segment> copied;
  for (size_t i = 0; i < others.size(); ++i) {
    auto capacity = static_cast<uint64_t>(others[i].capacity);
    keysToCome -= keyBytes(capacity);
    FOT_ASSIGN_OR_RETURN(fot_segment copy,
                         copies->copy(others[i], checksums[i],
                                      keyBytes(capacity), valueBytes(capacity),
                                      keysToCome, name()));
    copied.push_back(copy);
  }
  copies->purge();
  attach(copied);
  return Status();
}

HostBytes MemoryBank::onHost() const {
  HostBytes bytes = copies ? copies->onHost() : HostBytes();
  for (const Buffers &own : buffers) {
    bytes.keys += own.rows.isMapped() ? own.rows.size() : 0;
    bytes.values += own.values.isMapped() ? own.values.size() : 0;
  }
  return bytes;
}

void MemoryBank::detach() {
  assert(ownSegments().empty() && "own entries would get other numbers");
  segments.clear();
  if (copies) {
    copies->release();
  }
  attachedSegments = attachedEntries = 0;
  memory->count = memory->num_segments = 0;
  forgetWinners();
}

std::string MemoryBank::name() const {
  return "the memory of layer " + std::to_string(bankLayer);
}

/// Of one segment that is going to be filled.
Status MemoryBank::addBuffers() {
  uint64_t keys = keyBytes(capacityPerSegment);
  uint64_t values = valueBytes(capacityPerSegment);
  Buffers made;
  if (device) {
    FOT_ASSIGN_OR_RETURN(
        DeviceRows rows,
        DeviceRows::allocate(*device, keys, values, 0, name()));
    made.rows = std::move(rows.keys);
    made.values = std::move(rows.values);
  } else {
    FOT_ASSIGN_OR_RETURN(made.rows,
                         Buffer::allocate(nullptr, keys + values, name()));
  }
  buffers.push_back(std::move(made));
  return Status();
}

Status MemoryBank::reserve(uint64_t numEntries) {
  assert(numEntries <= window && "an append is at most a window");
  if (count() > static_cast<uint64_t>(INT64_MAX) - numEntries) {
    return Status::failure("a memory cannot hold so many entries");
  }
  if (filling) {
    assert(!isFull() && "a full segment is closed first");
    return Status();
  }
  size_t used = ownSegments().size();
  if (used == buffers.size()) {
    FOT_RETURN_IF_ERROR(addBuffers());
  }
  fot_segment segment = {};
  segment.keys = buffers[used].rows.data();
  segment.values =
      device ? buffers[used].values.data()
             : buffers[used].rows.data() + keyBytes(capacityPerSegment);
  segment.capacity = static_cast<int64_t>(capacityPerSegment);
  segment.first = memory->count;
  segments.push_back(segment);
  filling = true;
  memory->segments = segments.data();
  memory->num_segments = static_cast<int64_t>(segments.size());
  return Status();
}

void MemoryBank::commit(uint64_t numEntries) {
  if (numEntries == 0) {
    return;
  }
  assert(filling &&
         numEntries <= static_cast<uint64_t>(segments.back().capacity -
                                             segments.back().count) &&
         "entries must be reserved");
  memory->count += static_cast<int64_t>(numEntries);
  segments.back().count += static_cast<int64_t>(numEntries);
}

bool MemoryBank::isFull() const {
  return filling && static_cast<uint64_t>(segments.back().capacity -
                                          segments.back().count) < window;
}

/// Rows of G heads that lie `capacity` entries apart come to lie `kept` apart,
/// with zeros behind `count`.
static void compact(std::byte *rows, uint64_t heads, uint64_t rowBytes,
                    uint64_t count, uint64_t capacity, uint64_t kept) {
  for (uint64_t head = 0; head < heads; ++head) {
    std::byte *to = rows + head * kept * rowBytes;
    if (kept != capacity) {
      std::memmove(to, rows + head * capacity * rowBytes, count * rowBytes);
    }
    std::memset(to + count * rowBytes, 0, (kept - count) * rowBytes);
  }
}

Status MemoryBank::close(bool withIndex) {
  if (!filling || segments.back().count == 0) {
    return Status();
  }
  if (device) {
    filling = false;
    return Status();
  }
  fot_segment &segment = segments.back();
  auto capacity = static_cast<uint64_t>(segment.capacity);
  auto numEntries = static_cast<uint64_t>(segment.count);
  uint64_t kept = alignUp(numEntries, kCapacityStep);
  if (withIndex) {
    Buffers &own = buffers[ownSegments().size() - 1];
    if (own.index.size() == 0) {
      FOT_ASSIGN_OR_RETURN(
          own.index, AlignedBuffer::allocate(indexBytes(capacityPerSegment),
                                             "the index of " + name()));
    } else {
      std::memset(own.index.data(), 0, indexBytes(kept));
    }
    segment.index = own.index.data();
  }
  uint64_t heads = ownedHeads.size();
  compact(static_cast<std::byte *>(segment.keys), heads, keyEntry / heads,
          numEntries, capacity, kept);
  compact(static_cast<std::byte *>(segment.values), heads, valueEntry / heads,
          numEntries, capacity, kept);
  segment.capacity = static_cast<int64_t>(kept);
  filling = false;
  return Status();
}

StatusOr<AlignedBuffer> MemoryBank::download(size_t ownSegment) const {
  const fot_segment &segment = ownSegments()[ownSegment];
  auto capacity = static_cast<uint64_t>(segment.capacity);
  auto count = static_cast<uint64_t>(segment.count);
  uint64_t kept = alignUp(count, kCapacityStep);
  FOT_ASSIGN_OR_RETURN(
      AlignedBuffer host,
      AlignedBuffer::allocate(keyBytes(kept) + valueBytes(kept), name()));
  std::byte *to = host.data();
  for (const auto &[from, entry] :
       {std::pair(&buffers[ownSegment].rows, keyEntry),
        std::pair(&buffers[ownSegment].values, valueEntry)}) {
    uint64_t row = entry / ownedHeads.size();
    for (size_t head = 0; head < ownedHeads.size(); ++head) {
      FOT_RETURN_IF_ERROR(from->read(to, count * row, head * capacity * row));
      to += kept * row;
    }
  }
  return host;
}

void MemoryBank::clear() {
  segments.resize(attachedSegments);
  filling = false;
  memory->count = static_cast<int64_t>(attachedEntries);
  memory->num_segments = static_cast<int64_t>(segments.size());
  forgetWinners();
}

std::optional<Retrieval> MemoryBank::retrieved() const {
  if (!winnerView) {
    return std::nullopt;
  }
  return Retrieval{topK, winnerEntries, winnerLogits, winnerSoftmax};
}

void MemoryBank::forgetWinners() {
  std::fill(winnerEntries.begin(), winnerEntries.end(), -1);
  std::fill(winnerLogits.begin(), winnerLogits.end(), 0.0f);
  std::fill(winnerSoftmax.begin(), winnerSoftmax.end(), 0.0f);
}

void MemoryBank::mute(uint32_t head, bool on) {
  assert(head < muted.size() && "a head of the layer");
  muted[head] = on;
  bool any = std::find(muted.begin(), muted.end(), 1) != muted.end();
  memory->muted = none->muted = any ? muted.data() : nullptr;
  forgetWinners();
}

void MemoryBank::startCounting() {
  counts.assign(FOT_NUM_COUNTERS, 0);
  memory->counters = none->counters = counts.data();
}

} // namespace fot::rt
