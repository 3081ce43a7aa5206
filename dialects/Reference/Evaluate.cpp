//===- Evaluate.cpp - runs a function in the reference evaluator ----------===//

#include "dialects/Reference/Evaluator.h"
#include "dialects/Reference/Passes.h"
#include "dialects/Reference/ValueFiles.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::fot::reference {
#define GEN_PASS_DEF_EVALUATE
#include "dialects/Reference/Passes.h.inc"

namespace {
struct Evaluate : impl::EvaluateBase<Evaluate> {
  using EvaluateBase::EvaluateBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    if (failed(evaluate())) {
      signalPassFailure();
    }
  }

private:
  LogicalResult evaluate();
  LogicalResult deliver(func::FuncOp callee, ArrayRef<RuntimeValue> results);
};
} // namespace

LogicalResult Evaluate::evaluate() {
  auto callee = getOperation().lookupSymbol<func::FuncOp>(function);
  if (!callee) {
    return getOperation().emitError()
           << "expects a function '" << function << "', found none";
  }
  if (inputs.size() != callee.getNumArguments()) {
    return callee.emitError() << "expects " << callee.getNumArguments()
                              << " inputs, found " << inputs.size();
  }
  SmallVector<RuntimeValue> arguments;
  for (auto [type, text] : llvm::zip_equal(callee.getArgumentTypes(), inputs)) {
    llvm::Expected<RuntimeValue> value = readValue(type, text);
    if (!value) {
      return callee.emitError() << "input " << arguments.size() << ": "
                                << llvm::toString(value.takeError());
    }
    arguments.push_back(*value);
  }
  Evaluator evaluator(getOperation(), {weights});
  FailureOr<SmallVector<RuntimeValue>> results =
      evaluator.call(function, arguments);
  return failed(results) ? failure() : deliver(callee, *results);
}

LogicalResult Evaluate::deliver(func::FuncOp callee,
                                ArrayRef<RuntimeValue> results) {
  if (!outputs.empty() && outputs.size() != results.size()) {
    return callee.emitError() << "expects " << results.size()
                              << " outputs, found " << outputs.size();
  }
  for (auto [i, result] : llvm::enumerate(results)) {
    Type type = callee.getResultTypes()[i];
    if (outputs.empty()) {
      llvm::outs() << "result " << i << ": ";
      print(llvm::outs(), type, result);
      llvm::outs() << "\n";
      continue;
    }
    if (llvm::Error error = writeValue(type, result, outputs[i])) {
      return callee.emitError()
             << "output " << i << ": " << llvm::toString(std::move(error));
    }
  }
  return success();
}

} // namespace mlir::fot::reference
