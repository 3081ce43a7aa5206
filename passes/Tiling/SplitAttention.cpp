//===- SplitAttention.cpp - blocks of a window for workers to share -------===//

#include "passes/Tiling/Passes.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::fot {
#define GEN_PASS_DEF_SPLITATTENTION
#include "passes/Tiling/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

template <typename OpTy> static void split(OpTy op) {
  OpBuilder b(op);
  auto queries = cast<RankedTensorType>(op.getQueries().getType());
  auto keys = cast<RankedTensorType>(op.getKeys().getType());
  int64_t block = op.getStrategyAttr().getKeys();
  int64_t headDim = keys.getDimSize(2);
  SmallVector<int64_t> shape = {
      static_cast<int64_t>(llvm::divideCeil(keys.getDimSize(1), block)),
      queries.getDimSize(1) / headDim, headDim + 2};
  Value init = tensor::EmptyOp::create(b, op.getLoc(), shape, b.getF32Type());
  auto partial = PartialAttentionOp::create(
      b, op.getLoc(), TypeRange{init.getType()}, op.getQueries(), op.getKeys(),
      op.getValues(), op.getPosition(), ValueRange{init},
      b.getI64IntegerAttr(block), op.getScaleAttr(), op.getStrategyAttr());
  op.getPartsMutable().assign(partial.getResults()[0]);
  op.setBlockAttr(partial.getBlockAttr());
}

namespace {
struct SplitAttention : fot::impl::SplitAttentionBase<SplitAttention> {
  using SplitAttentionBase::SplitAttentionBase;

  /// Whether the heads of one token are too few to share out.
  template <typename OpTy> bool wants(OpTy op) const {
    auto queries = dyn_cast<RankedTensorType>(op.getQueries().getType());
    auto keys = dyn_cast<RankedTensorType>(op.getKeys().getType());
    StrategyAttr strategy = op.getStrategyAttr();
    return queries && keys && keys.hasStaticShape() &&
           queries.getDimSize(0) == 1 && !op.getParts() && strategy &&
           strategy.getKeys() > 0 && keys.getDimSize(0) < fewHeads &&
           keys.getDimSize(1) > strategy.getKeys();
  }

  void runOnOperation() override {
    auto visit = [&](auto op) {
      if (wants(op)) {
        split(op);
        ++numSplit;
      }
    };
    getOperation().walk([&](AttentionOp op) { visit(op); });
    getOperation().walk([&](MemoryAttentionOp op) { visit(op); });
  }
};
} // namespace
