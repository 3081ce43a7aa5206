//===- Attention.cpp - fot.attention on a GPU -----------------------------===//
//
// A block of threads for each tile of queries, or for one token and each range
// of the window and head, or else for each token and head.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/AttentionParts.h"
#include "passes/LowerGPU/Kernels/Blocks.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::fot;

/// Tiles of queries. Results in blocks that do not end where heads do are
/// rounded by a second launch.
static SmallVector<GpuLaunch> launchTiles(AttentionOp op,
                                          const QueryShape &shape) {
  Value out = op.getInits()[0];
  bool whole = shape.needsWhole(out);
  SmallVector<GpuLaunch> launches = {
      AttentionTile::launch(shape, windowFormat(op.getKeys()))};
  launches[0].takesScratch = whole;
  launches[0].body = [=](GpuKernel &b) mutable {
    AttentionTile tile(b, shape, windowFormat(op.getKeys()),
                       windowFormat(op.getValues()),
                       op.getScale().convertToDouble());
    tile.joinWindow(op.getKeys(), op.getValues(), b.value(op.getPosition()));
    if (holdsBlocks(out) && !whole) {
      tile.finishBlocks(out);
      return success();
    }
    Value to = whole ? b.scratch() : b.pointer(out);
    tile.finish(
        [&](const AttentionTile::Row &row, Value d, Value even, Value odd) {
          Value at = b.add(b.mul(row.token, shape.features()),
                           b.add(b.mul(row.head, shape.headDim), d));
          auto type = VectorType::get({2}, b.getF32Type());
          Value both =
              vector::FromElementsOp::create(b, type, ValueRange{even, odd});
          LLVM::StoreOp::create(b, both, b.at(to, b.getF32Type(), at),
                                /*alignment=*/8);
        });
    return success();
  };
  if (whole) {
    GpuLaunch &launch = launches.emplace_back();
    launch.threads = kAttentionThreads;
    launch.takesScratch = true;
    launch.grid = rowGrid(shape.queries);
    launch.body = [=](GpuKernel &b) {
      Value token = b.block(0);
      storeRow(b, out, token, shape.features(), [&](Value feature) {
        Value at = b.add(b.mul(token, shape.features()), feature);
        return b.load(b.scratch(), b.getF32Type(), at);
      });
      return success();
    };
  }
  return launches;
}

FailureOr<SmallVector<GpuLaunch>>
mlir::fot::gpuAttention(Operation *operation) {
  auto op = cast<AttentionOp>(operation);
  if (op.getRetrievedKeys() || op.getPrefixKeys()) {
    return op.emitOpError()
           << "with retrieved or prefix keys has no GPU "
              "kernel; leave fot-fuse-retrieval-into-attention "
              "on";
  }
  QueryShape shape(op.getQueries(), op.getKeys());
  Value out = op.getInits()[0];
  AttentionParts parts(op, shape);
  if (parts.isTiled()) {
    return launchTiles(op, shape);
  }
  SmallVector<GpuLaunch> launches;
  auto joinWindow = [=](GpuKernel &b, AttentionState &state, Value head,
                        Value low, Value high) mutable {
    state.joinWindow(op.getKeys(), op.getValues(),
                     b.div(head, shape.heads / shape.groups), low, high,
                     b.f32(op.getScale().convertToDouble()));
  };
  if (parts) {
    launches.push_back(parts.launch([=](GpuKernel &b, AttentionState &state,
                                        Value head, Value range) mutable {
      Value visible = b.add(b.value(op.getPosition()), 1);
      auto [low, high] = parts.entries(b, visible, range);
      joinWindow(b, state, head, low, high);
    }));
  }
  GpuLaunch &launch = launches.emplace_back(shape.launch(out));
  launch.takesScratch = static_cast<bool>(parts);
  launch.body = [=](GpuKernel &b) mutable {
    writeAttention(b, shape, out,
                   [&](AttentionState &state, Value token, Value head) {
                     if (parts) {
                       parts.join(b, state, token, head);
                       return;
                     }
                     Value position = b.value(op.getPosition());
                     joinWindow(b, state, head, b.i32(0),
                                b.add(b.add(position, token), 1));
                   });
    return success();
  };
  return launches;
}
