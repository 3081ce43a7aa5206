//===- SplitAttention.cpp - blocks of a window for workers to share -------===//

#include "passes/Support/Remarks.h"
#include "passes/Tiling/Passes.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::fot {
#define GEN_PASS_DEF_SPLITATTENTION
#include "passes/Tiling/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// Returns the number of blocks.
template <typename OpTy> static int64_t split(OpTy op) {
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
  return shape[0];
}

namespace {
struct SplitAttention : fot::impl::SplitAttentionBase<SplitAttention> {
  using SplitAttentionBase::SplitAttentionBase;

  /// Why the op stays whole; empty if the heads of its one token are too few to
  /// share out.
  template <typename OpTy> std::string whyNot(OpTy op) const {
    auto queries = dyn_cast<RankedTensorType>(op.getQueries().getType());
    auto keys = dyn_cast<RankedTensorType>(op.getKeys().getType());
    StrategyAttr strategy = op.getStrategyAttr();
    if (!queries || !keys || !keys.hasStaticShape()) {
      return "its window is no tensor of a static shape";
    }
    if (queries.getDimSize(0) != 1) {
      return "its tokens are enough to share out";
    }
    if (!strategy || strategy.getKeys() <= 0) {
      return "no strategy says how many keys are scored at a time";
    }
    if (keys.getDimSize(0) >= fewHeads) {
      return std::to_string(keys.getDimSize(0)) +
             " key-value heads are enough to share out";
    }
    if (keys.getDimSize(1) <= strategy.getKeys()) {
      return "its window of " + std::to_string(keys.getDimSize(1)) +
             " entries is one block of " + std::to_string(strategy.getKeys());
    }
    return "";
  }

  void runOnOperation() override {
    Remarks remarks(*this, getOperation());
    auto visit = [&](auto op) {
      RemarkSite site(op);
      if (op.getParts()) {
        return remarks.analysis(site, "joins the parts that the input has");
      }
      if (std::string why = whyNot(op); !why.empty()) {
        return remarks.missed(site, why);
      }
      auto keys = cast<RankedTensorType>(op.getKeys().getType());
      remarks.passed(site, "cut into " + Twine(split(op)) + " blocks of " +
                               Twine(*op.getBlock()) +
                               " entries: " + Twine(keys.getDimSize(0)) +
                               " key-value heads are fewer than " +
                               Twine(fewHeads));
      ++numSplit;
    };
    getOperation().walk([&](AttentionOp op) { visit(op); });
    getOperation().walk([&](MemoryAttentionOp op) { visit(op); });
  }
};
} // namespace
