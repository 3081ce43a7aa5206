//===- MmaTile.cpp - quantised products on tensor cores -------------------===//
//
// With g = lane / 4 and t = lane % 4, a lane has of the weights rows g and g +
// 8, numbers 4t... and 16 + 4t..., of the activations those of token g, and of
// the result rows g and g + 8 of tokens 2t and 2t + 1.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/MmaTile.h"
#include "passes/LowerGPU/Kernels/Blocks.h"
#include "passes/LowerGPU/Kernels/PanelTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// Tokens of one `mma`, how many of them a warp has, numbers of one in a lane.
constexpr int64_t kColumns = 8, kTiles = kMmaTokens / kColumns, kNumbers = 4;

bool MmaTile::fits(Value input, Value weight) {
  auto type = cast<MemRefType>(weight.getType());
  auto panel = dyn_cast<PanelType>(type.getElementType());
  return panel && panel.getDepth() == 32 && holdsBlocks(input) &&
         ShapedType::isDynamic(GpuKernel::staticDim(input, 0));
}

MmaTile::MmaTile(Value input, Value weight) : input(input), weight(weight) {
  auto memref = cast<MemRefType>(weight.getType());
  type = cast<PanelType>(memref.getElementType());
  numPanels = memref.getDimSize(0);
  steps = memref.getDimSize(1);
}

/// Multiplies one step of the panel, at `at`. `columns` are the first blocks of
/// the tokens whose activations this lane has, `rows` of those whose results.
SmallVector<Value> MmaTile::step(GpuKernel &b, Value at, Value step,
                                 ArrayRef<Value> columns, ArrayRef<Value> rows,
                                 ValueRange carried) const {
  Type i8 = b.getI8Type(), i32 = b.getI32Type(), f32 = b.getF32Type();
  Format format = type.getFormat();
  bool bytes = format == Format::Q8_0, minimum = format == Format::Q4_1;
  Value group = b.div(b.lane(), 4), member = b.rem(b.lane(), 4);
  auto half = [&](int64_t offset, int64_t row) {
    return b.toFloat(
        b.load(b.at(at, i8, b.i32(offset + 2 * row)), b.getF16Type(), group));
  };
  auto word = [&](int64_t row, int64_t skipped) {
    Value place =
        b.add(b.mul(b.add(member, skipped), kPanelHeight), b.add(group, row));
    return b.load(b.at(at, i8, b.i32(minimum ? 64 : 32)), i32, place);
  };
  SmallVector<Value> operands; // rows g and g + 8, then their second halves
  if (bytes) {
    // w + 128 as an unsigned byte is w as a signed one, but for a bit.
    for (int64_t skipped : {0, 4}) {
      for (int64_t row : {0, 8}) {
        operands.push_back(arith::XOrIOp::create(b, word(row, skipped),
                                                 b.i32(int32_t(0x80808080))));
      }
    }
  } else {
    Value mask = b.i32(0x0f0f0f0f);
    Value words[] = {word(0, 0), word(8, 0)};
    for (int64_t shift : {0, 4}) {
      for (Value each : words) {
        Value moved = arith::ShRUIOp::create(b, each, b.i32(shift));
        operands.push_back(arith::AndIOp::create(b, moved, mask));
      }
    }
  }
  Value scales[] = {half(0, 0), half(0, 8)}, minima[2];
  if (minimum) {
    minima[0] = half(32, 0);
    minima[1] = half(32, 8);
  }
  auto activation = [&](Value first, Value place, Type element) {
    Value block = b.mul(b.add(first, step), kBlockWords);
    return b.load(b.pointer(input), element, b.add(block, place));
  };
  auto result = LLVM::LLVMStructType::getLiteral(b.getContext(),
                                                 SmallVector<Type>(4, i32));
  SmallVector<Value> next;
  for (int64_t tile = 0; tile < kTiles; ++tile) {
    SmallVector<Value> all(operands);
    all.push_back(activation(columns[tile], member, i32));
    all.push_back(activation(columns[tile], b.add(member, 4), i32));
    all.append(kNumbers, b.i32(0));
    Value sums = b.intrinsic("llvm.nvvm.mma.m16n8k32.row.col.s8", result, all);
    for (int64_t i = 0; i < kNumbers; ++i) {
      Value row = rows[tile * 2 + i % 2];
      Value scale = activation(row, b.i32(kBlockScale), f32);
      Value sum = LLVM::ExtractValueOp::create(b, sums, i);
      Value total;
      if (!bytes) {
        total = activation(row, b.i32(kBlockSum), i32);
      }
      if (!bytes && !minimum) {
        sum = b.sub(sum, b.mul(total, 8));
      }
      Value number = b.fma(b.fmul(b.toFloat(sum), scale), scales[i / 2],
                           carried[tile * kNumbers + i]);
      if (minimum) {
        number = b.fma(minima[i / 2], b.fmul(b.toFloat(total), scale), number);
      }
      next.push_back(number);
    }
  }
  return next;
}

SmallVector<Value> MmaTile::multiply(GpuKernel &b, Value panel,
                                     Value token) const {
  Value weights = b.at(b.pointer(weight), b.getI8Type(),
                       b.mul(b.widen(panel), steps * type.getBytes()));
  Value group = b.div(b.lane(), 4), member = b.rem(b.lane(), 4);
  // Tokens that do not exist are the last one once more.
  Value last = b.sub(b.dim(input, 0), 1);
  auto firstBlock = [&](Value behind) {
    return b.mul(b.min(b.add(token, behind), last), steps);
  };
  SmallVector<Value> columns, rows;
  for (int64_t tile = 0; tile < kTiles; ++tile) {
    columns.push_back(firstBlock(b.add(group, tile * kColumns)));
    for (int64_t i = 0; i < 2; ++i) {
      rows.push_back(firstBlock(b.add(b.mul(member, 2), tile * kColumns + i)));
    }
  }
  SmallVector<Value> zeros(kTiles * kNumbers, b.f32(0.0));
  return b.loop(b.i32(0), b.i32(steps), b.i32(1), zeros,
                [&](Value index, ValueRange carried) {
                  Value at = b.at(weights, b.getI8Type(),
                                  b.mul(index, type.getBytes()));
                  return step(b, at, index, columns, rows, carried);
                });
}

void MmaTile::forEach(GpuKernel &b,
                      function_ref<void(int64_t, Value, Value)> body) {
  Value group = b.div(b.lane(), 4), member = b.rem(b.lane(), 4);
  for (int64_t i = 0; i < kTiles * kNumbers; ++i) {
    Value token = b.add(b.mul(member, 2), i / kNumbers * kColumns + i % 2);
    body(i, b.add(group, i % kNumbers / 2 * 8), token);
  }
}
