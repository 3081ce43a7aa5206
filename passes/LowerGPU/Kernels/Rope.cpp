//===- Rope.cpp - fot.rope on a GPU: a thread a pair ----------------------===//

#include "passes/LowerGPU/Kernels/Rope.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

constexpr int64_t kThreads = 128;

StoreNumber mlir::fot::storeInRows(Value out) {
  int64_t features = GpuKernel::staticDim(out, 1);
  return [=](GpuKernel &b, Value number, Value token, Value feature) {
    b.store(number, b.pointer(out), b.add(b.mul(token, features), feature));
  };
}

GpuLaunch mlir::fot::ropeLaunch(const RopeOperands &operands,
                                const StoreNumber &store) {
  GpuLaunch launch;
  launch.threads = kThreads;
  int64_t pairs = GpuKernel::staticDim(operands.in, 1) / 2;
  launch.grid = rowGrid(operands.in, (pairs + kThreads - 1) / kThreads);
  launch.body = [=](GpuKernel &b) {
    Type f32 = b.getF32Type();
    int64_t half = operands.headDim / 2;
    Value token = b.block(0);
    Value pair = b.add(b.mul(b.block(1), kThreads), b.thread());
    b.when(b.lt(pair, pairs), [&] {
      Value i = b.rem(pair, half);
      Value feature = b.add(b.mul(b.div(pair, half), operands.headDim), i);
      Value first = b.add(b.mul(token, pairs * 2), feature);
      Value second = b.add(first, half);
      Value place = b.add(b.value(operands.position), token);
      Value angle = b.add(b.mul(place, operands.headDim), i);
      Value table = b.pointer(operands.table);
      Value cosine = b.load(table, f32, angle);
      Value sine = b.load(table, f32, b.add(angle, half));
      Value x = b.load(b.pointer(operands.in), f32, first);
      Value y = b.load(b.pointer(operands.in), f32, second);
      Value rotatedX = b.fsub(b.fmul(x, cosine), b.fmul(y, sine));
      Value rotatedY = b.fma(y, cosine, b.fmul(x, sine));
      if (operands.residual) {
        Value residual = b.pointer(operands.residual);
        rotatedX = b.fadd(rotatedX, b.load(residual, f32, first));
        rotatedY = b.fadd(rotatedY, b.load(residual, f32, second));
      }
      store(b, rotatedX, token, feature);
      store(b, rotatedY, token, b.add(feature, half));
    });
    return success();
  };
  return launch;
}

FailureOr<SmallVector<GpuLaunch>> mlir::fot::gpuRope(Operation *operation) {
  auto op = cast<RopeOp>(operation);
  return SmallVector<GpuLaunch>{
      ropeLaunch({op.getInput(), op.getTable(), op.getPosition(), Value(),
                  static_cast<int64_t>(op.getHeadDim())},
                 storeInRows(op.getInits()[0]))};
}
