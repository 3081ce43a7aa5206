//===- Attention.cpp - fot.attention on a GPU -----------------------------===//
//
// A block of threads for each token and head.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/AttentionState.h"

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
  GpuLaunch launch = shape.launch(out);
  launch.body = [=](GpuKernel &b) mutable {
    Value scale = b.f32(op.getScale().convertToDouble());
    Value position = b.value(op.getPosition());
    writeAttention(b, shape, out,
                   [&](AttentionState &state, Value token, Value head) {
                     Value group = b.div(head, shape.heads / shape.groups);
                     state.joinWindow(op.getKeys(), op.getValues(), token,
                                      group, position, scale);
                   });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}

/// The attention kernels read the window themselves.
FailureOr<SmallVector<GpuLaunch>> mlir::fot::gpuPartialAttention(Operation *) {
  return SmallVector<GpuLaunch>();
}
