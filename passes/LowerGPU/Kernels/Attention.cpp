//===- Attention.cpp - fot.attention on a GPU -----------------------------===//
//
// A block of threads for each token and head, or, for one token, for each range
// of the window and head.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/AttentionParts.h"

using namespace mlir;
using namespace mlir::fot;

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
                       parts.join(b, state, head);
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
