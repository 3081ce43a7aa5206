//===- RmsNorm.cpp - fot.rms_norm on a GPU: a block of threads a token ----===//

#include "passes/LowerGPU/Kernels/Blocks.h"

using namespace mlir;
using namespace mlir::fot;

FailureOr<SmallVector<GpuLaunch>> mlir::fot::gpuRmsNorm(Operation *operation) {
  auto op = cast<RmsNormOp>(operation);
  GpuLaunch launch;
  launch.threads = 256;
  launch.grid = rowGrid(op.getInput());
  launch.body = [=](GpuKernel &b) mutable {
    int64_t features = GpuKernel::staticDim(op.getInput(), 1);
    Value in = b.pointer(op.getInput()), gain = b.pointer(op.getGain());
    Type f32 = b.getF32Type();
    Value row = b.block(0), first = b.mul(row, features);
    Value squares =
        b.loop(b.thread(), b.i32(features), b.i32(b.threads()), {b.f32(0.0)},
               [&](Value feature, ValueRange carried) {
                 Value x = b.load(in, f32, b.add(first, feature));
                 return SmallVector<Value>{b.fma(x, x, carried[0])};
               })[0];
    Value mean =
        b.fdiv(b.blockSum(squares), b.f32(static_cast<double>(features)));
    Value eps = b.f32(op.getEps().convertToDouble());
    Value root = LLVM::SqrtOp::create(b, b.fadd(mean, eps));
    Value inverse = b.fdiv(b.f32(1.0), root);
    storeRow(b, op.getInits()[0], row, features, [&](Value feature) {
      Value x = b.load(in, f32, b.add(first, feature));
      return b.fmul(b.fmul(x, inverse), b.load(gain, f32, feature));
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
