//===- AssignWeightOffsets.cpp - places the weights in their segment ------===//

#include "passes/Pack/Passes.h"
#include "passes/Support/WeightTypes.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::fot {
#define GEN_PASS_DEF_ASSIGNWEIGHTOFFSETS
#include "passes/Pack/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

namespace {
struct AssignWeightOffsets
    : fot::impl::AssignWeightOffsetsBase<AssignWeightOffsets> {
  void runOnOperation() override {
    int64_t offset = 0;
    for (auto weight : getOperation().getOps<WeightOp>()) {
      weight.setOffset(offset);
      int64_t bytes = weightBytes(weight.getTensorType());
      offset = llvm::alignTo(offset + bytes, 64);
    }
    numBytes += offset;
  }
};
} // namespace
