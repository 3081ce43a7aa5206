//===- MmaTile.cpp - quantised products on tensor cores -------------------===//
//
// With g = lane / 4 and t = lane % 4, a lane has of the weights rows g and g +
// 8, numbers 4t... and 16 + 4t..., of the activations those of token g, and of
// the result rows g and g + 8 of tokens 2t and 2t + 1. `ldmatrix` gives
// activations out in that way; weights are packed so that words do.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/MmaTile.h"
#include "passes/LowerGPU/Kernels/Blocks.h"
#include "passes/LowerGPU/Kernels/PanelCodes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// Tokens of one `mma`, how many of them a warp has, numbers of one in a lane.
constexpr int64_t kColumns = 8, kTiles = kMmaTokens / kColumns, kNumbers = 4;
/// Steps in shared memory: one that is multiplied, the others on their way.
constexpr int64_t kStages = 4;
/// Bytes of a token's block there: whole 16 bytes, for `ldmatrix`, and so many
/// that 8 tokens lie in different banks.
constexpr int64_t kBlockPitch = 48;

bool MmaTile::fits(Value input, Value weight) {
  auto type = cast<MemRefType>(weight.getType());
  auto panel = dyn_cast<PanelType>(type.getElementType());
  return panel && panel.getDepth() == 32 && holdsBlocks(input) &&
         ShapedType::isDynamic(GpuKernel::staticDim(input, 0));
}

MmaTile::MmaTile(GpuKernel &b, Value input, ArrayRef<Panel> panels)
    : b(b), input(input) {
  for (const Panel &panel : panels) {
    auto memref = cast<MemRefType>(panel.weight.getType());
    auto type = cast<PanelType>(memref.getElementType());
    steps = memref.getDimSize(1);
    Value weights = b.at(b.global(b.pointer(panel.weight)), b.getI8Type(),
                         b.mul(b.widen(panel.number), steps * type.getBytes()));
    parts.push_back({type, weights, activationOffset});
    activationOffset += type.getBytes();
  }
  stageBytes = activationOffset + kMmaBlockTokens * kBlockPitch;
  stages = b.shared(b.getI8Type(), kStages * stageBytes);
}

void MmaTile::copyPiece(Value to, Value from, int64_t bytes) {
  // Weights are read by this block alone and need no place in the L1 cache.
  auto modifier = bytes == 16 ? NVVM::LoadCacheModifierKind::CG
                              : NVVM::LoadCacheModifierKind::CA;
  NVVM::CpAsyncOp::create(b, to, from, bytes, modifier, Value());
}

/// Asks for a step; `rows` are the first blocks of the tokens that this thread
/// copies pieces of. All threads ask for their share and form a group.
void MmaTile::copy(Value step, ArrayRef<Value> rows) {
  Type i8 = b.getI8Type();
  b.when(b.lt(step, steps), [&] {
    Value stage = b.at(stages, i8, b.mul(b.rem(step, kStages), stageBytes));
    for (const Part &part : parts) {
      int64_t bytes = part.type.getBytes();
      Value from = b.at(part.weights, i8, b.mul(step, bytes));
      b.loop(b.thread(), b.i32(bytes / 16), b.i32(b.threads()),
             [&](Value piece) {
               Value at = b.mul(piece, 16);
               copyPiece(b.at(stage, i8, b.add(at, part.offset)),
                         b.at(from, i8, at), 16);
             });
    }
    // Blocks are aligned to 8 bytes. A thread has one of two halves of a token.
    constexpr int64_t kPieces = kBlockWords / 2;
    Value blocks = b.global(b.pointer(input));
    for (int64_t i = 0; i < static_cast<int64_t>(rows.size()); ++i) {
      Value piece = b.add(b.thread(), i * b.threads());
      b.when(b.lt(piece, kMmaBlockTokens * kPieces), [&] {
        Value place = b.mul(b.rem(piece, kPieces), 8);
        Value from = b.mul(b.add(rows[i], step), kBlockWords * 4);
        Value to = b.add(b.mul(b.div(piece, kPieces), kBlockPitch),
                         b.add(place, activationOffset));
        copyPiece(b.at(stage, i8, to), b.at(blocks, i8, b.add(from, place)), 8);
      });
    }
  });
  NVVM::CpAsyncCommitGroupOp::create(b);
}

/// Multiplies one step of a panel. `activations` are two words for each 8
/// tokens, `scales` and `totals` those of the tokens whose results this lane
/// has.
SmallVector<Value> MmaTile::stepOf(const Part &part, Value stage,
                                   ArrayRef<Value> activations,
                                   ArrayRef<Value> scales,
                                   ArrayRef<Value> totals, ValueRange carried) {
  Type i8 = b.getI8Type(), i32 = b.getI32Type();
  PanelType type = part.type;
  bool minimum = type.hasMinimum(), halves = type.getScaledInputs() == 16;
  Value group = b.div(b.lane(), 4), member = b.rem(b.lane(), 4);
  Value at = b.at(stage, i8, b.i32(part.offset));
  auto half = [&](int64_t offset, int64_t row) {
    return b.toFloat(
        b.load(b.at(at, i8, b.i32(offset + 2 * row)), b.getF16Type(), group));
  };
  SmallVector<Value> operands; // rows g and g + 8, then their second halves
  for (int64_t first : {0, 4}) {
    for (int64_t row : {0, 8}) {
      Value codes = joinPiecesOf(
          b, type, first, 4, member, /*four=*/true, [&](Value offset) {
            return b.load(b.at(at, i8, offset), i32, b.add(group, row));
          });
      operands.push_back(signedCodes(b, type, codes));
    }
  }
  Value rowScales[] = {half(0, 0), half(0, 8)}, others[2], minima[2];
  for (int64_t i = 0; i < 2; ++i) {
    if (minimum) {
      minima[i] = half(type.getMinimaAt(), 8 * i);
    }
    if (halves) {
      others[i] = half(type.getScalesAt(1), 8 * i);
    }
  }
  auto result = LLVM::LLVMStructType::getLiteral(b.getContext(),
                                                 SmallVector<Type>(4, i32));
  SmallVector<Value> next;
  for (int64_t tile = 0; tile < kTiles; ++tile) {
    auto multiply = [&](ArrayRef<Value> weights) {
      SmallVector<Value> all(weights);
      all.append({activations[2 * tile], activations[2 * tile + 1]});
      all.append(kNumbers, b.i32(0));
      return b.intrinsic("llvm.nvvm.mma.m16n8k32.row.col.s8", result, all);
    };
    Value none = b.i32(0), sums, sumsOfSecond;
    if (halves) {
      sums = multiply({operands[0], operands[1], none, none});
      sumsOfSecond = multiply({none, none, operands[2], operands[3]});
    } else {
      sums = multiply(operands);
    }
    for (int64_t i = 0; i < kNumbers; ++i) {
      int64_t token = tile * 2 + i % 2;
      Value sum = LLVM::ExtractValueOp::create(b, sums, i);
      Value scale = scales[token];
      Value number = b.fma(b.fmul(b.toFloat(sum), scale), rowScales[i / 2],
                           carried[tile * kNumbers + i]);
      if (halves) {
        Value second = LLVM::ExtractValueOp::create(b, sumsOfSecond, i);
        number = b.fma(b.fmul(b.toFloat(second), scale), others[i / 2], number);
      }
      if (minimum) {
        Value extra = b.fmul(b.toFloat(totals[token]), scale);
        number = b.fma(minima[i / 2], extra, number);
      }
      next.push_back(number);
    }
  }
  return next;
}

SmallVector<SmallVector<Value>> MmaTile::multiply(Value token) {
  Type i8 = b.getI8Type(), i32 = b.getI32Type(), f32 = b.getF32Type();
  // Tokens that do not exist are the last one once more.
  constexpr int64_t kPieces = kBlockWords / 2;
  int64_t rounds = (kMmaBlockTokens * kPieces + b.threads() - 1) / b.threads();
  Value last = b.sub(b.dim(input, 0), 1);
  SmallVector<Value> rows;
  for (int64_t i = 0; i < rounds; ++i) {
    Value behind = b.div(b.add(b.thread(), i * b.threads()), kPieces);
    rows.push_back(b.mul(b.min(b.add(token, behind), last), steps));
  }
  for (int64_t i = 0; i + 1 < kStages; ++i) {
    copy(b.i32(i), rows);
  }
  // Where this lane has its row of the four matrices that `ldmatrix` reads:
  // both halves of 8 tokens, then of the other 8.
  Value lane = b.lane(), member = b.rem(lane, 4);
  Value first = b.mul(b.warp(), kMmaTokens);
  Value row = b.add(b.mul(b.div(lane, 16), kColumns), b.rem(lane, kColumns));
  Value matrix = b.add(b.mul(b.add(first, row), kBlockPitch),
                       b.mul(b.rem(b.div(lane, 8), 2), 16));
  auto words = LLVM::LLVMStructType::getLiteral(b.getContext(),
                                                SmallVector<Type>(4, i32));
  size_t numbers = kTiles * kNumbers;
  SmallVector<Value> zeros(parts.size() * numbers, b.f32(0.0));
  SmallVector<Value> sums = b.loop(
      b.i32(0), b.i32(steps), b.i32(1), zeros,
      [&](Value step, ValueRange carried) {
        // This step has arrived, and whoever used the stage that is next to be
        // filled has done so.
        NVVM::CpAsyncWaitGroupOp::create(b, kStages - 2);
        b.barrier();
        copy(b.add(step, kStages - 1), rows);
        Value stage = b.at(stages, i8, b.mul(b.rem(step, kStages), stageBytes));
        Value blocks = b.at(stage, i8, b.i32(activationOffset));
        Value loaded =
            b.intrinsic("llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.b16", words,
                        {b.at(blocks, i8, matrix)});
        SmallVector<Value> activations, scales, totals;
        for (int64_t i = 0; i < 2 * kTiles; ++i) {
          activations.push_back(LLVM::ExtractValueOp::create(b, loaded, i));
          // Of tokens 2t and 2t + 1 of the first 8, then of the other.
          Value mine = b.add(b.mul(member, 2), i / 2 * kColumns + i % 2);
          Value block =
              b.at(blocks, i8, b.mul(b.add(first, mine), kBlockPitch));
          scales.push_back(b.load(block, f32, b.i32(kBlockScale)));
          totals.push_back(b.load(block, i32, b.i32(kBlockSum)));
        }
        SmallVector<Value> next;
        for (auto [i, part] : llvm::enumerate(parts)) {
          next.append(stepOf(part, stage, activations, scales, totals,
                             carried.slice(i * numbers, numbers)));
        }
        return next;
      });
  SmallVector<SmallVector<Value>> results;
  for (size_t i = 0; i < parts.size(); ++i) {
    auto own = ArrayRef<Value>(sums).slice(i * numbers, numbers);
    results.emplace_back(own.begin(), own.end());
  }
  return results;
}

void MmaTile::forEach(GpuKernel &b,
                      function_ref<void(int64_t, Value, Value)> body) {
  Value group = b.div(b.lane(), 4), member = b.rem(b.lane(), 4);
  for (int64_t i = 0; i < kTiles * kNumbers; ++i) {
    Value token = b.add(b.mul(member, 2), i / kNumbers * kColumns + i % 2);
    body(i, b.add(group, i % kNumbers / 2 * 8), token);
  }
}
