//===- RandomMemory.h - a memory full of random entries ---------*- C++ -*-===//
//
// Segments as the runtime makes them, filled by all threads. Numbers depend on
// head, entry and dimension only, not on the number of threads.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_TOOLS_FOTC_BENCHOP_RANDOMMEMORY_H
#define FOT_TOOLS_FOTC_BENCHOP_RANDOMMEMORY_H

#include "runtime/base/AlignedBuffer.h"
#include "runtime/base/ThreadPool.h"
#include "tools/fotc/bench-op/AttentionShape.h"

#include "fot/kernel_abi.h"

#include <functional>
#include <span>
#include <vector>

namespace mlir::fot::bench {

class RandomMemory {
public:
  /// Bytes that a memory of that shape takes.
  static uint64_t bytes(const AttentionShape &shape, bool withIndex);
  static ::fot::rt::StatusOr<RandomMemory>
  fill(const AttentionShape &shape, bool withIndex,
       ::fot::rt::ThreadPool &threads,
       const std::function<void(double)> &progress);

  const std::vector<fot_segment> &segments() const { return parts; }
  uint64_t indexBytes() const { return indexed; }
  /// A stored key or value as numbers; `row` has room for headDim.
  void key(int64_t head, int64_t entry, std::span<double> row) const;
  void value(int64_t head, int64_t entry, std::span<double> row) const;

private:
  const std::byte *rowOf(const void *of(const fot_segment &), int64_t head,
                         int64_t entry) const;

  AttentionShape shape;
  std::vector<::fot::rt::AlignedBuffer> buffers;
  std::vector<fot_segment> parts;
  uint64_t indexed = 0;
};

/// How rows of numbers are stored as `dtype`: f32, f16, bf16 or int8.
int64_t rowBytes(const std::string &dtype, int64_t headDim);
void storeRow(const std::string &dtype, std::span<const float> row,
              std::byte *to);
void loadRow(const std::string &dtype, const std::byte *from,
             std::span<double> row);

/// `count` numbers of normal distribution; every `stream` has its own.
void fillNormal(uint64_t stream, std::span<float> numbers);

/// A query [H][D] of the kind that the shape's keys answer; each `number` is
/// another. Queries of `drift` below 1 stay near that of the same shape and
/// number 0.
std::vector<float> randomQueries(const AttentionShape &shape, uint64_t number,
                                 double drift);

} // namespace mlir::fot::bench

#endif
