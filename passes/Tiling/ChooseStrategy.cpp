//===- ChooseStrategy.cpp - how each op is to be computed -----------------===//

#include "passes/Support/Remarks.h"
#include "passes/Tiling/Passes.h"
#include "passes/Tiling/ScanCost.h"

namespace mlir::fot {
#define GEN_PASS_DEF_CHOOSESTRATEGY
#include "passes/Tiling/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// Register tiles for 16 vector registers; levels with 32 double the tokens.
/// Where there are products of bf16 tiles, floats are multiplied in them, split
/// without loss.
static StrategyAttr strategyOfProduct(Operation *op, Value input) {
  auto type = cast<ShapedType>(input.getType());
  bool oneToken = type.getDimSize(0) == 1;
  bool quantized = isa<BlockType>(type.getElementType());
  int64_t tokens = oneToken ? 1 : quantized ? 5 : 6;
  bool tiles = !oneToken && !quantized;
  return StrategyAttr::get(op->getContext(), tokens, /*grain=*/1, /*keys=*/0,
                           Scan::Exact, /*splits=*/1, /*parts=*/tiles ? 3 : 0);
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

/// Adds what is read first and, for one token, how the memory is cut up.
static StrategyAttr strategyOfRetrieval(MemoryAttentionOp op, Scan scan) {
  int64_t tokens = cast<ShapedType>(op.getQueries().getType()).getDimSize(0);
  if (tokens != 1) {
    return strategyWithWindow(op, scan == Scan::Exact ? kRows : kRowsOfScan,
                              scan);
  }
  StrategyAttr strategy = strategyWithWindow(op, kRows, scan);
  return StrategyAttr::get(
      op.getContext(), strategy.getTokens(), strategy.getGrain(),
      strategy.getKeys(), scan,
      llvm::divideCeil(kItems, op.getMemory().getType().getSlots()));
}

/// "of 5 tokens", or of one.
static std::string ofTokens(int64_t tokens) {
  return "of " + std::to_string(tokens) + (tokens == 1 ? " token" : " tokens");
}

static std::string describeProduct(StrategyAttr strategy, Value input) {
  auto type = cast<ShapedType>(input.getType());
  std::string why = type.getDimSize(0) == 1 ? "it has no more"
                    : isa<BlockType>(type.getElementType())
                        ? "that many sums of 8-bit products fit 16 registers"
                        : "that many sums of floats fit 16 registers";
  std::string text =
      "register tiles " + ofTokens(strategy.getTokens()) + ": " + why;
  if (strategy.getParts() > 0) {
    text += "; or tiles of bf16, where there are such products: " +
            std::to_string(strategy.getParts()) + " numbers are an f32 exactly";
  }
  return text;
}

static std::string describeAttention(StrategyAttr strategy) {
  int64_t queries = strategy.getTokens() * strategy.getGrain();
  return "tiles " + ofTokens(strategy.getTokens()) + ", where " +
         std::to_string(queries) +
         (queries == 1 ? " query scores " : " queries share ") +
         std::to_string(strategy.getKeys()) + " keys at a time";
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
    getOperation().walk([&](Operation *op) {
      if (auto matmul = dyn_cast<MatmulOp>(op)) {
        chooseForProduct(matmul);
      } else if (auto gated = dyn_cast<GatedMatmulOp>(op)) {
        chooseForProduct(gated);
      } else if (auto matmul = dyn_cast<WindowMatmulOp>(op)) {
        chooseForProduct(matmul);
      } else if (auto attention = dyn_cast<AttentionOp>(op)) {
        chooseForAttention(attention, kRows);
      } else if (auto partial = dyn_cast<PartialAttentionOp>(op)) {
        chooseForAttention(partial, kRows);
      } else if (auto memory = dyn_cast<MemoryAttentionOp>(op)) {
        if (memory.getMode() == MemoryMode::Dense) {
          chooseForAttention(memory, kRowsOfDense);
        } else {
          chooseForRetrieval(memory, wanted, [&](Scan scan) {
            return strategyOfRetrieval(memory, scan);
          });
        }
      } else if (auto knn = dyn_cast<KnnOp>(op)) {
        MemoryType type = knn.getMemory().getType();
        chooseForRetrieval(knn, wanted, [&](Scan scan) {
          return strategyOfAttention(op, knn.getQueries(), type.getHeads(),
                                     type.getHeadDim(), kRows, scan);
        });
      }
    });
  }

  /// Gives `op` a strategy unless it has one, and says `text` of it.
  template <typename OpTy>
  void choose(OpTy op, StrategyAttr strategy, const Twine &text,
              ArrayRef<RemarkFigure> figures = {}) {
    Remarks remarks(*this, getOperation());
    RemarkSite site(op);
    if (StrategyAttr given = op.getStrategyAttr()) {
      std::string printed;
      llvm::raw_string_ostream(printed) << given;
      return remarks.analysis(site,
                              "obeys " + Twine(printed) + " of the input");
    }
    op.setStrategyAttr(strategy);
    ++numChosen;
    remarks.passed(site, text, figures);
  }

  template <typename OpTy> void chooseForProduct(OpTy op) {
    StrategyAttr strategy = strategyOfProduct(op, op.getInput());
    choose(op, strategy, describeProduct(strategy, op.getInput()));
  }

  template <typename OpTy> void chooseForAttention(OpTy op, int64_t rows) {
    StrategyAttr strategy = strategyWithWindow(op, rows);
    choose(op, strategy, describeAttention(strategy));
  }

  /// `strategyOf` makes the strategy of a scan.
  template <typename OpTy>
  void chooseForRetrieval(OpTy op, std::optional<Scan> wanted,
                          function_ref<StrategyAttr(Scan)> strategyOf) {
    MemoryType memory = op.getMemory().getType();
    ScanChoice choice =
        wanted ? ScanChoice{*wanted, "the option scan asks for it"}
               : chooseScan(
                     memory,
                     cast<ShapedType>(op.getQueries().getType()).getDimSize(0));
    StrategyAttr strategy = strategyOf(choice.scan);
    std::string text =
        (choice.scan == Scan::Exact
             ? "scans keys in full: "
             : "scans " + stringifyScan(choice.scan).str() + " codes first: ") +
        choice.why + "; " + describeAttention(strategy);
    if (strategy.getSplits() > 1) {
      text += "; " + std::to_string(strategy.getSplits()) +
              " ranges of the memory for " + std::to_string(memory.getSlots()) +
              (memory.getSlots() == 1 ? " owner" : " owners");
    }
    choose(op, strategy, text,
           {{"ScanExactBytes", scanBytes(memory, Scan::Exact)},
            {"ScanInt8Bytes", scanBytes(memory, Scan::Int8)},
            {"ScanInt4Bytes", scanBytes(memory, Scan::Int4)}});
  }
};
} // namespace
