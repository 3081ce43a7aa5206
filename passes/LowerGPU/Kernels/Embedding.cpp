//===- Embedding.cpp - fot.embedding on a GPU: a block of threads a token -===//
//
// A row of a packed table is one of 16 interleaved ones.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/PanelCodes.h"
#include "passes/LowerGPU/Kernels/PanelTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// Number `feature` of row `row` of a panel of blocks.
static Value blockNumber(GpuKernel &b, PanelType type, Value panel, Value row,
                         Value feature) {
  Type i8 = b.getI8Type(), i32 = b.getI32Type();
  Value at = b.at(panel, i8, b.mul(b.div(feature, 32), type.getBytes()));
  Value place = b.rem(feature, 32);
  Value group = b.div(place, 4);
  auto half = [&](Value offset) {
    return b.toFloat(b.load(b.at(at, i8, offset), b.getF16Type(), row));
  };
  Value byte = b.add(b.mul(row, 4), b.rem(place, 4));
  Value code = joinPiecesOf(b, type, 0, 8, group, /*four=*/false,
                            [&](Value offset) -> Value {
                              return arith::ExtUIOp::create(
                                  b, i32, b.load(at, i8, b.add(byte, offset)));
                            });
  Value scale = half(b.i32(type.getScalesAt(0)));
  if (type.getScaledInputs() == 16) {
    scale = b.select(b.lt(group, 4), scale, half(b.i32(type.getScalesAt(1))));
  }
  Value scaled = b.fmul(b.toFloat(b.sub(code, type.getZero())), scale);
  return type.hasMinimum() ? b.fadd(scaled, half(b.i32(type.getMinimaAt())))
                           : scaled;
}

FailureOr<SmallVector<GpuLaunch>>
mlir::fot::gpuEmbedding(Operation *operation) {
  auto op = cast<EmbeddingOp>(operation);
  auto tableType = cast<MemRefType>(op.getTable().getType());
  auto type = dyn_cast<PanelType>(tableType.getElementType());
  if (!type) {
    return op.emitOpError()
           << "expects a packed table, found one of "
           << tableType.getElementType() << "; run fot-pack-weights first";
  }
  int64_t steps = tableType.getDimSize(1);
  GpuLaunch launch;
  launch.threads = 128;
  launch.grid = rowGrid(op.getTokens());
  launch.body = [=](GpuKernel &b) mutable {
    Value out = op.getInits()[0];
    int64_t features = GpuKernel::staticDim(out, 1);
    Value token = b.block(0);
    Value id = b.load(b.pointer(op.getTokens()), b.getI32Type(), token);
    Value row = b.rem(id, kPanelHeight);
    Value panel =
        b.at(b.pointer(op.getTable()), b.getI8Type(),
             b.mul(b.widen(b.div(id, kPanelHeight)), steps * type.getBytes()));
    Type element = type.getFormat() == Format::F32   ? Type(b.getF32Type())
                   : type.getFormat() == Format::F16 ? Type(b.getF16Type())
                                                     : Type(b.bf16());
    b.loop(b.thread(), b.i32(features), b.i32(b.threads()), [&](Value feature) {
      Value number =
          type.getDepth() == 1
              ? b.toFloat(b.load(panel, element,
                                 b.add(b.mul(feature, kPanelHeight), row)))
              : blockNumber(b, type, panel, row, feature);
      b.store(number, b.pointer(out), b.add(b.mul(token, features), feature));
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
