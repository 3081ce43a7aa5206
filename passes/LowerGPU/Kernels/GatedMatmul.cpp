//===- GatedMatmul.cpp - fot.gated_matmul on a GPU ------------------------===//
//
// A block of threads for two panels, which make one 8-bit block, and each few
// tokens: products with gate and up meet in shared memory. Prefill goes through
// tensor cores where it can, and they meet in a lane's registers.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/Blocks.h"
#include "passes/LowerGPU/Kernels/PanelTile.h"
#include "passes/LowerGPU/Kernels/TensorCores.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// Panels of a block of threads.
constexpr int64_t kPanels = 2;

/// Stores a lane's number of a token's row: 32 of them make a block.
static void storeNumber(GpuKernel &b, Value out, int64_t features, Value token,
                        Value feature, Value exists, Value number) {
  if (holdsBlocks(out)) {
    Value block = b.add(b.mul(token, blocksOf(features)), b.block(0));
    storeBlock(b, number, b.pointer(out), b.mul(block, kBlockWords));
    return;
  }
  b.when(exists, [&] {
    b.store(number, b.pointer(out), b.add(b.mul(token, features), feature));
  });
}

/// A warp has two panels of each matrix and 16 tokens; the rows that it has
/// computed lie in shared memory until it stores them.
static GpuLaunch mmaLaunch(GatedMatmulOp op, int64_t panels) {
  Value input = op.getInput(), out = op.getInits()[0];
  int64_t features = op.getFeatures();
  GpuLaunch launch =
      productLaunch(input, (panels + kPanels - 1) / kPanels, kMmaBlockTokens);
  launch.body = [=](GpuKernel &b) mutable {
    constexpr int64_t kWidth = kPanels * kPanelHeight;
    Value numbers = b.shared(b.getF32Type(), kMmaBlockTokens * kWidth);
    Value token = b.mul(b.block(1), kMmaBlockTokens);
    Value first = b.add(token, b.mul(b.warp(), kMmaTokens));
    Value own = b.mul(b.warp(), kMmaTokens * kWidth);
    SmallVector<MmaTile::Panel> tiles;
    for (Value weight : {op.getGate(), op.getUp()}) {
      for (int64_t i = 0; i < kPanels; ++i) {
        // A second panel that does not exist is the first once more.
        Value panel = b.add(b.mul(b.block(0), kPanels), i);
        tiles.push_back({weight, b.min(panel, b.i32(panels - 1))});
      }
    }
    SmallVector<SmallVector<Value>> sums =
        multiplyOnTensorCores(b, input, tiles, token);
    for (int64_t i = 0; i < kPanels; ++i) {
      MmaTile::forEach(b, [&](int64_t n, Value row, Value mine) {
        Value at = b.add(b.add(own, b.mul(mine, kWidth)),
                         b.add(row, i * kPanelHeight));
        b.store(b.fmul(silu(b, sums[i][n]), sums[kPanels + i][n]), numbers, at);
      });
    }
    b.barrier();
    Value lane = b.lane(), count = b.dim(input, 0);
    Value feature = b.add(b.mul(b.block(0), kWidth), lane);
    Value exists = b.lt(feature, features);
    b.loop(b.i32(0), b.i32(kMmaTokens), b.i32(1), [&](Value mine) {
      Value token = b.add(first, mine);
      Value at = b.add(b.add(own, b.mul(mine, kWidth)), lane);
      Value number = b.load(numbers, b.getF32Type(), at);
      number = b.select(exists, number, b.f32(0.0));
      b.when(b.lt(token, count), [&] {
        storeNumber(b, out, features, token, feature, exists, number);
      });
    });
    return success();
  };
  return launch;
}

FailureOr<SmallVector<GpuLaunch>>
mlir::fot::gpuGatedMatmul(Operation *operation) {
  auto op = cast<GatedMatmulOp>(operation);
  Value input = op.getInput(), out = op.getInits()[0];
  FailureOr<PanelTile> gate = PanelTile::get(op, input, op.getGate());
  FailureOr<PanelTile> up = PanelTile::get(op, input, op.getUp());
  if (failed(gate) || failed(up)) {
    return failure();
  }
  if (fitsTensorCores(input, op.getGate())) {
    return SmallVector<GpuLaunch>{mmaLaunch(op, gate->panels())};
  }
  int64_t tokens = productTokens(input);
  int64_t features = op.getFeatures(), panels = gate->panels();
  GpuLaunch launch =
      productLaunch(input, (panels + kPanels - 1) / kPanels, tokens);
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
        storeNumber(b, out, features, place, feature, exists, number);
      });
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
