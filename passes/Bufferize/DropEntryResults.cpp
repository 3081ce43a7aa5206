//===- DropEntryResults.cpp - removes results that are arguments ----------===//

#include "passes/Bufferize/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::fot {
#define GEN_PASS_DEF_DROPENTRYRESULTS
#include "passes/Bufferize/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// The value whose buffer or memory `value` is.
static Value rootOf(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (auto append = dyn_cast<AppendMemoryOp>(op)) {
      value = append.getMemory();
    } else if (auto cast = dyn_cast<memref::CastOp>(op)) {
      value = cast.getSource();
    } else {
      break;
    }
  }
  return value;
}

namespace {
struct DropEntryResults : fot::impl::DropEntryResultsBase<DropEntryResults> {
  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (function.isExternal()) {
        continue;
      }
      auto terminator =
          dyn_cast<func::ReturnOp>(function.front().getTerminator());
      if (!terminator) {
        function.emitError() << "expects an entry point of one block";
        return signalPassFailure();
      }
      for (auto [i, result] : llvm::enumerate(terminator.getOperands())) {
        if (!isa<BlockArgument>(rootOf(result))) {
          function.emitError()
              << "expects result " << i
              << " to be computed into the buffer of an argument, found "
              << result.getType();
          return signalPassFailure();
        }
      }
      terminator->setOperands({});
      function.setFunctionType(
          FunctionType::get(&getContext(), function.getArgumentTypes(), {}));
      function.removeResAttrsAttr();
    }
  }
};
} // namespace
