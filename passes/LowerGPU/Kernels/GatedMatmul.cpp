//===- GatedMatmul.cpp - fot.gated_matmul on a GPU ------------------------===//
//
// A block of threads for two panels, which make one 8-bit block, and each few
// tokens: products with gate and up meet in shared memory.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/Blocks.h"
#include "passes/LowerGPU/Kernels/PanelTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// Panels of a block of threads.
constexpr int64_t kPanels = 2;

FailureOr<SmallVector<GpuLaunch>>
mlir::fot::gpuGatedMatmul(Operation *operation) {
  auto op = cast<GatedMatmulOp>(operation);
  Value input = op.getInput(), out = op.getInits()[0];
  FailureOr<PanelTile> gate = PanelTile::get(op, input, op.getGate());
  FailureOr<PanelTile> up = PanelTile::get(op, input, op.getUp());
  if (failed(gate) || failed(up)) {
    return failure();
  }
  int64_t tokens = productTokens(input);
  int64_t features = op.getFeatures(), panels = gate->panels();
  GpuLaunch launch;
  launch.threads = kProductThreads;
  launch.grid = [=](ImplicitLocOpBuilder &b, GpuLaunch::Dim dim) {
    Value each = arith::ConstantIndexOp::create(b, tokens);
    return SmallVector<Value>{
        arith::ConstantIndexOp::create(b, (panels + kPanels - 1) / kPanels),
        arith::CeilDivUIOp::create(b, dim(input, 0), each)};
  };
  // Of each matrix one tile for each panel.
  SmallVector<PanelTile> tiles = {*gate, *gate, *up, *up};
  launch.body = [=](GpuKernel &b) mutable {
    Value token = b.mul(b.block(1), tokens);
    Value firstPanel = b.mul(b.block(0), kPanels);
    for (auto [i, tile] : llvm::enumerate(tiles)) {
      // A second panel that does not exist is the first once more.
      Value panel = b.min(b.add(firstPanel, i % kPanels), b.i32(panels - 1));
      tile.multiply(b, panel, token);
    }
    b.barrier();
    Value lane = b.lane();
    Value row = b.rem(lane, kPanelHeight);
    Value feature = b.add(b.mul(firstPanel, kPanelHeight), lane);
    Value exists = b.lt(feature, features);
    Value second = b.lt(b.i32(kPanelHeight - 1), lane);
    // A warp for each token: its lanes are the features.
    b.loop(b.warp(), b.i32(tokens), b.i32(b.warps()), [&](Value mine) {
      Value place = b.add(token, mine);
      auto pick = [&](int64_t matrix) {
        return b.select(second, tiles[matrix + 1].product(b, mine, row),
                        tiles[matrix].product(b, mine, row));
      };
      Value number = b.fmul(silu(b, pick(0)), pick(kPanels));
      number = b.select(exists, number, b.f32(0.0));
      b.when(b.lt(place, b.dim(input, 0)), [&] {
        if (holdsBlocks(out)) {
          Value block = b.add(b.mul(place, blocksOf(features)), b.block(0));
          storeBlock(b, number, b.pointer(out), b.mul(block, kBlockWords));
          return;
        }
        b.when(exists, [&] {
          b.store(number, b.pointer(out),
                  b.add(b.mul(place, features), feature));
        });
      });
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
