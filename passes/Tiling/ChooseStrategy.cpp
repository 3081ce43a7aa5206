//===- ChooseStrategy.cpp - how each op is to be computed -----------------===//

#include "passes/Tiling/Passes.h"
#include "passes/Tiling/ScanCost.h"

namespace mlir::fot {
#define GEN_PASS_DEF_CHOOSESTRATEGY
#include "passes/Tiling/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// Register tiles for 16 vector registers; levels with 32 double the tokens.
static StrategyAttr strategyOfProduct(Operation *op, Value input) {
  auto type = cast<ShapedType>(input.getType());
  bool oneToken = type.getDimSize(0) == 1;
  bool quantized = isa<BlockType>(type.getElementType());
  int64_t tokens = oneToken ? 1 : quantized ? 5 : 6;
  return StrategyAttr::get(op->getContext(), tokens, /*grain=*/1, /*keys=*/0);
}

/// Queries of a tile: with more, their sums leave the first-level cache.
constexpr int64_t kRows = 24;
/// Those of a tile that reads a whole memory: they share the conversion of its
/// keys and values.
constexpr int64_t kRowsOfDense = 48;
/// Those of a tile that scans codes: they share the work of taking codes apart,
/// and the second-level cache holds their lists.
constexpr int64_t kRowsOfScan = 128;

/// All query heads of a key-value head share its keys, and as many tokens as
/// make `rows`.
static StrategyAttr strategyOfAttention(Operation *op, Value queries,
                                        int64_t groups, int64_t headDim,
                                        int64_t rows = kRows,
                                        Scan scan = Scan::Exact) {
  auto type = cast<ShapedType>(queries.getType());
  int64_t shared = type.getDimSize(1) / headDim / groups;
  int64_t tokens =
      type.getDimSize(0) == 1 ? 1 : std::max<int64_t>(rows / shared, 1);
  return StrategyAttr::get(op->getContext(), tokens, /*grain=*/shared,
                           /*keys=*/64, scan, /*splits=*/1);
}

/// The same for an op with window caches.
template <typename OpTy>
static StrategyAttr strategyWithWindow(OpTy op, int64_t rows = kRows,
                                       Scan scan = Scan::Exact) {
  auto keys = cast<ShapedType>(op.getKeys().getType());
  return strategyOfAttention(op, op.getQueries(), keys.getDimSize(0),
                             keys.getDimSize(2), rows, scan);
}

/// Items of a retrieval that are enough for many workers.
constexpr int64_t kItems = 16;

/// Adds what is read first, `wanted` if given, and, for one token, how the
/// memory is cut up.
static StrategyAttr strategyOfRetrieval(MemoryAttentionOp op,
                                        std::optional<Scan> wanted) {
  if (op.getMode() == MemoryMode::Dense) {
    return strategyWithWindow(op, kRowsOfDense);
  }
  MemoryType memory = op.getMemory().getType();
  int64_t tokens = cast<ShapedType>(op.getQueries().getType()).getDimSize(0);
  Scan scan = wanted.value_or(chooseScan(memory, tokens));
  if (tokens != 1) {
    return strategyWithWindow(op, scan == Scan::Exact ? kRows : kRowsOfScan,
                              scan);
  }
  StrategyAttr strategy = strategyWithWindow(op, kRows, scan);
  return StrategyAttr::get(op.getContext(), strategy.getTokens(),
                           strategy.getGrain(), strategy.getKeys(), scan,
                           llvm::divideCeil(kItems, memory.getSlots()));
}

namespace {
struct ChooseStrategy : fot::impl::ChooseStrategyBase<ChooseStrategy> {
  using ChooseStrategyBase::ChooseStrategyBase;

  void runOnOperation() override {
    std::optional<Scan> wanted = symbolizeScan(scan);
    if (!scan.empty() && !wanted) {
      getOperation().emitError()
          << "expects a scan of exact, int8 or int4, found '" << scan << "'";
      return signalPassFailure();
    }
    auto choose = [&](auto op, StrategyAttr strategy) {
      if (!op.getStrategy()) {
        op.setStrategyAttr(strategy);
        ++numChosen;
      }
    };
    getOperation().walk([&](Operation *op) {
      if (auto matmul = dyn_cast<MatmulOp>(op)) {
        choose(matmul, strategyOfProduct(op, matmul.getInput()));
      } else if (auto gated = dyn_cast<GatedMatmulOp>(op)) {
        choose(gated, strategyOfProduct(op, gated.getInput()));
      } else if (auto attention = dyn_cast<AttentionOp>(op)) {
        choose(attention, strategyWithWindow(attention));
      } else if (auto partial = dyn_cast<PartialAttentionOp>(op)) {
        choose(partial, strategyWithWindow(partial));
      } else if (auto memory = dyn_cast<MemoryAttentionOp>(op)) {
        choose(memory, strategyOfRetrieval(memory, wanted));
      } else if (auto knn = dyn_cast<KnnOp>(op)) {
        MemoryType type = knn.getMemory().getType();
        int64_t tokens =
            cast<ShapedType>(knn.getQueries().getType()).getDimSize(0);
        choose(knn,
               strategyOfAttention(op, knn.getQueries(), type.getHeads(),
                                   type.getHeadDim(), kRows,
                                   wanted.value_or(chooseScan(type, tokens))));
      }
    });
  }
};
} // namespace
