//===- ChooseGpuStrategy.cpp - how attention is computed on a GPU ---------===//

#include "passes/LowerGPU/Kernels/AttentionTile.h"
#include "passes/LowerGPU/Passes.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::fot {
#define GEN_PASS_DEF_CHOOSEGPUSTRATEGY
#include "passes/LowerGPU/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// On an entry point, from fot-plan-workspace and fot-create-entry-points.
constexpr llvm::StringLiteral kWorkspaceAttr = "fot.workspace_bytes";
constexpr llvm::StringLiteral kTokensAttr = "fot.max_tokens";
/// Where buffers of the workspace begin.
constexpr int64_t kAlignment = 256;

namespace {
struct ChooseGpuStrategy : fot::impl::ChooseGpuStrategyBase<ChooseGpuStrategy> {
  using ChooseGpuStrategyBase::ChooseGpuStrategyBase;

  /// Ranges of one token's keys.
  int64_t splitsOf(const QueryShape &shape, int64_t window, bool isDense) {
    int64_t splits =
        std::min<int64_t>(llvm::divideCeil(blocks, shape.heads), most);
    return isDense ? splits
                   : std::min<int64_t>(splits, llvm::divideCeil(window, keys));
  }

  /// Decides for an op, and returns the bytes of scratch memory that it needs.
  template <typename OpTy>
  int64_t choose(OpTy op, bool hasMemory, bool isDense, int64_t maxTokens) {
    auto queries = dyn_cast<MemRefType>(op.getQueries().getType());
    auto keys = dyn_cast<MemRefType>(op.getKeys().getType());
    if (!queries || !keys || !keys.hasStaticShape()) {
      return 0;
    }
    QueryShape shape(op.getQueries(), op.getKeys());
    int64_t partBytes = shape.heads * (shape.headDim + 2) * sizeof(float);
    OpBuilder b(op);
    if (queries.getDimSize(0) == 1) {
      auto given = op->template getAttrOfType<IntegerAttr>(kGpuSplitsAttr);
      int64_t splits =
          given ? given.getInt() : splitsOf(shape, keys.getDimSize(1), isDense);
      if (splits <= 1) {
        return 0;
      }
      op->setAttr(kGpuSplitsAttr, b.getI64IntegerAttr(splits));
      ++numSplit;
      return splits * partBytes;
    }
    bool needsScratch = hasMemory || shape.needsWhole(op.getInits()[0]);
    if (!AttentionTile::fits(shape, op.getKeys()) ||
        (needsScratch && maxTokens == 0)) {
      return 0;
    }
    if (!op->hasAttr(kGpuTileAttr)) {
      op->setAttr(kGpuTileAttr, b.getBoolAttr(true));
    }
    if (!op->template getAttrOfType<BoolAttr>(kGpuTileAttr).getValue()) {
      return 0;
    }
    ++numTiled;
    return needsScratch ? maxTokens * partBytes : 0;
  }

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (blocks < 1 || most < 1 || keys < 1) {
      function.emitError() << "expects numbers of at least 1 for blocks, most "
                              "and keys";
      return signalPassFailure();
    }
    auto numberOf = [&](StringRef name) {
      auto attribute = function->getAttrOfType<IntegerAttr>(name);
      return attribute ? attribute.getInt() : 0;
    };
    int64_t bytes = 0, maxTokens = numberOf(kTokensAttr);
    function.walk([&](AttentionOp op) {
      if (!op.getRetrievedKeys() && !op.getPrefixKeys()) {
        bytes = std::max(bytes, choose(op, /*hasMemory=*/false,
                                       /*isDense=*/false, maxTokens));
      }
    });
    function.walk([&](MemoryAttentionOp op) {
      bytes =
          std::max(bytes, choose(op, /*hasMemory=*/true,
                                 op.getMode() == MemoryMode::Dense, maxTokens));
    });
    if (bytes == 0) {
      return;
    }
    int64_t offset = llvm::alignTo(numberOf(kWorkspaceAttr), kAlignment);
    OpBuilder b(function);
    function->setAttr(kGpuScratchAttr, b.getI64IntegerAttr(offset));
    function->setAttr(kWorkspaceAttr, b.getI64IntegerAttr(offset + bytes));
  }
};
} // namespace
