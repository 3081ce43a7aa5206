//===- RandomMemory.cpp - a memory full of random entries -----------------===//

#include "tools/fotc/bench-op/RandomMemory.h"

#include <atomic>
#include <cmath>
#include <cstring>

using namespace mlir::fot::bench;
using namespace fot::rt;

/// Entries of a segment, as in the runtime's banks.
constexpr int64_t kSegment = 4096;
/// Of the clustered kind: centres of each head.
constexpr uint64_t kCentres = 64;
/// Streams of random numbers; below are those of rows.
enum Stream : uint64_t {
  kKeys = 1,
  kValues,
  kCentre,
  kOffset,
  kChoice,
  kQueries
};

/// A bijection that scatters (Stafford's variant 13 of the murmur finaliser).
static uint64_t scatter(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}
static uint64_t streamOf(Stream kind, uint64_t a, uint64_t b) {
  return scatter(scatter(scatter(kind) + a) + b);
}

/// Four uniform numbers, added: near enough to a normal distribution.
static float normal(uint64_t stream, uint64_t place) {
  uint64_t bits = scatter(stream + place * 0x9e3779b97f4a7c15u);
  auto sum = static_cast<int32_t>((bits & 0xffff) + (bits >> 16 & 0xffff) +
                                  (bits >> 32 & 0xffff) + (bits >> 48));
  return static_cast<float>(sum - 131070) * (1.7320508f / 65536);
}

void mlir::fot::bench::fillNormal(uint64_t stream, std::span<float> numbers) {
  stream = scatter(stream);
  for (size_t i = 0; i < numbers.size(); ++i) {
    numbers[i] = normal(stream, i);
  }
}

/// Where the keys of a cluster lie: real keys share an offset.
static float centre(uint64_t head, uint64_t cluster, uint64_t d) {
  return normal(streamOf(kCentre, head, cluster), d) +
         3 * normal(streamOf(kOffset, head, 0), d);
}
static uint64_t clusterOf(uint64_t head, uint64_t entry) {
  return streamOf(kChoice, head, entry) % kCentres;
}

/// Gives numbers a spectrum.
static void narrow(std::span<float> row) {
  for (size_t d = 0; d < row.size(); ++d) {
    row[d] /= static_cast<float>(d + 1);
  }
}

static void makeKey(KeyKind kind, uint64_t head, uint64_t entry,
                    std::span<float> row) {
  uint64_t stream = streamOf(kKeys, head, entry);
  for (size_t d = 0; d < row.size(); ++d) {
    row[d] = normal(stream, d);
  }
  if (kind == KeyKind::Spectrum) {
    narrow(row);
  }
  if (kind == KeyKind::Clustered) {
    uint64_t cluster = clusterOf(head, entry);
    for (size_t d = 0; d < row.size(); ++d) {
      row[d] = centre(head, cluster, d) + 0.5f * row[d];
    }
  }
}

std::vector<float> mlir::fot::bench::randomQueries(const AttentionShape &shape,
                                                   uint64_t number,
                                                   double drift) {
  std::vector<float> queries(shape.heads * shape.headDim);
  float step = static_cast<float>(drift);
  float keep = std::sqrt(1 - step * step);
  for (int64_t h = 0; h < shape.heads; ++h) {
    uint64_t own = streamOf(kQueries, h, 0);
    uint64_t fresh = streamOf(kQueries, h, 1 + number);
    auto group = static_cast<uint64_t>(h / (shape.heads / shape.kvHeads));
    // Near a centre, but for the offset: that is the keys' alone.
    uint64_t near = streamOf(kCentre, group, fresh % kCentres);
    for (int64_t d = 0; d < shape.headDim; ++d) {
      float x = keep * normal(own, d) + step * normal(fresh, d);
      queries[h * shape.headDim + d] =
          shape.keys == KeyKind::Clustered ? normal(near, d) + 0.5f * x : x;
    }
    if (shape.keys == KeyKind::Spectrum) {
      narrow(std::span(queries).subspan(h * shape.headDim, shape.headDim));
    }
  }
  return queries;
}

int64_t mlir::fot::bench::rowBytes(const std::string &dtype, int64_t headDim) {
  return dtype == "int8"  ? FOT_I8_ROW_BYTES(headDim)
         : dtype == "f32" ? headDim * 4
                          : headDim * 2;
}

static int64_t memoryRowBytes(const AttentionShape &shape) {
  return rowBytes(shape.dtype, shape.headDim);
}

static uint16_t roundToBf16(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof(bits));
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

void mlir::fot::bench::storeRow(const std::string &dtype,
                                std::span<const float> row, std::byte *to) {
  if (dtype == "f32") {
    std::memcpy(to, row.data(), row.size_bytes());
    return;
  }
  if (dtype == "int8") {
    float largest = 0;
    for (float x : row) {
      largest = std::max(largest, std::abs(x));
    }
    float d = largest / 127;
    for (size_t i = 0; i < row.size(); ++i) {
      to[i] = static_cast<std::byte>(
          static_cast<int8_t>(d > 0 ? std::nearbyint(row[i] / d) : 0));
    }
    std::memcpy(to + row.size(), &d, sizeof(d));
    return;
  }
  for (size_t i = 0; i < row.size(); ++i) {
    auto half = static_cast<_Float16>(row[i]);
    uint16_t bits = roundToBf16(row[i]);
    if (dtype == "f16") {
      std::memcpy(&bits, &half, sizeof(bits));
    }
    std::memcpy(to + 2 * i, &bits, sizeof(bits));
  }
}

static int64_t roundUp(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

uint64_t RandomMemory::bytes(const AttentionShape &shape, bool withIndex) {
  int64_t entries = roundUp(shape.memory, 64);
  int64_t rows = 2 * entries * memoryRowBytes(shape);
  int64_t index = withIndex ? FOT_INDEX_BYTES(shape.headDim, entries) : 0;
  return static_cast<uint64_t>(shape.kvHeads * (rows + index));
}

/// Writes rows of one segment's head.
static void fillHead(const AttentionShape &shape, const fot_segment &segment,
                     int64_t head) {
  std::vector<float> row(shape.headDim);
  int64_t bytes = memoryRowBytes(shape);
  for (int64_t i = 0; i < segment.count; ++i) {
    int64_t place = (head * segment.capacity + i) * bytes;
    makeKey(shape.keys, head, segment.first + i, row);
    storeRow(shape.dtype, row, static_cast<std::byte *>(segment.keys) + place);
    uint64_t stream = streamOf(kValues, head, segment.first + i);
    for (int64_t d = 0; d < shape.headDim; ++d) {
      row[d] = normal(stream, d);
    }
    storeRow(shape.dtype, row,
             static_cast<std::byte *>(segment.values) + place);
  }
}

StatusOr<RandomMemory>
RandomMemory::fill(const AttentionShape &shape, bool withIndex,
                   ThreadPool &threads,
                   const std::function<void(double)> &progress) {
  RandomMemory memory;
  memory.shape = shape;
  auto add = [&](int64_t bytes, void *&to) -> Status {
    FOT_ASSIGN_OR_RETURN(AlignedBuffer buffer,
                         AlignedBuffer::allocate(bytes, "a measured memory"));
    to = buffer.data();
    memory.buffers.push_back(std::move(buffer));
    return Status();
  };
  for (int64_t first = 0; first < shape.memory; first += kSegment) {
    fot_segment part = {};
    part.first = first;
    part.count = std::min(kSegment, shape.memory - first);
    part.capacity = roundUp(part.count, 64);
    int64_t bytes = shape.kvHeads * part.capacity * memoryRowBytes(shape);
    FOT_RETURN_IF_ERROR(add(bytes, part.keys));
    FOT_RETURN_IF_ERROR(add(bytes, part.values));
    if (withIndex && part.count == part.capacity) {
      int64_t index =
          shape.kvHeads * FOT_INDEX_BYTES(shape.headDim, part.capacity);
      FOT_RETURN_IF_ERROR(add(index, part.index));
      memory.indexed += index;
    }
    memory.parts.push_back(part);
  }
  for (const fot_segment &part : memory.parts) {
    threads.run([&](uint32_t worker, uint32_t workers) {
      for (int64_t g = worker; g < shape.kvHeads; g += workers) {
        fillHead(shape, part, g);
      }
    });
    progress(static_cast<double>(part.first + part.count) / shape.memory);
  }
  return memory;
}

void mlir::fot::bench::loadRow(const std::string &dtype, const std::byte *from,
                               std::span<double> row) {
  if (dtype == "int8") {
    float d;
    std::memcpy(&d, from + row.size(), sizeof(d));
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = static_cast<double>(d) * static_cast<int8_t>(from[i]);
    }
    return;
  }
  for (size_t i = 0; i < row.size(); ++i) {
    if (dtype == "f32") {
      float x;
      std::memcpy(&x, from + 4 * i, sizeof(x));
      row[i] = x;
    } else if (dtype == "f16") {
      _Float16 x;
      std::memcpy(&x, from + 2 * i, sizeof(x));
      row[i] = static_cast<double>(x);
    } else {
      uint16_t bits;
      std::memcpy(&bits, from + 2 * i, sizeof(bits));
      uint32_t wide = uint32_t(bits) << 16;
      float x;
      std::memcpy(&x, &wide, sizeof(x));
      row[i] = x;
    }
  }
}

const std::byte *RandomMemory::rowOf(const void *of(const fot_segment &),
                                     int64_t head, int64_t entry) const {
  const fot_segment &part = parts[entry / kSegment];
  int64_t place = head * part.capacity + entry - part.first;
  return static_cast<const std::byte *>(of(part)) +
         place * memoryRowBytes(shape);
}

void RandomMemory::key(int64_t head, int64_t entry,
                       std::span<double> row) const {
  auto keys = [](const fot_segment &part) -> const void * { return part.keys; };
  loadRow(shape.dtype, rowOf(keys, head, entry), row);
}

void RandomMemory::value(int64_t head, int64_t entry,
                         std::span<double> row) const {
  auto values = [](const fot_segment &part) -> const void * {
    return part.values;
  };
  loadRow(shape.dtype, rowOf(values, head, entry), row);
}
