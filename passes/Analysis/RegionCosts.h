//===- RegionCosts.h - what an entry point moves and computes ---*- C++ -*-===//
//
// A region is what workers do between two barriers. Its cost is linear in the
// tokens of a call, the entries of the window and those of the memory, so a few
// numbers per region say what any call needs at least: the roofline that
// reports and profiles are held against.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_ANALYSIS_REGIONCOSTS_H
#define FOT_PASSES_ANALYSIS_REGIONCOSTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>
#include <vector>

namespace mlir::fot {

/// A call with n tokens that sees w window and m memory entries reads and
/// writes callBytes + n tokenBytes + w windowBytes + m memoryBytes, and
/// computes callOps + n (tokenOps + w windowOps + m memoryOps) additions and
/// multiplications. Activations count as moved though caches may hold them;
/// logits count for one token a call.
struct RegionCost {
  std::string name; ///< of ops and weights, without the layer's number
  int64_t callBytes = 0, tokenBytes = 0, windowBytes = 0, memoryBytes = 0;
  int64_t callOps = 0, tokenOps = 0, windowOps = 0, memoryOps = 0;
  bool isInteger = false; ///< most operations are on 8-bit integers
};

/// What one op on buffers costs; nothing if it is a barrier. Without an index,
/// as on a GPU, scans of a memory read its keys, whatever the op's strategy is.
RegionCost operationCost(Operation &op, bool hasIndex = true);

/// The regions of an entry point on buffers, in order: one more than it has
/// barriers.
std::vector<RegionCost> regionCosts(func::FuncOp entry);

} // namespace mlir::fot

#endif
