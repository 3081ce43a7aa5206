//===- RmsNorm.cpp - the kernel of fot.rms_norm ---------------------------===//

#include "passes/LowerCPU/Kernels/A8.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::fot;

static Value items(ImplicitLocOpBuilder &, Operation *op,
                   KernelEmitter::Dim dim) {
  return dim(cast<RmsNormOp>(op).getInput(), 0);
}

/// The sum of squares of the `features` numbers from `row` on.
static Value sumOfSquares(KernelBuilder &b, Value in, Value row,
                          int64_t features) {
  // Four sums: fast, and each adds up fewer numbers.
  constexpr int64_t kSums = 4;
  int64_t lanes = b.level.lanes();
  SmallVector<Value> sums(kSums, b.splat(0.0f, lanes));
  sums = forEachVector(
      b, features, kSums * lanes, sums,
      [&](Value index, int64_t count, ValueRange carried) {
        SmallVector<Value> next(carried);
        for (int64_t i = 0; i < kSums && i * lanes < count; ++i) {
          Value at = b.add(b.add(row, index), b.cst(i * lanes));
          Value x =
              loadPart(b, in, at, std::min(lanes, count - i * lanes), lanes);
          next[i] = b.fma(x, x, next[i]);
        }
        return next;
      });
  Value low = arith::AddFOp::create(b, sums[0], sums[1]);
  Value high = arith::AddFOp::create(b, sums[2], sums[3]);
  return reduceAdd(b, arith::AddFOp::create(b, low, high));
}

static LogicalResult body(KernelBuilder &b, Operation *op) {
  auto norm = cast<RmsNormOp>(op);
  int64_t features = KernelBuilder::staticDim(norm.getInput(), 1);
  Value in = b.buffer(norm.getInput()), gain = b.buffer(norm.getGain());
  Value init = norm.getInits()[0], out = b.buffer(init);
  bool blocks =
      isa<BlockType>(cast<MemRefType>(init.getType()).getElementType());
  b.loop(b.begin, b.end, 1, [&](Value token) {
    Value row = b.mul(token, b.cst(features));
    Value mean = arith::DivFOp::create(b, sumOfSquares(b, in, row, features),
                                       b.f32(static_cast<float>(features)));
    float eps = static_cast<float>(norm.getEps().convertToDouble());
    Value root =
        math::SqrtOp::create(b, arith::AddFOp::create(b, mean, b.f32(eps)));
    Value inverse = arith::DivFOp::create(b, b.f32(1.0f), root);
    auto values = [&](Value index, int64_t count, int64_t lanes) -> Value {
      Value x = loadPart(b, in, b.add(row, index), count, lanes);
      Value g = loadPart(b, gain, index, count, lanes);
      x = arith::MulFOp::create(b, x, b.broadcast(inverse, lanes));
      return arith::MulFOp::create(b, x, g);
    };
    if (blocks) {
      storeA8Row(b, features, out,
                 b.mul(token, b.cst(a8Blocks(features) * kA8Words)), values);
      return;
    }
    int64_t lanes = b.level.lanes();
    forEachVector(b, features, lanes, [&](Value index, int64_t count) {
      storePart(b, values(index, count, lanes), out, b.add(row, index), count);
    });
  });
  return success();
}

const KernelEmitter fot::rmsNormKernel = {items, body};
