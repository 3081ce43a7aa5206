//===- ChooseStrategy.cpp - how each op is to be computed -----------------===//

#include "passes/Tiling/Passes.h"

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

/// Queries that share one pass over the keys, and keys scored at a time.
static StrategyAttr strategyOfAttention(Operation *op, Value queries) {
  bool oneToken = cast<ShapedType>(queries.getType()).getDimSize(0) == 1;
  return StrategyAttr::get(op->getContext(), oneToken ? 1 : 4, /*grain=*/1,
                           /*keys=*/32);
}

namespace {
struct ChooseStrategy : fot::impl::ChooseStrategyBase<ChooseStrategy> {
  void runOnOperation() override {
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
        choose(attention, strategyOfAttention(op, attention.getQueries()));
      } else if (auto memory = dyn_cast<MemoryAttentionOp>(op)) {
        choose(memory, strategyOfAttention(op, memory.getQueries()));
      } else if (auto knn = dyn_cast<KnnOp>(op)) {
        choose(knn, strategyOfAttention(op, knn.getQueries()));
      }
    });
  }
};
} // namespace
