//===- ChooseGpuStrategy.cpp - how attention is computed on a GPU ---------===//

#include "passes/LowerGPU/Kernels/AttentionParts.h"
#include "passes/LowerGPU/Kernels/Retrieval.h"
#include "passes/LowerGPU/Passes.h"
#include "passes/Support/Remarks.h"

#include "mlir/IR/Matchers.h"
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

/// The most entries that a call can want, if the IR says.
static std::optional<int64_t> mostWanted(KnnOp op) {
  Value scores = op.getInits()[0];
  int64_t size = GpuKernel::staticDim(scores, 2);
  if (!ShapedType::isDynamic(size)) {
    return size;
  }
  auto buffer = scores.getDefiningOp<WorkspaceBufferOp>();
  auto least = buffer ? buffer.getSizes().back().getDefiningOp<arith::MinUIOp>()
                      : nullptr;
  IntegerAttr bound;
  if (least && (matchPattern(least.getLhs(), m_Constant(&bound)) ||
                matchPattern(least.getRhs(), m_Constant(&bound)))) {
    return bound.getInt();
  }
  return std::nullopt;
}

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

  /// Ranges of one token's keys, unless the input says how many.
  void chooseRanges(Operation *op, const QueryShape &shape, int64_t window,
                    bool isDense) {
    Remarks remarks(*this, getOperation());
    RemarkSite site(op);
    if (auto given = op->getAttrOfType<IntegerAttr>(kGpuSplitsAttr)) {
      return remarks.analysis(site, "obeys " + Twine(kGpuSplitsAttr) + " = " +
                                        Twine(given.getInt()) +
                                        " of the input");
    }
    int64_t splits = splitsOf(shape, window, isDense);
    if (splits <= 1) {
      return remarks.missed(site, whyWhole(shape, window));
    }
    setSplits(op, splits);
    remarks.passed(site, "one token's keys in " + Twine(splits) + " ranges: " +
                             Twine(shape.heads) + " heads are fewer than " +
                             Twine(blocks) + " blocks of threads");
  }

  /// Tiles of many queries, unless the input says otherwise, and ranges of the
  /// memory that they read. Returns false where there is no tile.
  template <typename OpTy>
  bool chooseTiles(OpTy op, const QueryShape &shape, bool hasRoom) {
    Remarks remarks(*this, getOperation());
    RemarkSite site(op);
    RowFormat window = windowFormat(op.getKeys());
    if (!AttentionTile::fits(shape, window, window)) {
      remarks.missed(site, "each query by itself: no tile fits " +
                               Twine(shape.heads) + " heads of " +
                               Twine(shape.headDim) + " that share " +
                               Twine(shape.groups) + " key-value heads");
      return false;
    }
    if (!hasRoom) {
      remarks.missed(site,
                     "each query by itself: nobody bounds the tokens that "
                     "scratch memory would be needed for");
      return false;
    }
    auto attention = dyn_cast<MemoryAttentionOp>(op.getOperation());
    auto given = op->template getAttrOfType<BoolAttr>(kGpuTileAttr);
    if (!given) {
      op->setAttr(kGpuTileAttr, OpBuilder(op).getBoolAttr(true));
    }
    bool memory = attention && AttentionParts::canReadMemory(attention, shape);
    if (memory && !op->hasAttr(kGpuSplitsAttr)) {
      setSplits(
          op, std::min<int64_t>(llvm::divideCeil(blocks, shape.groups), most));
    }
    if (given) {
      remarks.analysis(site, "obeys " + Twine(kGpuTileAttr) + " = " +
                                 (given.getValue() ? "true" : "false") +
                                 " of the input");
    } else {
      StringRef what = !attention ? ""
                       : memory   ? ", of the window and of the memory"
                                  : ", of the window only";
      remarks.passed(site,
                     "tiles of queries that share keys on tensor cores" + what);
    }
    return true;
  }

  static void setSplits(Operation *op, int64_t splits) {
    op->setAttr(kGpuSplitsAttr, OpBuilder(op).getI64IntegerAttr(splits));
  }

  /// Decides for an op, and returns the bytes of scratch memory that it needs.
  template <typename OpTy>
  int64_t choose(OpTy op, bool hasMemory, bool isDense, int64_t maxTokens) {
    auto queries = dyn_cast<MemRefType>(op.getQueries().getType());
    auto keys = dyn_cast<MemRefType>(op.getKeys().getType());
    if (!queries || !keys || !keys.hasStaticShape()) {
      Remarks(*this, getOperation())
          .missed(RemarkSite(op), "its window is no buffer of a static shape");
      return 0;
    }
    QueryShape shape(op.getQueries(), op.getKeys());
    if (queries.getDimSize(0) == 1) {
      chooseRanges(op, shape, keys.getDimSize(1), isDense);
    } else {
      bool needsScratch = hasMemory || shape.needsWhole(op.getInits()[0]);
      if (!chooseTiles(op, shape, !needsScratch || maxTokens > 0)) {
        return 0;
      }
    }
    AttentionParts parts(op, shape);
    if (parts.isTiled()) {
      ++numTiled;
    } else if (parts) {
      ++numSplit;
    }
    return parts.scratchBytes(maxTokens);
  }

  /// The same of one token's retrieval by itself: ranges of the memory.
  int64_t chooseKnn(KnnOp op) {
    Remarks remarks(*this, getOperation());
    RemarkSite site(op);
    auto queries = dyn_cast<MemRefType>(op.getQueries().getType());
    if (!queries || queries.getDimSize(0) != 1) {
      return 0;
    }
    if (auto given = op->getAttrOfType<IntegerAttr>(kGpuSplitsAttr)) {
      remarks.analysis(site, "obeys " + Twine(kGpuSplitsAttr) + " = " +
                                 Twine(given.getInt()) + " of the input");
      return knnScratchBytes(op);
    }
    std::optional<int64_t> wanted = mostWanted(op);
    if (!wanted || *wanted > kMaxSplitKnn) {
      remarks.missed(site, "the memory in one range: nothing bounds by " +
                               Twine(kMaxSplitKnn) + " how much is wanted");
      return 0;
    }
    int64_t heads = GpuKernel::staticDim(op.getInits()[0], 1);
    int64_t splits = std::min<int64_t>(llvm::divideCeil(blocks, heads), most);
    if (splits > 1) {
      setSplits(op, splits);
      op->setAttr(kGpuMostAttr, OpBuilder(op).getI64IntegerAttr(*wanted));
      ++numSplit;
      remarks.passed(site, "one token's memory in " + Twine(splits) +
                               " ranges: " + Twine(heads) +
                               " heads are fewer than " + Twine(blocks) +
                               " blocks of threads");
    }
    return knnScratchBytes(op);
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
      bool isDense = static_cast<bool>(op.getPrefixKeys());
      bool hasMemory = isDense || op.getRetrievedKeys();
      bytes = std::max(bytes, choose(op, hasMemory, isDense, maxTokens));
    });
    function.walk([&](KnnOp op) { bytes = std::max(bytes, chooseKnn(op)); });
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
