//===- NativeCall.cpp - one call of compiled code -------------------------===//

#include "tools/dev/fot-check/NativeCall.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::check_tool;
using namespace mlir::fot::reference;

constexpr int64_t kMarkBytes = 64;
constexpr uint8_t kMark = 0xA5, kUnset = 0xFF;

MarkedBuffer::MarkedBuffer(int64_t size) : used(size) {
  int64_t all = llvm::alignTo(size + kMarkBytes, 64);
  bytes.reset(static_cast<uint8_t *>(std::aligned_alloc(64, all)));
  std::memset(bytes.get(), kUnset, size);
  std::memset(bytes.get() + size, kMark, kMarkBytes);
}

void MarkedBuffer::Free::operator()(uint8_t *pointer) const {
  std::free(pointer);
}

bool MarkedBuffer::intact() const {
  return llvm::all_of(ArrayRef(bytes.get() + used, kMarkBytes),
                      [](uint8_t byte) { return byte == kMark; });
}

static int64_t bytesOf(Type element) {
  return element.getIntOrFloatBitWidth() / 8;
}

/// Writes one number in the element type's bytes.
static void store(Type element, double number, uint8_t *to) {
  uint64_t bits;
  if (auto real = dyn_cast<FloatType>(element)) {
    bool inexact;
    APFloat value(number);
    value.convert(real.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &inexact);
    bits = value.bitcastToAPInt().getZExtValue();
  } else {
    bits = static_cast<uint64_t>(static_cast<int64_t>(number));
  }
  std::memcpy(to, &bits, bytesOf(element));
}

/// Bytes of a row of a memory.
static int64_t rowBytes(Type element, int64_t headDim) {
  return element.isInteger(8) ? FOT_I8_ROW_BYTES(headDim)
                              : headDim * bytesOf(element);
}

/// Writes a row of a memory.
static void storeRow(Type element, ArrayRef<double> row, uint8_t *to) {
  if (element.isInteger(8)) {
    float scale = quantizeBytes(row, reinterpret_cast<int8_t *>(to));
    std::memcpy(to + row.size(), &scale, sizeof(scale));
    return;
  }
  for (double number : row) {
    store(element, number, to);
    to += bytesOf(element);
  }
}

static double load(Type element, const uint8_t *from) {
  uint64_t bits = 0;
  std::memcpy(&bits, from, bytesOf(element));
  unsigned width = element.getIntOrFloatBitWidth();
  if (auto real = dyn_cast<FloatType>(element)) {
    bool inexact;
    APFloat value(real.getFloatSemantics(), APInt(width, bits));
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                  &inexact);
    return value.convertToDouble();
  }
  return static_cast<double>(llvm::SignExtend64(bits, width));
}

NativeCall::NativeCall(const NativeCode &code, ArrayRef<Type> types,
                       ArrayRef<RuntimeValue> arguments, const MemoryPlan &plan)
    : code(code), types(types), workspace(code.workspaceBytes()) {
  for (auto [type, value] : llvm::zip_equal(types, arguments)) {
    if (const TensorValue *tensor = asTensor(value)) {
      places.push_back(tensors.size());
      addTensor(cast<RankedTensorType>(type), *tensor);
    } else if (const MemoryValue *memory = asMemory(value)) {
      places.push_back(memories.size());
      addMemory(*memory, plan);
    } else {
      places.push_back(scalars.size());
      scalars.push_back(std::get<int64_t>(value));
    }
  }
}

void NativeCall::addTensor(RankedTensorType type, const TensorValue &value) {
  bool blocks = isa<BlockType>(type.getElementType());
  fot_tensor tensor = {};
  llvm::copy(value.shape, tensor.dims);
  if (blocks) {
    tensor.dims[value.shape.size() - 1] /= BlockType::kValues;
    int64_t count = value.size() / BlockType::kValues;
    MarkedBuffer &buffer = buffers.emplace_back(count * sizeof(A8Block));
    for (int64_t i = 0; i < count; ++i) {
      A8Block block = quantizeBlock(ArrayRef(value.values).slice(32 * i, 32));
      std::memcpy(buffer.data() + i * sizeof(block), &block, sizeof(block));
    }
  } else {
    int64_t bytes = bytesOf(type.getElementType());
    MarkedBuffer &buffer = buffers.emplace_back(value.size() * bytes);
    for (int64_t i = 0; i < value.size(); ++i) {
      store(type.getElementType(), value.values[i], buffer.data() + i * bytes);
    }
  }
  tensor.data = buffers.back().data();
  tensors.push_back(tensor);
}

/// Entries and capacity of each segment.
static SmallVector<std::pair<int64_t, int64_t>>
cutMemory(int64_t size, const MemoryPlan &plan) {
  SmallVector<std::pair<int64_t, int64_t>> parts;
  if (plan.sealed > 0) {
    // Some are shorter than their room, like the last of a document.
    int64_t capacity = llvm::alignTo(plan.sealed, 64);
    for (int64_t i = 0; size > plan.sealed; ++i) {
      int64_t count =
          i % 3 == 1 ? std::max<int64_t>(plan.sealed - 7, 1) : plan.sealed;
      parts.push_back({count, capacity});
      size -= count;
    }
    parts.push_back({size, capacity});
    return parts;
  }
  // The last one in use with room for some of the entries to come, the others'
  // room in a segment of its own.
  int64_t half = size / 2, third = size / 3;
  if (half > 0) {
    parts.push_back({half, half});
  }
  if (third > 0) {
    parts.push_back({third, third});
  }
  int64_t rest = size - half - third;
  parts.push_back({rest, rest + plan.appended / 2});
  if (plan.appended > 0) {
    parts.push_back({0, plan.appended - plan.appended / 2});
  }
  return parts;
}

void NativeCall::addMemory(const MemoryValue &value, const MemoryPlan &plan) {
  Memory &memory = memories.emplace_back();
  memory.type = value.type;
  int64_t slots = value.type.getSlots(), headDim = value.type.getHeadDim();
  int64_t keyBytes = rowBytes(value.type.getKeyType(), headDim);
  int64_t valueBytes = rowBytes(value.type.getValueType(), headDim);
  int64_t first = 0;
  for (auto [count, capacity] : cutMemory(value.size, plan)) {
    int64_t rows = slots * capacity;
    Segment &segment = memory.buffers.emplace_back(Segment{
        MarkedBuffer(rows * keyBytes), MarkedBuffer(rows * valueBytes),
        MarkedBuffer(
            plan.sealed > 0 ? slots * FOT_INDEX_BYTES(headDim, capacity) : 0)});
    for (int64_t slot = 0; slot < slots; ++slot) {
      int64_t head = value.type.getHeadOfSlot(slot);
      for (int64_t i = 0; i < count; ++i) {
        int64_t place = slot * capacity + i;
        storeRow(value.type.getKeyType(),
                 ArrayRef(value.key(head, first + i), headDim),
                 segment.keys.data() + place * keyBytes);
        storeRow(value.type.getValueType(),
                 ArrayRef(value.value(head, first + i), headDim),
                 segment.values.data() + place * valueBytes);
      }
    }
    memory.segments.push_back({segment.keys.data(), segment.values.data(),
                               /*index=*/nullptr, count, capacity, first});
    first += plan.sealed > 0 ? count : capacity;
  }
  memory.view = {};
  memory.view.count = value.size;
  memory.view.num_segments = static_cast<int64_t>(memory.segments.size());
  memory.view.segments = memory.segments.data();
  memory.counters.assign(FOT_NUM_COUNTERS, 0);
  memory.view.counters = memory.counters.data();
  if (!plan.muted.empty()) {
    memory.muted.assign(value.type.getHeads(), 0);
    for (int64_t head : plan.muted) {
      memory.muted[head] = 1;
    }
    memory.view.muted = memory.muted.data();
  }
  addWinners(memory, plan);
  if (plan.sealed > 0) {
    seal(memory, *plan.seal);
  }
}

void NativeCall::addWinners(Memory &memory, const MemoryPlan &plan) {
  if (plan.k == 0) {
    return;
  }
  memory.winners = std::make_unique<Winners>();
  Winners &winners = *memory.winners;
  winners.entries.assign(plan.heads * plan.k, -1);
  winners.logits.assign(plan.heads * plan.k, 0);
  winners.softmax.assign(plan.heads * 2, 0);
  winners.view = {winners.entries.data(), winners.logits.data(),
                  winners.softmax.data()};
  memory.view.winners = &winners.view;
}

/// Seals all segments but the last.
void NativeCall::seal(Memory &memory, const NativeCode &code) {
  fot_host host = {sizeof(fot_host), FOT_KERNEL_ABI_VERSION, nullptr,
                   [](void *, uint32_t) {}};
  const fot_memory *view = &memory.view;
  for (int64_t number = 0; number + 1 < memory.view.num_segments; ++number) {
    memory.segments[number].index = memory.buffers[number].index.data();
    fot_call call = {sizeof(fot_call),
                     FOT_KERNEL_ABI_VERSION,
                     &host,
                     nullptr,
                     nullptr,
                     nullptr,
                     &number,
                     &view};
    code.entry()(&call, 0, 1);
  }
}

std::string NativeCall::winnersProblem() const {
  for (const Memory &memory : memories) {
    if (!memory.winners) {
      continue;
    }
    const Winners &winners = *memory.winners;
    int64_t heads = static_cast<int64_t>(winners.softmax.size()) / 2;
    int64_t k = static_cast<int64_t>(winners.entries.size()) / heads;
    for (int64_t head = 0; head < heads; ++head) {
      ArrayRef<int64_t> entries(winners.entries.data() + head * k, k);
      const float *logits = winners.logits.data() + head * k;
      std::vector<int64_t> seen;
      for (int64_t i = 0; i < k; ++i) {
        if (entries[i] < -1 || entries[i] >= memory.view.count) {
          return "a winner that is no entry";
        }
        if (entries[i] >= 0) {
          seen.push_back(entries[i]);
          if (i > 0 && (entries[i - 1] < 0 || logits[i - 1] < logits[i])) {
            return "winners that are not in order";
          }
        }
      }
      int64_t group = head / (heads / memory.type.getHeads());
      bool silent = memory.type.getSlotOfHead(group) < 0 ||
                    (!memory.muted.empty() && memory.muted[group]);
      int64_t expected = silent ? 0 : std::min(k, memory.view.count);
      if (static_cast<int64_t>(seen.size()) != expected) {
        return "not as many winners as there are";
      }
      llvm::sort(seen);
      if (std::adjacent_find(seen.begin(), seen.end()) != seen.end()) {
        return "a winner that is there twice";
      }
      if (!silent && !(winners.softmax[2 * head + 1] > 0) &&
          !std::isnan(winners.softmax[2 * head + 1])) {
        return "a softmax without a sum";
      }
    }
  }
  return "";
}

std::vector<int64_t> NativeCall::counters() const {
  std::vector<int64_t> sums(FOT_NUM_COUNTERS, 0);
  for (const Memory &memory : memories) {
    for (auto [sum, number] : llvm::zip_equal(sums, memory.counters)) {
      sum += number;
    }
  }
  return sums;
}

std::vector<double> NativeCall::tensor(unsigned index) const {
  Type element = cast<RankedTensorType>(types[index]).getElementType();
  const MarkedBuffer &buffer = buffers[places[index]];
  std::vector<double> numbers;
  if (!isa<BlockType>(element)) {
    for (int64_t at = 0; at < buffer.size(); at += bytesOf(element)) {
      numbers.push_back(load(element, buffer.data() + at));
    }
    return numbers;
  }
  for (int64_t at = 0; at < buffer.size(); at += sizeof(A8Block)) {
    A8Block block;
    std::memcpy(&block, buffer.data() + at, sizeof(block));
    int32_t sum = 0;
    for (int8_t quant : block.quants) {
      sum += quant;
    }
    for (int8_t quant : block.quants) {
      numbers.push_back(sum == block.sum
                            ? static_cast<double>(block.scale) * quant
                            : std::numeric_limits<double>::quiet_NaN());
    }
  }
  return numbers;
}

std::vector<double> NativeCall::memory(unsigned index, int64_t begin,
                                       int64_t end) const {
  const Memory &memory = memories[places[index]];
  int64_t headDim = memory.type.getHeadDim();
  std::vector<double> numbers;
  for (bool keys : {true, false}) {
    Type element = keys ? memory.type.getKeyType() : memory.type.getValueType();
    int64_t bytes = rowBytes(element, headDim);
    for (int64_t slot = 0; slot < memory.type.getSlots(); ++slot) {
      for (int64_t i = begin; i < end; ++i) {
        auto segment = llvm::find_if(memory.segments, [&](fot_segment s) {
          return i >= s.first && i < s.first + s.capacity;
        });
        const void *data = keys ? segment->keys : segment->values;
        const uint8_t *row =
            static_cast<const uint8_t *>(data) +
            (slot * segment->capacity + i - segment->first) * bytes;
        float scale = 1;
        if (element.isInteger(8)) {
          std::memcpy(&scale, row + headDim, sizeof(scale));
        }
        for (int64_t d = 0; d < headDim; ++d) {
          numbers.push_back(scale * load(element, row + d * bytesOf(element)));
        }
      }
    }
  }
  return numbers;
}
