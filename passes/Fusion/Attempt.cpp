//===- Attempt.cpp - one try at a fusion, and what came of it -------------===//

#include "passes/Fusion/Attempt.h"

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

void AttemptLog::record(const Attempt &attempt, func::FuncOp function,
                        const RemarkSite &site) {
  Remarks remarks(pass, function);
  switch (attempt.kind) {
  case Attempt::Irrelevant:
    return;
  case Attempt::Fused:
    ++numFused;
    return remarks.passed(site, attempt.text);
  case Attempt::Missed:
    ++numMissed;
    return remarks.missed(site, attempt.text);
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
