//===- Matmul.cpp - the kernel of fot.matmul ------------------------------===//
//
// Work items are runs of panels. Rope needs whole heads, so then an item covers
// a multiple of the head dimension; heads are rotated when all products of a
// worker are there.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/BestToken.h"
#include "passes/LowerCPU/Kernels/ProductRows.h"
#include "passes/LowerCPU/Kernels/RopeRow.h"

using namespace mlir;
using namespace mlir::fot;

/// Panels that one item covers.
static int64_t itemPanels(MatmulOp op) {
  return panelsPerItem(op.getStrategy(), op.getHeadDim().value_or(1));
}

static Work work(Operation *op) {
  auto matmul = cast<MatmulOp>(op);
  return productWork(matmul.getWeight(), itemPanels(matmul));
}

static Value items(ImplicitLocOpBuilder &builder, Operation *op,
                   KernelEmitter::Dim) {
  int64_t count = work(op).items;
  if (op->hasAttr(kBestAttr)) {
    auto matmul = cast<MatmulOp>(op);
    count = bestTokenItems(KernelBuilder::staticDim(matmul.getInits()[0], 1));
  }
  return arith::ConstantIndexOp::create(builder, count);
}

static LogicalResult body(KernelBuilder &b, Operation *op) {
  auto matmul = cast<MatmulOp>(op);
  FailureOr<PanelProduct> product =
      PanelProduct::get(b, op, matmul.getInput(), matmul.getWeight());
  if (failed(product)) {
    return failure();
  }
  Value init = matmul.getInits()[0];
  int64_t features = KernelBuilder::staticDim(init, 1);
  bool rope = matmul.getHeadDim().has_value();
  Value out = b.buffer(init);
  if (op->hasAttr(kBestAttr)) {
    emitBestTokens(b, *product, out, features);
    return success();
  }
  Value residual =
      matmul.getResidual() ? b.buffer(matmul.getResidual()) : Value();
  PanelRange range(b, *product, itemPanels(matmul), features);
  emitProductRows(b, *product, matmul.getInput(), matmul.getStrategy(), range,
                  {out, features, rope ? Value() : residual});
  if (!rope) {
    return success();
  }
  int64_t headDim = *matmul.getHeadDim();
  Value table = b.buffer(matmul.getTable());
  Value position = b.value(matmul.getPosition());
  b.loop(b.cst(0), b.dim(matmul.getInput(), 0), 1, [&](Value token) {
    Value angles = b.mul(b.add(position, token), b.cst(headDim));
    b.loop(range.firstFeature, range.endFeature, headDim, [&](Value feature) {
      Row row{out, b.at(feature, token, features)};
      rotateHead(b, row, row, {table, angles}, headDim,
                 residual ? std::optional<Row>({residual, row.index})
                          : std::nullopt);
    });
  });
  return success();
}

const KernelEmitter fot::matmulKernel = {items, body, work};
