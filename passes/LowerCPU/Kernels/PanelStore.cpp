//===- PanelStore.cpp - moving tiles of products to row-major rows --------===//

#include "passes/LowerCPU/Kernels/PanelStore.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

void fot::forPanelRows(KernelBuilder &b, Value panel, int64_t features,
                       function_ref<void(int64_t)> body) {
  int64_t rest = features % kPanelRows;
  if (rest == 0) {
    body(kPanelRows);
    return;
  }
  Value last = b.cst(features / kPanelRows);
  auto compare = [&](arith::CmpIPredicate predicate) {
    return arith::CmpIOp::create(b, predicate, panel, last);
  };
  b.when(compare(arith::CmpIPredicate::ne), [&] { body(kPanelRows); });
  b.when(compare(arith::CmpIPredicate::eq), [&] { body(rest); });
}

void fot::storePanelRows(KernelBuilder &b, Value panel, Value token,
                         int64_t tokens, const TileTarget &tile, Value out,
                         int64_t features, Value residual) {
  int64_t lanes = b.level.lanes();
  Value corner = b.at(b.mul(panel, b.cst(kPanelRows)), token, features);
  forPanelRows(b, panel, features, [&](int64_t rows) {
    for (int64_t t = 0; t < tokens; ++t) {
      for (int64_t r = 0; r < rows; r += lanes) {
        int64_t count = std::min(lanes, rows - r);
        Value value = b.loadVector(
            tile.buffer, b.add(tile.index, b.cst(t * tile.stride + r)), lanes);
        Value at = b.add(corner, b.cst(t * features + r));
        if (residual) {
          value = arith::AddFOp::create(
              b, value, loadPart(b, residual, at, count, lanes));
        }
        storePart(b, value, out, at, count);
      }
    }
  });
}
