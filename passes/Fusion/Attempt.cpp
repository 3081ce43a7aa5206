//===- Attempt.cpp - one try at a fusion, and what came of it -------------===//

#include "passes/Fusion/Attempt.h"

#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace mlir::fot;

std::string mlir::fot::whyNotMovable(Operation *producer, Operation *consumer) {
  std::string name = producer->getName().getStringRef().str();
  if (producer->getBlock() != consumer->getBlock()) {
    return name + " is in another block";
  }
  for (Operation *user : producer->getUsers()) {
    if (user != consumer) {
      return name + " has other uses";
    }
  }
  return "";
}

bool mlir::fot::isAppendedBefore(Value memory, Operation *op) {
  for (Operation *user : memory.getUsers()) {
    if (!isa<AppendMemoryOp>(user)) {
      continue;
    }
    // An append outside of the block's region cannot run between two of its
    // ops.
    Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
    if (ancestor && ancestor != op && ancestor->isBeforeInBlock(op)) {
      return true;
    }
  }
  return false;
}

Value mlir::fot::pickInit(Value consumerInit,
                          DestinationStyleOpInterface producer) {
  return consumerInit.getDefiningOp() == producer
             ? producer.getTiedOpOperand(cast<OpResult>(consumerInit))->get()
             : consumerInit;
}

/// The weight that `op` or, if it has none, a producer of its operands reads.
/// A rope's table is no such weight: it is the same everywhere.
static std::string nearestWeight(Operation *op, unsigned depth) {
  for (Value operand : op->getOperands()) {
    auto load = operand.getDefiningOp<LoadWeightOp>();
    if (load && !isa<RopeOp>(op)) {
      return load.getWeight().str();
    }
  }
  for (Value operand : op->getOperands()) {
    Operation *producer = operand.getDefiningOp();
    if (producer && depth > 0) {
      if (std::string name = nearestWeight(producer, depth - 1);
          !name.empty()) {
        return name;
      }
    }
  }
  return "";
}

Candidate::Candidate(Operation *op)
    : loc(op->getLoc()), site(op->getName().getStringRef()) {
  auto layer = op->getAttrOfType<IntegerAttr>("fot.layer");
  std::string place = layer ? "layer " + std::to_string(layer.getInt())
                            : nearestWeight(op, /*depth=*/1);
  if (!place.empty()) {
    site += " of " + place;
  }
}

void AttemptLog::record(const Attempt &attempt, func::FuncOp function,
                        const Candidate &candidate) {
  if (attempt.kind == Attempt::Irrelevant) {
    return;
  }
  auto options = remark::RemarkOpts::name(pass.getName())
                     .category(pass.getArgument())
                     .function(function.getSymName());
  auto say = [&](remark::detail::InFlightRemark remark) {
    remark << attempt.text << remark::metric("Site", candidate.site);
  };
  if (attempt.kind == Attempt::Fused) {
    ++numFused;
    say(remark::passed(candidate.loc, options));
  } else {
    ++numMissed;
    say(remark::missed(candidate.loc, options));
  }
}

void mlir::fot::eraseDead(RewriterBase &rewriter, ArrayRef<Operation *> ops) {
  llvm::SetVector<Operation *> worklist(ops.begin(), ops.end());
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val();
    if (!isOpTriviallyDead(op)) {
      continue;
    }
    for (Value operand : op->getOperands()) {
      if (Operation *producer = operand.getDefiningOp()) {
        worklist.insert(producer);
      }
    }
    rewriter.eraseOp(op);
  }
}
