//===- GroupProjections.cpp - products of one input, side by side ---------===//
//
// A pass plugin: loaded by `fotc --load-pass-plugin`, named in a pipeline by
// its flag. docs/tutorial-fusion-pass.md tells how it came to be.
//
//===----------------------------------------------------------------------===//

#include "passes/Fusion/Attempt.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Tools/Plugins/PassPlugin.h"

using namespace mlir;
using namespace mlir::fot;

/// The first product of the block with the same input as `op`: itself, if there
/// is none before it.
static MatmulOp leaderOf(MatmulOp op) {
  MatmulOp leader = op;
  for (Operation *user : op.getInput().getUsers()) {
    auto other = dyn_cast<MatmulOp>(user);
    if (other && other.getInput() == op.getInput() &&
        other->getBlock() == op->getBlock() && other->isBeforeInBlock(leader)) {
      leader = other;
    }
  }
  return leader;
}

/// Ops that may stand between the products of a group: they are no work.
static bool isFree(Operation *op) {
  return isa<LoadWeightOp, tensor::EmptyOp>(op);
}

/// The last op of the group that `leader` begins.
static Operation *endOfGroup(MatmulOp leader) {
  Operation *end = leader;
  for (Operation *op = leader; op; op = op->getNextNode()) {
    auto matmul = dyn_cast<MatmulOp>(op);
    if (matmul && matmul.getInput() == leader.getInput()) {
      end = op;
    } else if (!isFree(op)) {
      break;
    }
  }
  return end;
}

/// What `op` needs and is computed only after `end`. Such an op moves along if
/// it is free and needs nothing of that kind itself; if there is another, it is
/// returned in `blocker`.
static SmallVector<Operation *> lateOperands(Operation *op, Operation *end,
                                             Operation *&blocker) {
  SmallVector<Operation *> late;
  for (Value operand : op->getOperands()) {
    Operation *producer = operand.getDefiningOp();
    if (!producer || producer->getBlock() != op->getBlock() ||
        !end->isBeforeInBlock(producer)) {
      continue;
    }
    bool movable = isFree(producer);
    for (Value needed : producer->getOperands()) {
      Operation *source = needed.getDefiningOp();
      movable &= !source || source->getBlock() != op->getBlock() ||
                 !end->isBeforeInBlock(source);
    }
    if (!movable) {
      blocker = producer;
    } else if (!llvm::is_contained(late, producer)) {
      late.push_back(producer);
    }
  }
  return late;
}

static Attempt attempt(MatmulOp op, RewriterBase &rewriter) {
  MatmulOp leader = leaderOf(op);
  if (op.getResults().empty() || leader == op) {
    return Attempt::irrelevant();
  }
  Operation *end = endOfGroup(leader);
  if (!end->isBeforeInBlock(op)) {
    return Attempt::irrelevant(); // stands in the group
  }
  Operation *blocker = nullptr;
  SmallVector<Operation *> late = lateOperands(op, end, blocker);
  if (blocker) {
    return Attempt::missed("it needs a " + blocker->getName().getStringRef() +
                           " that comes after the first product");
  }
  for (Operation *producer : late) {
    rewriter.moveOpAfter(producer, end);
    end = producer;
  }
  rewriter.moveOpAfter(op, end);
  return Attempt::fused("stands with the other products of its input", {});
}

namespace {
struct GroupProjections
    : PassWrapper<GroupProjections, OperationPass<func::FuncOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(GroupProjections)
  GroupProjections() = default;
  GroupProjections(const GroupProjections &other) : PassWrapper(other) {}

  StringRef getArgument() const final { return "group-projections"; }
  StringRef getName() const final { return "GroupProjections"; }
  StringRef getDescription() const final {
    return "Computes products of one input side by side";
  }
  void runOnOperation() override {
    attemptEach(getOperation(), attempt, {*this, numFused, numMissed});
  }

  Statistic numFused{this, "num-fused", "Number of products moved"};
  Statistic numMissed{this, "num-missed", "Number of products that stay"};
};
} // namespace

extern "C" LLVM_ATTRIBUTE_WEAK PassPluginLibraryInfo mlirGetPassPluginInfo() {
  return {MLIR_PLUGIN_API_VERSION, "GroupProjections", "1",
          [] { PassRegistration<GroupProjections>(); }};
}
