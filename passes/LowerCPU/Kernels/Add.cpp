//===- Add.cpp - the kernel of linalg.add ---------------------------------===//

#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::fot;

static Value items(ImplicitLocOpBuilder &, Operation *op,
                   KernelEmitter::Dim dim) {
  return dim(cast<linalg::AddOp>(op).getOutputs()[0], 0);
}

static LogicalResult body(KernelBuilder &b, Operation *op) {
  auto sum = cast<linalg::AddOp>(op);
  Value init = sum.getOutputs()[0];
  auto type = dyn_cast<MemRefType>(init.getType());
  if (!type || !type.getElementType().isF32() || type.getRank() < 1 ||
      llvm::any_of(type.getShape().drop_front(), ShapedType::isDynamic)) {
    return op->emitOpError()
           << "expects memrefs of f32 that are dynamic in the first "
              "dimension only, found "
           << init.getType();
  }
  int64_t features = 1;
  for (int64_t size : type.getShape().drop_front()) {
    features *= size;
  }
  Value left = b.buffer(sum.getInputs()[0]);
  Value right = b.buffer(sum.getInputs()[1]);
  Value out = b.buffer(init);
  int64_t lanes = b.level.lanes();
  b.loop(b.begin, b.end, 1, [&](Value item) {
    Value row = b.mul(item, b.cst(features));
    forEachVector(b, features, lanes, [&](Value index, int64_t count) {
      Value at = b.add(row, index);
      storePart(b,
                arith::AddFOp::create(b, loadPart(b, left, at, count, lanes),
                                      loadPart(b, right, at, count, lanes)),
                out, at, count);
    });
  });
  return success();
}

const KernelEmitter fot::addKernel = {items, body};
