//===- FuseRetrievalIntoAttention.cpp - never store scores ----------------===//

#include "passes/Fusion/Attempt.h"
#include "passes/Fusion/Passes.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace mlir::fot {
#define GEN_PASS_DEF_FUSERETRIEVALINTOATTENTION
#include "passes/Fusion/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// The constant K where `knn` retrieves min(K, the memory's size) entries. A
/// static K is at most the memory's size, by what fot.knn means.
static std::optional<int64_t> findK(KnnOp knn) {
  Value init = knn.getInits()[0];
  auto type = cast<ShapedType>(init.getType());
  if (!type.isDynamicDim(2)) {
    return type.getDimSize(2);
  }
  auto empty = init.getDefiningOp<tensor::EmptyOp>();
  if (!empty) {
    return std::nullopt;
  }
  Operation *least = empty.getDynamicSize(2).getDefiningOp();
  if (!isa_and_present<arith::MinUIOp, arith::MinSIOp>(least)) {
    return std::nullopt;
  }
  for (unsigned side : {0, 1}) {
    auto size = least->getOperand(side).getDefiningOp<MemorySizeOp>();
    if (size && size.getMemory() == knn.getMemory()) {
      return getConstantIntValue(least->getOperand(1 - side));
    }
  }
  return std::nullopt;
}

/// Why the attention cannot read `memory` itself; empty if it can.
static std::string whyNotReadable(TypedValue<MemoryType> memory,
                                  AttentionOp op) {
  auto keys = cast<ShapedType>(op.getKeys().getType());
  if (memory.getType().getHeads() != keys.getDimSize(0) ||
      memory.getType().getHeadDim() != keys.getDimSize(2)) {
    return "memory and window differ in heads or head dimension";
  }
  ArrayRef<int64_t> owned = memory.getType().getOwned();
  if (op.getMemoryHeads().value_or(ArrayRef<int64_t>()) != owned) {
    return "the attention is not over the heads that own a memory";
  }
  if (isAppendedBefore(memory, op)) {
    return "the memory grows between retrieval and attention";
  }
  return "";
}

/// Replaces `op` by the fused form and returns what to say of it.
static Attempt replace(RewriterBase &rewriter, AttentionOp op, Value memory,
                       std::optional<int64_t> k,
                       ArrayRef<Operation *> replaced) {
  auto fused = MemoryAttentionOp::create(
      rewriter, op.getLoc(), op.getResultTypes(), op.getQueries(), op.getKeys(),
      op.getValues(), memory, op.getPosition(), /*partial_scores=*/Value(),
      /*partial_entries=*/Value(), op.getParts(), op.getInits(),
      op.getScaleAttr(), op.getBlockAttr(),
      MemoryModeAttr::get(rewriter.getContext(),
                          k ? MemoryMode::TopK : MemoryMode::Dense),
      k ? rewriter.getI64IntegerAttr(*k) : IntegerAttr(), op.getStrategyAttr());
  fused->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  rewriter.replaceOp(op, fused);
  return Attempt::fused(k ? "became a fot.memory_attention topk:" + Twine(*k)
                          : "became a fot.memory_attention dense",
                        replaced);
}

static Attempt attemptTopK(AttentionOp op, RewriterBase &rewriter) {
  auto gather = op.getRetrievedKeys().getDefiningOp<GatherOp>();
  if (!gather || op.getRetrievedKeys() != gather.getResult(0) ||
      op.getRetrievedValues() != gather.getResult(1)) {
    return Attempt::missed("keys and values are not those of one fot.gather");
  }
  auto knn = gather.getIndices().getDefiningOp<KnnOp>();
  if (!knn) {
    return Attempt::missed("the entries do not come from a fot.knn");
  }
  if (knn.getMemory() != gather.getMemory()) {
    return Attempt::missed("fot.knn and fot.gather read different memories");
  }
  if (knn.getQueries() != op.getQueries()) {
    return Attempt::missed("retrieval and attention have different queries");
  }
  for (auto [producer, consumer] :
       {std::pair<Operation *, Operation *>(gather, op), {knn, gather}}) {
    if (std::string why = whyNotMovable(producer, consumer); !why.empty()) {
      return Attempt::missed(why);
    }
  }
  if (std::string why = whyNotReadable(knn.getMemory(), op); !why.empty()) {
    return Attempt::missed(why);
  }
  std::optional<int64_t> k = findK(knn);
  if (!k || *k <= 0) {
    return Attempt::missed("the number of retrieved entries is not the least "
                           "of a positive constant and the memory's size");
  }
  return replace(rewriter, op, knn.getMemory(), k, {gather, knn});
}

static Attempt attemptDense(AttentionOp op, RewriterBase &rewriter) {
  auto view = op.getPrefixKeys().getDefiningOp<ViewMemoryOp>();
  if (!view || op.getPrefixKeys() != view.getResult(0) ||
      op.getPrefixValues() != view.getResult(1)) {
    return Attempt::missed(
        "keys and values are not those of one fot.view_memory");
  }
  if (std::string why = whyNotMovable(view, op); !why.empty()) {
    return Attempt::missed(why);
  }
  if (std::string why = whyNotReadable(view.getMemory(), op); !why.empty()) {
    return Attempt::missed(why);
  }
  return replace(rewriter, op, view.getMemory(), std::nullopt,
                 view.getOperation());
}

static Attempt attempt(AttentionOp op, RewriterBase &rewriter) {
  if (op.getResults().empty()) {
    return Attempt::irrelevant();
  }
  if (op.getRetrievedKeys()) {
    return attemptTopK(op, rewriter);
  }
  return op.getPrefixKeys() ? attemptDense(op, rewriter)
                            : Attempt::irrelevant();
}

namespace {
struct FuseRetrievalIntoAttention
    : fot::impl::FuseRetrievalIntoAttentionBase<FuseRetrievalIntoAttention> {
  void runOnOperation() override {
    attemptEach(getOperation(), attempt, {*this, numFused, numMissed});
  }
};
} // namespace
