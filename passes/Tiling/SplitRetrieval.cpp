//===- SplitRetrieval.cpp - ranges of a memory for workers to share -------===//

#include "passes/Support/Remarks.h"
#include "passes/Tiling/Passes.h"

namespace mlir::fot {
#define GEN_PASS_DEF_SPLITRETRIEVAL
#include "passes/Tiling/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

static void split(MemoryAttentionOp op) {
  OpBuilder b(op);
  auto queries = cast<RankedTensorType>(op.getQueries().getType());
  MemoryType memory = op.getMemory().getType();
  SmallVector<int64_t> shape = {op.getStrategyAttr().getSplits(),
                                queries.getDimSize(1) / memory.getHeadDim(),
                                static_cast<int64_t>(*op.getK())};
  SmallVector<Value> inits;
  SmallVector<Type> types;
  for (Type element : {Type(b.getF32Type()), Type(b.getI64Type())}) {
    inits.push_back(tensor::EmptyOp::create(b, op.getLoc(), shape, element));
    types.push_back(inits.back().getType());
  }
  auto partial =
      PartialKnnOp::create(b, op.getLoc(), types, op.getQueries(),
                           op.getMemory(), inits, op.getStrategyAttr());
  op.getPartialScoresMutable().assign(partial.getResults()[0]);
  op.getPartialEntriesMutable().assign(partial.getResults()[1]);
}

/// Why the op stays whole; empty if its strategy asks for ranges.
static std::string whyNot(MemoryAttentionOp op) {
  auto queries = dyn_cast<RankedTensorType>(op.getQueries().getType());
  StrategyAttr strategy = op.getStrategyAttr();
  if (op.getMode() != MemoryMode::TopK) {
    return "it reads the whole memory and keeps no winners";
  }
  if (!queries || queries.getDimSize(0) != 1) {
    return "its tokens are enough to share out";
  }
  if (!strategy || strategy.getSplits() <= 1) {
    return "its strategy asks for no ranges";
  }
  return "";
}

namespace {
struct SplitRetrieval : fot::impl::SplitRetrievalBase<SplitRetrieval> {
  void runOnOperation() override {
    Remarks remarks(*this, getOperation());
    getOperation().walk([&](MemoryAttentionOp op) {
      RemarkSite site(op);
      if (op.getPartialScores()) {
        return remarks.analysis(site, "joins the winners that the input has");
      }
      if (std::string why = whyNot(op); !why.empty()) {
        return remarks.missed(site, why);
      }
      split(op);
      ++numSplit;
      remarks.passed(site, "cut into " +
                               Twine(op.getStrategyAttr().getSplits()) +
                               " ranges of the memory");
    });
  }
};
} // namespace
