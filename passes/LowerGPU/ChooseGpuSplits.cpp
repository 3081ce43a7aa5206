//===- ChooseGpuSplits.cpp - one token's attention for many blocks --------===//

#include "passes/LowerGPU/Passes.h"

#include "llvm/Support/MathExtras.h"

namespace mlir::fot {
#define GEN_PASS_DEF_CHOOSEGPUSPLITS
#include "passes/LowerGPU/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// On an entry point, from fot-plan-workspace.
constexpr llvm::StringLiteral kWorkspaceAttr = "fot.workspace_bytes";
/// Where buffers of the workspace begin.
constexpr int64_t kAlignment = 256;

namespace {
struct ChooseGpuSplits : fot::impl::ChooseGpuSplitsBase<ChooseGpuSplits> {
  using ChooseGpuSplitsBase::ChooseGpuSplitsBase;

  /// Decides for an op, and returns the bytes that its ranges give.
  template <typename OpTy> int64_t choose(OpTy op, bool readsMemory) {
    auto queries = dyn_cast<MemRefType>(op.getQueries().getType());
    auto keys = dyn_cast<MemRefType>(op.getKeys().getType());
    if (!queries || !keys || !keys.hasStaticShape() ||
        queries.getDimSize(0) != 1) {
      return 0;
    }
    int64_t headDim = keys.getDimSize(2);
    int64_t heads = queries.getDimSize(1) / headDim;
    auto given = op->template getAttrOfType<IntegerAttr>(kGpuSplitsAttr);
    int64_t splits = given ? given.getInt() : 0;
    if (!given) {
      splits = std::min<int64_t>(llvm::divideCeil(blocks, heads), most);
      if (!readsMemory) {
        splits = std::min<int64_t>(
            splits, llvm::divideCeil(keys.getDimSize(1), this->keys));
      }
    }
    if (splits <= 1) {
      return 0;
    }
    op->setAttr(kGpuSplitsAttr, OpBuilder(op).getI64IntegerAttr(splits));
    ++numSplit;
    return splits * heads * (headDim + 2) * sizeof(float);
  }

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (blocks < 1 || most < 1 || keys < 1) {
      function.emitError() << "expects numbers of at least 1 for blocks, most "
                              "and keys";
      return signalPassFailure();
    }
    int64_t bytes = 0;
    function.walk([&](AttentionOp op) {
      if (!op.getRetrievedKeys() && !op.getPrefixKeys()) {
        bytes = std::max(bytes, choose(op, /*readsMemory=*/false));
      }
    });
    function.walk([&](MemoryAttentionOp op) {
      bytes = std::max(bytes, choose(op, op.getMode() == MemoryMode::Dense));
    });
    if (bytes == 0) {
      return;
    }
    auto planned = function->getAttrOfType<IntegerAttr>(kWorkspaceAttr);
    int64_t offset = llvm::alignTo(planned ? planned.getInt() : 0, kAlignment);
    OpBuilder b(function);
    function->setAttr(kGpuScratchAttr, b.getI64IntegerAttr(offset));
    function->setAttr(kWorkspaceAttr, b.getI64IntegerAttr(offset + bytes));
  }
};
} // namespace
