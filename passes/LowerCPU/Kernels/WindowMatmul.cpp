//===- WindowMatmul.cpp - the kernel of fot.window_matmul -----------------===//
//
// Work items are runs of panels. Once a worker's rows are there, they go into
// the caches, whole heads at a time where they are rotated or a head does not
// end where a panel does.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/ProductRows.h"
#include "passes/LowerCPU/Kernels/RopeRow.h"
#include "passes/LowerCPU/Kernels/WindowRow.h"

using namespace mlir;
using namespace mlir::fot;

/// Features that go into a cache at a time.
static int64_t piece(WindowMatmulOp op) {
  int64_t headDim = KernelBuilder::staticDim(op.getCaches()[0], 2);
  return op.getTable() || headDim % kPanelRows != 0 ? headDim : kPanelRows;
}

static int64_t itemPanels(WindowMatmulOp op) {
  return panelsPerItem(op.getStrategy(), piece(op));
}

static Work work(Operation *op) {
  auto matmul = cast<WindowMatmulOp>(op);
  return productWork(matmul.getWeight(), itemPanels(matmul));
}

static Value items(ImplicitLocOpBuilder &builder, Operation *op,
                   KernelEmitter::Dim) {
  return arith::ConstantIndexOp::create(builder, work(op).items);
}

static LogicalResult body(KernelBuilder &b, Operation *op) {
  auto matmul = cast<WindowMatmulOp>(op);
  FailureOr<PanelProduct> product =
      PanelProduct::get(b, op, matmul.getInput(), matmul.getWeight());
  if (failed(product)) {
    return failure();
  }
  int64_t features = KernelBuilder::staticDim(matmul.getRows(), 1);
  int64_t headDim = KernelBuilder::staticDim(matmul.getCaches()[0], 2);
  int64_t size = piece(matmul);
  Value out = b.buffer(matmul.getRows());
  Value position = b.value(matmul.getPosition());
  Value rotated =
      matmul.getTable() ? b.scratch(b.getF32Type(), headDim) : Value();
  SmallVector<WindowRows> caches;
  for (Value cache : matmul.getCaches()) {
    caches.emplace_back(b, cache, size);
  }
  PanelRange range(b, *product, itemPanels(matmul), features);
  emitProductRows(b, *product, matmul.getInput(), matmul.getStrategy(), range,
                  {out, features});
  b.loop(b.cst(0), b.dim(matmul.getInput(), 0), 1, [&](Value token) {
    Value place = b.add(position, token);
    b.loop(range.firstFeature, range.endFeature, size, [&](Value feature) {
      Value at = b.at(feature, token, features);
      if (rotated) {
        Row angles{b.buffer(matmul.getTable()), b.mul(place, b.cst(headDim))};
        rotateHead(b, {out, at}, {rotated, b.cst(0)}, angles, headDim);
        caches[0].store(rotated, b.cst(0), place, feature);
      } else {
        caches[0].store(out, at, place, feature);
      }
      for (WindowRows &plain : llvm::drop_begin(caches)) {
        plain.store(out, at, place, feature);
      }
    });
  });
  return success();
}

const KernelEmitter fot::windowMatmulKernel = {items, body, work};
