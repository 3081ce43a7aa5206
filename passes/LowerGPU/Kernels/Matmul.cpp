//===- Matmul.cpp - fot.matmul on a GPU -----------------------------------===//
//
// A block of threads for each panel and each few tokens. Rope is a second
// launch in place, because heads do not end where panels do.
//
// Prefill goes through tensor cores where it can: a block of threads for each 4
// panels and 64 tokens.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/Products.h"
#include "passes/LowerGPU/Kernels/Rope.h"
#include "passes/LowerGPU/Kernels/TensorCores.h"

using namespace mlir;
using namespace mlir::fot;

/// A block has a few panels and 64 tokens.
static GpuLaunch mmaLaunch(Product product, int64_t panels,
                           const StoreNumber &store) {
  int64_t blocks = (panels + kMmaPanels - 1) / kMmaPanels;
  GpuLaunch launch = productLaunch(product.input, blocks, kMmaBlockTokens);
  launch.body = [=](GpuKernel &b) {
    Value token = b.mul(b.block(1), kMmaBlockTokens);
    SmallVector<MmaTile::Panel> tiles;
    SmallVector<Value> firstRows;
    for (int64_t i = 0; i < std::min(panels, kMmaPanels); ++i) {
      Value panel = b.add(b.mul(b.block(0), kMmaPanels), i);
      firstRows.push_back(b.mul(panel, kPanelHeight));
      // A panel that does not exist is the last one once more.
      tiles.push_back({product.weight, b.min(panel, b.i32(panels - 1))});
    }
    SmallVector<SmallVector<Value>> sums =
        multiplyOnTensorCores(b, product.input, tiles, token);
    Value first = b.add(token, b.mul(b.warp(), kMmaTokens));
    Value count = b.dim(product.input, 0);
    for (auto [own, firstRow] : llvm::zip_equal(sums, firstRows)) {
      MmaTile::forEach(b, [&](int64_t i, Value row, Value behind) {
        Value feature = b.add(firstRow, row), mine = b.add(first, behind);
        b.when(b.both(b.lt(feature, product.features), b.lt(mine, count)),
               [&] { store(b, own[i], mine, feature); });
      });
    }
    return success();
  };
  return launch;
}

FailureOr<GpuLaunch> mlir::fot::matmulLaunch(Operation *op, Product product,
                                             const StoreNumber &store) {
  FailureOr<PanelTile> made = PanelTile::get(op, product.input, product.weight);
  if (failed(made)) {
    return failure();
  }
  PanelTile tile = *made;
  if (fitsTensorCores(product.input, product.weight)) {
    return mmaLaunch(product, tile.panels(), store);
  }
  int64_t tokens = productTokens(product.input);
  GpuLaunch launch = productLaunch(product.input, tile.panels(), tokens);
  launch.body = [=](GpuKernel &b) mutable {
    Value panel = b.block(0), token = b.mul(b.block(1), tokens);
    tile.multiply(b, panel, token);
    b.barrier();
    Value mine = b.div(b.thread(), kPanelHeight);
    Value row = b.rem(b.thread(), kPanelHeight);
    Value feature = b.add(b.mul(panel, kPanelHeight), row);
    Value exists =
        b.both(b.lt(feature, product.features),
               b.both(b.lt(mine, tokens),
                      b.lt(b.add(token, mine), b.dim(product.input, 0))));
    b.when(exists, [&] {
      Value sum = tile.product(b, mine, row);
      store(b, sum, b.add(token, mine), feature);
    });
    return success();
  };
  return launch;
}

FailureOr<SmallVector<GpuLaunch>> mlir::fot::gpuMatmul(Operation *operation) {
  auto op = cast<MatmulOp>(operation);
  Value out = op.getInits()[0];
  int64_t features = GpuKernel::staticDim(out, 1);
  bool rotates = op.getHeadDim().has_value();
  // Rope comes before the residual.
  Value residual = rotates ? Value() : Value(op.getResidual());
  auto store = [=](GpuKernel &b, Value sum, Value token, Value feature) {
    Value at = b.add(b.mul(token, features), feature);
    if (residual) {
      sum = b.fadd(sum, b.load(b.pointer(residual), b.getF32Type(), at));
    }
    b.store(sum, b.pointer(out), at);
  };
  FailureOr<GpuLaunch> launch =
      matmulLaunch(op, {op.getInput(), op.getWeight(), features}, store);
  if (failed(launch)) {
    return failure();
  }
  SmallVector<GpuLaunch> launches{*launch};
  if (rotates) {
    launches.push_back(
        ropeLaunch({out, op.getTable(), op.getPosition(), op.getResidual(),
                    static_cast<int64_t>(*op.getHeadDim())},
                   storeInRows(out)));
    launches.back().costs = {.window = false, .memory = false, .others = false};
  }
  return launches;
}
