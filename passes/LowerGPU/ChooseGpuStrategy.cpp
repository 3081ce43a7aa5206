//===- ChooseGpuStrategy.cpp - how attention is computed on a GPU ---------===//

#include "passes/LowerGPU/Kernels/AttentionTile.h"
#include "passes/LowerGPU/Passes.h"
#include "passes/Support/Remarks.h"

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

  /// Why one token's keys are no more than one range.
  std::string whyWhole(const QueryShape &shape, int64_t window) {
    if (shape.heads >= blocks) {
      return std::to_string(shape.heads) +
             " heads are enough blocks of threads";
    }
    return most == 1 ? "no more than one range is allowed"
                     : "its window of " + std::to_string(window) +
                           " entries is one range of " + std::to_string(keys);
  }

  /// Decides for an op, and returns the bytes of scratch memory that it needs.
  template <typename OpTy>
  int64_t choose(OpTy op, bool hasMemory, bool isDense, int64_t maxTokens) {
    auto queries = dyn_cast<MemRefType>(op.getQueries().getType());
    auto keys = dyn_cast<MemRefType>(op.getKeys().getType());
    Remarks remarks(*this, getOperation());
    RemarkSite site(op);
    if (!queries || !keys || !keys.hasStaticShape()) {
      remarks.missed(site, "its window is no buffer of a static shape");
      return 0;
    }
    QueryShape shape(op.getQueries(), op.getKeys());
    int64_t partBytes = shape.heads * (shape.headDim + 2) * sizeof(float);
    OpBuilder b(op);
    if (queries.getDimSize(0) == 1) {
      auto given = op->template getAttrOfType<IntegerAttr>(kGpuSplitsAttr);
      int64_t splits =
          given ? given.getInt() : splitsOf(shape, keys.getDimSize(1), isDense);
      if (given) {
        remarks.analysis(site, "obeys " + Twine(kGpuSplitsAttr) + " = " +
                                   Twine(splits) + " of the input");
      } else if (splits <= 1) {
        remarks.missed(site, whyWhole(shape, keys.getDimSize(1)));
      } else {
        remarks.passed(site, "one token's keys in " + Twine(splits) +
                                 " ranges: " + Twine(shape.heads) +
                                 " heads are fewer than " + Twine(blocks) +
                                 " blocks of threads");
      }
      if (splits <= 1) {
        return 0;
      }
      op->setAttr(kGpuSplitsAttr, b.getI64IntegerAttr(splits));
      ++numSplit;
      return splits * partBytes;
    }
    bool needsScratch = hasMemory || shape.needsWhole(op.getInits()[0]);
    if (!AttentionTile::fits(shape, op.getKeys())) {
      remarks.missed(site, "each query by itself: no tile fits " +
                               Twine(shape.heads) + " heads of " +
                               Twine(shape.headDim) + " that share " +
                               Twine(shape.groups) + " key-value heads");
      return 0;
    }
    if (needsScratch && maxTokens == 0) {
      remarks.missed(site,
                     "each query by itself: nobody bounds the tokens that "
                     "scratch memory would be needed for");
      return 0;
    }
    if (auto given = op->template getAttrOfType<BoolAttr>(kGpuTileAttr)) {
      remarks.analysis(site, "obeys " + Twine(kGpuTileAttr) + " = " +
                                 (given.getValue() ? "true" : "false") +
                                 " of the input");
      if (!given.getValue()) {
        return 0;
      }
    } else {
      op->setAttr(kGpuTileAttr, b.getBoolAttr(true));
      remarks.passed(site, "tiles of queries that share keys on tensor cores");
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
