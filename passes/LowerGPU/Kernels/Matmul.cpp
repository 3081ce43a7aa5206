//===- Matmul.cpp - fot.matmul on a GPU -----------------------------------===//
//
// A block of threads for each panel and each few tokens. Rope is a second
// launch in place, because heads do not end where panels do.
//
// Prefill goes through tensor cores where it can: a block of threads for each 4
// panels and 64 tokens.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/PanelTile.h"
#include "passes/LowerGPU/Kernels/Rope.h"
#include "passes/LowerGPU/Kernels/TensorCores.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// Adds the residual, unless rope comes first, and stores.
static void storeSum(GpuKernel &b, MatmulOp op, Value sum, Value token,
                     Value feature) {
  Value out = op.getInits()[0];
  Value at = b.add(b.mul(token, GpuKernel::staticDim(out, 1)), feature);
  if (op.getResidual() && !op.getHeadDim()) {
    Value residual = b.pointer(op.getResidual());
    sum = b.fadd(sum, b.load(residual, b.getF32Type(), at));
  }
  b.store(sum, b.pointer(out), at);
}

/// A block has a few panels and 64 tokens.
static GpuLaunch mmaLaunch(MatmulOp op, int64_t panels) {
  int64_t blocks = (panels + kMmaPanels - 1) / kMmaPanels;
  GpuLaunch launch = productLaunch(op.getInput(), blocks, kMmaBlockTokens);
  launch.body = [=](GpuKernel &b) mutable {
    int64_t features = GpuKernel::staticDim(op.getInits()[0], 1);
    Value token = b.mul(b.block(1), kMmaBlockTokens);
    SmallVector<MmaTile::Panel> tiles;
    SmallVector<Value> firstRows;
    for (int64_t i = 0; i < std::min(panels, kMmaPanels); ++i) {
      Value panel = b.add(b.mul(b.block(0), kMmaPanels), i);
      firstRows.push_back(b.mul(panel, kPanelHeight));
      // A panel that does not exist is the last one once more.
      tiles.push_back({op.getWeight(), b.min(panel, b.i32(panels - 1))});
    }
    SmallVector<SmallVector<Value>> sums =
        multiplyOnTensorCores(b, op.getInput(), tiles, token);
    Value first = b.add(token, b.mul(b.warp(), kMmaTokens));
    Value count = b.dim(op.getInput(), 0);
    for (auto [own, firstRow] : llvm::zip_equal(sums, firstRows)) {
      MmaTile::forEach(b, [&](int64_t i, Value row, Value behind) {
        Value feature = b.add(firstRow, row), mine = b.add(first, behind);
        b.when(b.both(b.lt(feature, features), b.lt(mine, count)),
               [&] { storeSum(b, op, own[i], mine, feature); });
      });
    }
    return success();
  };
  return launch;
}

FailureOr<SmallVector<GpuLaunch>> mlir::fot::gpuMatmul(Operation *operation) {
  auto op = cast<MatmulOp>(operation);
  Value input = op.getInput(), out = op.getInits()[0];
  FailureOr<PanelTile> made = PanelTile::get(op, input, op.getWeight());
  if (failed(made)) {
    return failure();
  }
  PanelTile tile = *made;
  bool rotates = op.getHeadDim().has_value();
  int64_t tokens = productTokens(input);
  GpuLaunch launch = productLaunch(input, tile.panels(), tokens);
  launch.body = [=](GpuKernel &b) mutable {
    int64_t features = GpuKernel::staticDim(out, 1);
    Value panel = b.block(0), token = b.mul(b.block(1), tokens);
    tile.multiply(b, panel, token);
    b.barrier();
    Value mine = b.div(b.thread(), kPanelHeight);
    Value row = b.rem(b.thread(), kPanelHeight);
    Value feature = b.add(b.mul(panel, kPanelHeight), row);
    Value exists = b.both(
        b.lt(feature, features),
        b.both(b.lt(mine, tokens), b.lt(b.add(token, mine), b.dim(input, 0))));
    b.when(exists, [&] {
      Value sum = tile.product(b, mine, row);
      storeSum(b, op, sum, b.add(token, mine), feature);
    });
    return success();
  };
  if (fitsTensorCores(input, op.getWeight())) {
    launch = mmaLaunch(op, tile.panels());
  }
  SmallVector<GpuLaunch> launches{launch};
  if (rotates) {
    launches.push_back(
        ropeLaunch({out, out, op.getTable(), op.getPosition(), op.getResidual(),
                    static_cast<int64_t>(*op.getHeadDim())}));
  }
  return launches;
}
