//===- ScanCost.cpp - what scans of a memory read -------------------------===//

#include "passes/Tiling/ScanCost.h"

#include "runtime/include/fot/kernel_abi.h"

using namespace mlir;
using namespace mlir::fot;

/// Shares of entries that are not below the threshold by their bound: SmolLM2's
/// centred keys, 8k tokens of prose, k = 8 (docs/retrieval.md).
constexpr double kCoarseShare = 0.021, kFineShare = 0.0026;
/// Bytes of the scale and two bounds beside an entry's codes.
constexpr double kBoundBytes = 6;
/// What is read out of order comes in whole lines, two at a time.
constexpr double kLineBytes = 128;
/// Smaller heads have rows about as long as what stands in for them.
constexpr int64_t kSmallHead = 16;

double fot::scanBytes(MemoryType memory, Scan scan) {
  int64_t headDim = memory.getHeadDim();
  Type type = memory.getKeyType();
  auto row = static_cast<double>(
      type.isInteger(8) ? FOT_I8_ROW_BYTES(headDim)
                        : headDim * type.getIntOrFloatBitWidth() / 8);
  auto plane = static_cast<double>(FOT_CODE_BYTES(headDim));
  double rescored = kFineShare * (row + kLineBytes);
  switch (scan) {
  case Scan::Exact:
    return row;
  case Scan::Int8:
    return 2 * plane + kBoundBytes + rescored;
  case Scan::Int4:
    return plane + kBoundBytes + kCoarseShare * (plane + kLineBytes) + rescored;
  }
  llvm_unreachable("all scans are named");
}

ScanChoice fot::chooseScan(MemoryType memory, int64_t tokens) {
  if (memory.getHeadDim() < kSmallHead) {
    return {Scan::Exact, "heads of " + std::to_string(memory.getHeadDim()) +
                             " numbers are about as short as what stands in "
                             "for them"};
  }
  if (tokens != 1) {
    return {Scan::Int8, "many queries share what is read, so what counts is to "
                        "score few keys again"};
  }
  Scan best = Scan::Exact;
  for (Scan scan : {Scan::Int8, Scan::Int4}) {
    if (scanBytes(memory, scan) < scanBytes(memory, best)) {
      best = scan;
    }
  }
  return {best, "one query reads the fewest bytes so"};
}
