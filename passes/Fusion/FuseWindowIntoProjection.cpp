//===- FuseWindowIntoProjection.cpp - products that go into caches --------===//

#include "passes/Fusion/Attempt.h"
#include "passes/Fusion/Passes.h"

namespace mlir::fot {
#define GEN_PASS_DEF_FUSEWINDOWINTOPROJECTION
#include "passes/Fusion/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

namespace {
/// A product and what of it goes into caches.
struct Projection {
  MatmulOp matmul;
  RopeOp rope;          ///< between product and append, or null
  AppendWindowOp plain; ///< a second append, of the product itself, or null
};
} // namespace

/// Rows that are computed at `op` must not be asked for elsewhere.
static std::string whyNotAlone(Operation *producer, Operation *op,
                               Operation *other = nullptr) {
  std::string name = producer->getName().getStringRef().str();
  if (producer->getBlock() != op->getBlock()) {
    return name + " is in another block";
  }
  for (Operation *user : producer->getUsers()) {
    if (user != op && user != other) {
      return name + " has other uses";
    }
  }
  return "";
}

/// The append of the un-rotated product to another cache, for the memory.
static AppendWindowOp findPlainAppend(Projection found, AppendWindowOp op) {
  for (Operation *user : found.matmul->getUsers()) {
    auto append = dyn_cast<AppendWindowOp>(user);
    if (append && append != op && !found.matmul.getTable()) {
      return append;
    }
  }
  return {};
}

/// Whether a second append can be done at the place of the first.
static bool canMoveTo(AppendWindowOp plain, AppendWindowOp op) {
  Operation *init = plain.getInits()[0].getDefiningOp();
  return plain->getBlock() == op->getBlock() && op->isBeforeInBlock(plain) &&
         plain.getPosition() == op.getPosition() &&
         (!init ||
          (init->getBlock() == op->getBlock() && init->isBeforeInBlock(op)));
}

/// Why the caches cannot be written where the product is computed; empty if
/// they can.
static std::string whyNot(Projection found, AppendWindowOp op) {
  MatmulOp matmul = found.matmul;
  if (matmul.getResidual()) {
    return "fot.matmul adds a residual";
  }
  if (found.rope && matmul.getTable()) {
    return "fot.matmul already rotates its product";
  }
  auto cache = cast<ShapedType>(op.getInits()[0].getType());
  if (cache.isDynamicDim(0) || cache.isDynamicDim(2)) {
    return "heads and head dimension of the cache are not static";
  }
  Operation *user = found.rope ? found.rope.getOperation() : op.getOperation();
  if (found.rope) {
    if (std::string why = whyNotAlone(found.rope, op); !why.empty()) {
      return why;
    }
  }
  if (std::string why = whyNotAlone(matmul, user, found.plain); !why.empty()) {
    return why;
  }
  if (found.plain && (!canMoveTo(found.plain, op) ||
                      found.plain.getInits()[0].getType() != cache)) {
    return "fot.matmul goes into another cache at another time";
  }
  Value position = found.rope ? found.rope.getPosition() : matmul.getPosition();
  uint64_t headDim =
      found.rope ? found.rope.getHeadDim() : matmul.getHeadDim().value_or(0);
  if (position && (position != op.getPosition() ||
                   headDim != uint64_t(cache.getDimSize(2)))) {
    return "rope has other positions or heads than the cache";
  }
  return "";
}

static Attempt attempt(AppendWindowOp op, RewriterBase &rewriter) {
  if (op.getResults().empty() || op->use_empty()) {
    return Attempt::irrelevant();
  }
  Projection found;
  found.rope = op.getInput().getDefiningOp<RopeOp>();
  Value product = found.rope ? found.rope.getInput() : op.getInput();
  found.matmul = product.getDefiningOp<MatmulOp>();
  if (!found.matmul) {
    return Attempt::missed("what it writes is no fot.matmul");
  }
  found.plain = findPlainAppend(found, op);
  if (std::string why = whyNot(found, op); !why.empty()) {
    return Attempt::missed(why);
  }
  MatmulOp matmul = found.matmul;
  SmallVector<Value> inits = {matmul.getInits()[0], op.getInits()[0]};
  if (found.plain) {
    inits.push_back(found.plain.getInits()[0]);
  }
  auto fused = WindowMatmulOp::create(
      rewriter, op.getLoc(), TypeRange(ValueRange(inits)), matmul.getInput(),
      matmul.getWeight(),
      found.rope ? found.rope.getTable() : matmul.getTable(), op.getPosition(),
      inits, matmul.getStrategyAttr());
  SmallVector<Operation *> replaced = {matmul};
  if (found.rope) {
    replaced.push_back(found.rope);
  }
  if (found.plain) {
    // It is erased later: the walk may still come to it.
    rewriter.replaceAllUsesWith(found.plain.getResult(0), fused.getResult(2));
    replaced.push_back(found.plain);
  }
  rewriter.replaceOp(op, fused.getResult(1));
  return Attempt::fused(found.plain ? "fot.matmul writes two caches, became a "
                                      "fot.window_matmul"
                                    : "fot.matmul writes the cache, became a "
                                      "fot.window_matmul",
                        replaced);
}

namespace {
struct FuseWindowIntoProjection
    : fot::impl::FuseWindowIntoProjectionBase<FuseWindowIntoProjection> {
  void runOnOperation() override {
    attemptEach(getOperation(), attempt, {*this, numFused, numMissed});
  }
};
} // namespace
