//===- PanelTile.cpp - products with packed weights on a GPU --------------===//

#include "passes/LowerGPU/Kernels/PanelTile.h"
#include "passes/LowerGPU/Kernels/Blocks.h"
#include "passes/LowerGPU/Kernels/PanelCodes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::fot;

constexpr int64_t kTokenTile = 8;

int64_t mlir::fot::productTokens(Value input) {
  int64_t tokens = GpuKernel::staticDim(input, 0);
  return ShapedType::isDynamic(tokens) ? kTokenTile
                                       : std::min(tokens, kTokenTile);
}

GpuLaunch mlir::fot::productLaunch(Value input, int64_t blocks,
                                   int64_t tokens) {
  GpuLaunch launch;
  launch.threads = kProductThreads;
  if (tokens == kTokenTile) {
    launch.residentThreads = 256; // each token has sums in registers
  }
  launch.grid = [=](ImplicitLocOpBuilder &b, GpuLaunch::Dim dim) {
    Value each = arith::ConstantIndexOp::create(b, tokens);
    return SmallVector<Value>{
        arith::ConstantIndexOp::create(b, blocks),
        arith::CeilDivUIOp::create(b, dim(input, 0), each)};
  };
  return launch;
}

FailureOr<PanelTile> PanelTile::get(Operation *op, Value input, Value weight) {
  auto type = cast<MemRefType>(weight.getType());
  PanelTile tile;
  tile.type = dyn_cast<PanelType>(type.getElementType());
  if (!tile.type) {
    return op->emitOpError()
           << "expects a packed weight, found one of " << type.getElementType()
           << "; run fot-pack-weights first";
  }
  tile.input = input;
  tile.weight = weight;
  tile.numPanels = type.getDimSize(0);
  tile.steps = type.getDimSize(1);
  tile.tokens = productTokens(input);
  Format format = tile.type.getFormat();
  tile.lanesPerStep = format == Format::F16 || format == Format::BF16 ? 2 : 4;
  return tile;
}

/// A lane's sums, [tokens][rows of the lane], over its features.
SmallVector<Value> PanelTile::floats(GpuKernel &b, Value panel,
                                     ArrayRef<Value> rows) {
  Type element = type.getFormat() == Format::F32   ? Type(b.getF32Type())
                 : type.getFormat() == Format::F16 ? Type(b.getF16Type())
                                                   : Type(b.bf16());
  int64_t perLane = kPanelHeight / lanesPerStep;
  int64_t perWarp = kWarp / lanesPerStep;
  Value lane = b.lane();
  Value firstRow = b.mul(b.rem(lane, lanesPerStep), perLane);
  Value first = b.add(b.mul(b.warp(), perWarp), b.div(lane, lanesPerStep));
  Value weights = b.at(b.pointer(weight), element,
                       b.mul(b.widen(panel), steps * kPanelHeight));
  SmallVector<Value> zeros(tokens * perLane, b.f32(0.0));
  return b.loop(
      first, b.i32(steps), b.i32(b.warps() * perWarp), zeros,
      [&](Value k, ValueRange carried) {
        Value w = b.loadVector(
            weights, element, b.add(b.mul(k, kPanelHeight), firstRow), perLane);
        SmallVector<Value> next;
        SmallVector<Value> numbers;
        for (int64_t r = 0; r < perLane; ++r) {
          numbers.push_back(b.toFloat(b.extract(w, r)));
        }
        for (int64_t t = 0; t < tokens; ++t) {
          Value x = b.load(b.pointer(input), b.getF32Type(), b.add(rows[t], k));
          for (int64_t r = 0; r < perLane; ++r) {
            next.push_back(b.fma(x, numbers[r], carried[t * perLane + r]));
          }
        }
        return next;
      });
}

SmallVector<Value> PanelTile::blocks(GpuKernel &b, Value panel,
                                     ArrayRef<Value> rows) {
  Type i8 = b.getI8Type(), i32 = b.getI32Type(), f32 = b.getF32Type();
  Format format = type.getFormat();
  bool bytes = format == Format::Q8_0, minimum = format == Format::Q4_1;
  // A step of bytes takes the whole warp, one of nibbles half of it.
  int64_t stepsPerWarp = bytes ? 1 : 2, header = minimum ? 64 : 32;
  int64_t perLane = kPanelHeight / lanesPerStep;
  Value lane = b.lane();
  Value quarter = b.rem(lane, lanesPerStep);
  Value group = b.div(lane, lanesPerStep);
  Value first = b.mul(b.warp(), stepsPerWarp);
  if (!bytes) {
    first = b.add(first, b.div(group, 4));
    group = b.rem(group, 4);
  }
  Value weights = b.at(b.pointer(weight), i8,
                       b.mul(b.widen(panel), steps * type.getBytes()));
  auto dot = [&](StringRef name, Value w, Value x, Value sum) {
    return b.intrinsic(name, i32, {w, x, sum});
  };
  StringRef ofSigned = "llvm.nvvm.idp4a.s.s",
            ofUnsigned = "llvm.nvvm.idp4a.u.s";
  Value zero = b.i32(0);
  SmallVector<Value> zeros(tokens * perLane, b.f32(0.0));
  return b.loop(
      first, b.i32(steps), b.i32(b.warps() * stepsPerWarp), zeros,
      [&](Value step, ValueRange carried) {
        Value at = b.at(weights, i8, b.mul(step, type.getBytes()));
        auto halves = [&](int64_t offset) {
          return b.loadVector(b.at(at, i8, b.i32(offset)), b.getF16Type(),
                              b.mul(quarter, perLane), perLane);
        };
        Value scales = halves(0), minima = minimum ? halves(32) : Value();
        Value words = b.loadVector(
            b.at(at, i8, b.i32(header)), i32,
            b.add(b.mul(group, kPanelHeight), b.mul(quarter, perLane)),
            perLane);
        SmallVector<Value> next;
        for (int64_t t = 0; t < tokens; ++t) {
          Value block = b.mul(b.add(rows[t], step), kBlockWords);
          auto word = [&](Value i) {
            return b.load(b.pointer(input), i32, b.add(block, i));
          };
          Value scale =
              b.load(b.pointer(input), f32, b.add(block, kBlockScale));
          Value low = word(group),
                high = bytes ? Value() : word(b.add(group, 4));
          // Of nibbles, all weights are 8 too large, or need the sum of x.
          Value extra = zero;
          if (!bytes) {
            Value each = b.i32(minimum ? 0x01010101 : int32_t(0xf8f8f8f8));
            extra = dot(ofSigned, each, high, dot(ofSigned, each, low, zero));
          }
          for (int64_t r = 0; r < perLane; ++r) {
            Value w = b.extract(words, r), sum;
            if (bytes) {
              // w + 128 as an unsigned byte is w as a signed one, but for a
              // bit.
              w = arith::XOrIOp::create(b, w, b.i32(int32_t(0x80808080)));
              sum = dot(ofSigned, w, low, zero);
            } else {
              Value mask = b.i32(0x0f0f0f0f);
              Value upper = arith::ShRUIOp::create(b, w, b.i32(4));
              sum = dot(ofUnsigned, arith::AndIOp::create(b, w, mask), low,
                        minimum ? zero : extra);
              sum = dot(ofUnsigned, arith::AndIOp::create(b, upper, mask), high,
                        sum);
            }
            Value part = b.fmul(b.toFloat(sum), scale);
            Value total = b.fma(part, b.toFloat(b.extract(scales, r)),
                                carried[t * perLane + r]);
            if (minimum) {
              total = b.fma(b.toFloat(b.extract(minima, r)),
                            b.fmul(b.toFloat(extra), scale), total);
            }
            next.push_back(total);
          }
        }
        return next;
      });
}

/// The same for codes that share bytes with others: a lane takes all inputs of
/// a scale, a step or half of one.
SmallVector<Value> PanelTile::runs(GpuKernel &b, Value panel,
                                   ArrayRef<Value> rows) {
  Type i8 = b.getI8Type(), i32 = b.getI32Type(), f32 = b.getF32Type();
  int64_t groups = type.getScaledInputs() / 4, parts = 8 / groups;
  int64_t perLane = kPanelHeight / lanesPerStep;
  int64_t perWarp = kWarp / lanesPerStep / parts;
  Value lane = b.lane();
  Value firstRow = b.mul(b.rem(lane, lanesPerStep), perLane);
  Value slot = b.div(lane, lanesPerStep);
  Value part = b.rem(slot, parts);
  Value first = b.add(b.mul(b.warp(), perWarp), b.div(slot, parts));
  // All offsets of a part are those of the first one, so much further.
  Value behind = b.mul(part, parts > 1 ? type.getScalesAt(1) : 0);
  Value weights = b.at(b.pointer(weight), i8,
                       b.mul(b.widen(panel), steps * type.getBytes()));
  SmallVector<Value> zeros(tokens * perLane, b.f32(0.0));
  return b.loop(
      first, b.i32(steps), b.i32(b.warps() * perWarp), zeros,
      [&](Value step, ValueRange carried) {
        Value at =
            b.at(weights, i8, b.add(b.mul(step, type.getBytes()), behind));
        auto halves = [&](int64_t offset) {
          return b.loadVector(b.at(at, i8, b.i32(offset)), b.getF16Type(),
                              firstRow, perLane);
        };
        Value scales = halves(type.getScalesAt(0)), minima;
        if (type.hasMinimum()) {
          minima = halves(type.getMinimaAt());
        }
        llvm::DenseMap<int64_t, Value> loaded;
        SmallVector<Value> codes; // [groups][rows of the lane]
        for (int64_t g = 0; g < groups; ++g) {
          for (int64_t r = 0; r < perLane; ++r) {
            Value four = joinPieces(
                b, type.getPieces(g), /*four=*/true, [&](int64_t offset) {
                  Value &words = loaded[offset];
                  if (!words) {
                    words = b.loadVector(b.at(at, i8, b.i32(offset)), i32,
                                         firstRow, perLane);
                  }
                  return b.extract(words, r);
                });
            codes.push_back(signedCodes(b, type, four));
          }
        }
        SmallVector<Value> next;
        for (int64_t t = 0; t < tokens; ++t) {
          Value block = b.mul(b.add(rows[t], step), kBlockWords);
          auto word = [&](Value i, Type element) {
            return b.load(b.pointer(input), element, b.add(block, i));
          };
          SmallVector<Value> x;
          for (int64_t g = 0; g < groups; ++g) {
            x.push_back(word(b.add(b.mul(part, groups), g), i32));
          }
          Value scale = word(b.i32(kBlockScale), f32), total;
          if (minima) {
            total = b.fmul(b.toFloat(word(b.i32(kBlockSum), i32)), scale);
          }
          for (int64_t r = 0; r < perLane; ++r) {
            Value sum = b.i32(0);
            for (int64_t g = 0; g < groups; ++g) {
              sum = b.intrinsic("llvm.nvvm.idp4a.s.s", i32,
                                {codes[g * perLane + r], x[g], sum});
            }
            Value number = b.fma(b.fmul(b.toFloat(sum), scale),
                                 b.toFloat(b.extract(scales, r)),
                                 carried[t * perLane + r]);
            if (minima) {
              number = b.fma(b.toFloat(b.extract(minima, r)), total, number);
            }
            next.push_back(number);
          }
        }
        return next;
      });
}

void PanelTile::multiply(GpuKernel &b, Value panel, Value token) {
  bool isFloat = type.getDepth() == 1;
  int64_t perLane = kPanelHeight / lanesPerStep;
  sums = b.shared(b.getF32Type(), b.warps() * tokens * kPanelHeight);
  // Rows of tokens that do not exist are those of the last one.
  Value last = b.sub(b.dim(input, 0), 1);
  SmallVector<Value> rows;
  for (int64_t t = 0; t < tokens; ++t) {
    rows.push_back(b.mul(b.min(b.add(token, t), last), steps));
  }
  SmallVector<Value> own = isFloat ? floats(b, panel, rows)
                           : type.getPieces(7).size() > 1
                               ? runs(b, panel, rows)
                               : blocks(b, panel, rows);
  for (Value &sum : own) {
    for (int64_t mask = lanesPerStep; mask < kWarp; mask *= 2) {
      sum = b.fadd(sum, b.shuffleXor(sum, mask));
    }
  }
  Value lane = b.lane();
  b.when(b.lt(lane, lanesPerStep), [&] {
    Value base =
        b.add(b.mul(b.warp(), tokens * kPanelHeight), b.mul(lane, perLane));
    for (int64_t t = 0; t < tokens; ++t) {
      for (int64_t r = 0; r < perLane; ++r) {
        b.store(own[t * perLane + r], sums, b.add(base, t * kPanelHeight + r));
      }
    }
  });
}

Value PanelTile::product(GpuKernel &b, Value token, Value row) {
  Value at = b.add(b.mul(token, kPanelHeight), row), sum;
  for (int64_t warp = 0; warp < b.warps(); ++warp) {
    Value part =
        b.load(sums, b.getF32Type(), b.add(at, warp * tokens * kPanelHeight));
    sum = sum ? b.fadd(sum, part) : part;
  }
  return sum;
}
