//===- Attention.cpp - fot.attention on a GPU -----------------------------===//
//
// A block of threads for each tile of queries, or for one token and each range
// of the window and head, or else for each token and head. Retrieved and prefix
// keys are joined behind it, by token and head; of one token a prefix is cut
// into ranges like the window.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/AttentionParts.h"
#include "passes/LowerGPU/Kernels/Blocks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
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
    launch.costs = {.window = false, .memory = false, .others = false};
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

/// Joins keys and values that are in buffers of f32, of which those of a row
/// are [first, first + count); `first` is i64.
static void joinRows(GpuKernel &b, AttentionState &state, Value keys,
                     Value values, Value first, Value count, double scale) {
  Type f32 = b.getF32Type();
  int64_t headDim = cast<MemRefType>(keys.getType()).getShape().back();
  RowFormat format{f32, headDim};
  auto rowOf = [&](Value buffer, Value entry) {
    Value row = b.add(first, b.widen(entry));
    return b.at(b.pointer(buffer), f32, b.mul(row, headDim));
  };
  KeyList list;
  list.count = count;
  list.values = format;
  list.score = [&](Value entry) {
    Value key = rowOf(keys, entry);
    return b.fmul(dotRow(b, format, key, state.query()), b.f32(scale));
  };
  list.valueRow = [&](Value entry) { return rowOf(values, entry); };
  state.join(list);
}

/// Joins what `fot.gather` has found for a token and head.
static void joinRetrieved(GpuKernel &b, AttentionOp op, const QueryShape &shape,
                          AttentionState &state, Value token, Value head) {
  Value count = b.dim(op.getRetrievedKeys(), 2);
  Value list = b.add(b.mul(token, shape.heads), head);
  joinRows(b, state, op.getRetrievedKeys(), op.getRetrievedValues(),
           b.mul(b.widen(list), b.widen(count)), count,
           op.getScale().convertToDouble());
}

/// Joins the entries [low, high) of the prefix.
static void joinPrefix(GpuKernel &b, AttentionOp op, const QueryShape &shape,
                       AttentionState &state, Value head, Value low,
                       Value high) {
  Value group = b.div(head, shape.heads / shape.groups);
  Value count = b.dim(op.getPrefixKeys(), 1);
  Value first = b.add(b.mul(b.widen(group), b.widen(count)), b.widen(low));
  joinRows(b, state, op.getPrefixKeys(), op.getPrefixValues(), first,
           b.sub(high, low), op.getScale().convertToDouble());
}

/// Runs the body if retrieved or prefix keys are for this head.
static void whenRemembering(GpuKernel &b, AttentionOp op,
                            const QueryShape &shape, Value head,
                            function_ref<void()> body) {
  auto groups = op.getMemoryHeads();
  if (!groups) {
    return body();
  }
  Value group = b.div(head, shape.heads / shape.groups);
  Value listed = b.eq(b.i32(0), 1);
  for (int64_t each : *groups) {
    listed = arith::OrIOp::create(b, listed, b.eq(group, each));
  }
  b.when(listed, body);
}

FailureOr<SmallVector<GpuLaunch>>
mlir::fot::gpuAttention(Operation *operation) {
  auto op = cast<AttentionOp>(operation);
  bool prefix = static_cast<bool>(op.getPrefixKeys());
  bool retrieved = static_cast<bool>(op.getRetrievedKeys());
  QueryShape shape(op.getQueries(), op.getKeys());
  Value out = op.getInits()[0];
  AttentionParts parts(op, shape);
  if (parts.isTiled() && !prefix && !retrieved) {
    return launchTiles(op, shape);
  }
  SmallVector<GpuLaunch> launches;
  auto joinWindow = [=](GpuKernel &b, AttentionState &state, Value head,
                        Value low, Value high) mutable {
    state.joinWindow(op.getKeys(), op.getValues(),
                     b.div(head, shape.heads / shape.groups), low, high,
                     b.f32(op.getScale().convertToDouble()));
  };
  if (parts.isTiled()) {
    launches.push_back(parts.launchTiles(op.getKeys(), op.getValues(),
                                         op.getPosition(),
                                         op.getScale().convertToDouble()));
  } else if (parts) {
    launches.push_back(parts.launch([=](GpuKernel &b, AttentionState &state,
                                        Value head, Value range) mutable {
      if (prefix) {
        whenRemembering(b, op, shape, head, [&] {
          Value count = b.dim(op.getPrefixKeys(), 1);
          auto [low, high] = parts.entries(b, count, range);
          joinPrefix(b, op, shape, state, head, low, high);
        });
      }
      Value visible = b.add(b.value(op.getPosition()), 1);
      auto [low, high] = parts.entries(b, visible, range);
      joinWindow(b, state, head, low, high);
    }));
  }
  GpuLaunch &launch = launches.emplace_back(shape.launch(out));
  launch.takesScratch = static_cast<bool>(parts);
  if (parts) {
    bool readsPrefix = prefix && parts.isTiled();
    launch.costs = {.window = false, .memory = readsPrefix, .others = true};
    launch.reads = readsPrefix ? launch.reads : GpuReads();
  }
  launch.body = [=](GpuKernel &b) mutable {
    writeAttention(
        b, shape, out, [&](AttentionState &state, Value token, Value head) {
          if (retrieved) {
            whenRemembering(b, op, shape, head, [&] {
              joinRetrieved(b, op, shape, state, token, head);
            });
          }
          if (prefix && (!parts || parts.isTiled())) {
            whenRemembering(b, op, shape, head, [&] {
              Value count = b.dim(op.getPrefixKeys(), 1);
              joinPrefix(b, op, shape, state, head, b.i32(0), count);
            });
          }
          if (parts) {
            parts.join(b, state, token, head);
            return;
          }
          Value visible = b.add(b.add(b.value(op.getPosition()), token), 1);
          joinWindow(b, state, head, b.i32(0), visible);
        });
    return success();
  };
  return launches;
}
