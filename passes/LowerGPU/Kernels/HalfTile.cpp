//===- HalfTile.cpp - 16-bit products on tensor cores ---------------------===//
//
// With g = lane / 4 and t = lane % 4, a lane has of the weights rows g and g +
// 8, inputs 2t, 2t + 1, 2t + 8 and 2t + 9, of the activations the same inputs
// of token g, and of the result what MmaTile has. A panel lies with its 16 rows
// of one input side by side, so `ldmatrix` hands it out transposed.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/HalfTile.h"
#include "passes/LowerGPU/Kernels/Blocks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// Tokens of one `mma`, how many of them a warp has, numbers of one in a lane.
constexpr int64_t kColumns = 8, kTiles = kMmaTokens / kColumns, kNumbers = 4;
/// Inputs of a step, and steps in shared memory: one that is multiplied, the
/// others on their way.
constexpr int64_t kDepth = 16, kStages = 4;
/// How many bf16 make up an f32 number, and an f16 one.
constexpr int64_t kActivationTerms = 3, kF16Terms = 2;
/// Bytes of a panel's step, and of one copy.
constexpr int64_t kPanelBytes = kDepth * kPanelHeight * 2, kPiece = 16;
/// Bytes of a token's row: so many that 4 tokens lie in different banks.
constexpr int64_t kRowPitch = kDepth * 4 + 32;
/// Copies of a token's row, and how many each thread makes.
constexpr int64_t kRowPieces = kDepth * 4 / kPiece,
                  kRowRounds = kMmaBlockTokens * kRowPieces / kProductThreads;

bool HalfTile::fits(Value input, Value weight) {
  auto type = cast<MemRefType>(weight.getType());
  auto panel = dyn_cast<PanelType>(type.getElementType());
  return panel &&
         (panel.getFormat() == Format::F16 ||
          panel.getFormat() == Format::BF16) &&
         type.getDimSize(1) % kDepth == 0 && !holdsBlocks(input) &&
         ShapedType::isDynamic(GpuKernel::staticDim(input, 0));
}

HalfTile::HalfTile(GpuKernel &b, Value input, ArrayRef<MmaTile::Panel> panels)
    : b(b), input(input), numPanels(panels.size()) {
  auto memref = cast<MemRefType>(panels[0].weight.getType());
  auto type = cast<PanelType>(memref.getElementType());
  isF16 = type.getFormat() == Format::F16;
  steps = memref.getDimSize(1) / kDepth;
  for (auto [i, panel] : llvm::enumerate(panels)) {
    Value at = b.at(b.global(b.pointer(panel.weight)), b.getI8Type(),
                    b.mul(b.widen(panel.number), steps * kPanelBytes));
    ownPanel = i ? b.select(b.lt(b.warp(), i), ownPanel, at) : at;
  }
  activationOffset = numPanels * kPanelBytes;
  stageBytes = activationOffset + kMmaBlockTokens * kRowPitch;
  stages = b.shared(b.getI8Type(), kStages * stageBytes);
}

/// Where a panel's piece lies: the two of one input change places every four
/// inputs, so that eight inputs' pieces of the same rows are in different
/// banks.
static Value placeOf(GpuKernel &b, Value input, Value half) {
  Value turn = b.rem(b.div(input, 4), 2);
  return b.add(b.mul(input, 2), Value(arith::XOrIOp::create(b, half, turn)));
}

/// Asks for a step; `rows` are the rows of the tokens that this thread copies
/// pieces of. A warp copies one panel's. All threads form a group.
void HalfTile::copy(Value step, ArrayRef<Value> rows) {
  Type i8 = b.getI8Type();
  auto copyPiece = [&](Value to, Value from) {
    NVVM::CpAsyncOp::create(b, to, from, kPiece,
                            NVVM::LoadCacheModifierKind::CG, Value());
  };
  b.when(b.lt(step, steps), [&] {
    Value stage = b.at(stages, i8, b.mul(b.rem(step, kStages), stageBytes));
    b.when(b.lt(b.warp(), numPanels), [&] {
      Value place = placeOf(b, b.div(b.lane(), 2), b.rem(b.lane(), 2));
      Value to = b.add(b.mul(b.warp(), kPanelBytes), b.mul(place, kPiece));
      Value from = b.add(b.mul(step, kPanelBytes), b.mul(b.lane(), kPiece));
      copyPiece(b.at(stage, i8, to), b.at(ownPanel, i8, from));
    });
    Value x = b.global(b.pointer(input));
    for (auto [i, row] : llvm::enumerate(rows)) {
      Value piece = b.add(b.thread(), i * b.threads());
      Value place = b.mul(b.rem(piece, kRowPieces), kPiece);
      Value to = b.add(b.mul(b.div(piece, kRowPieces), kRowPitch),
                       b.add(place, activationOffset));
      Value from = b.add(b.mul(b.widen(b.add(row, b.mul(step, kDepth))), 4),
                         b.widen(place));
      copyPiece(b.at(stage, i8, to), b.at(x, i8, from));
    }
  });
  NVVM::CpAsyncCommitGroupOp::create(b);
}

HalfTile::Terms HalfTile::split(Value first, Value second, int64_t count) {
  Type f32 = b.getF32Type(), pair = VectorType::get(2, b.bf16());
  Terms terms;
  while (true) {
    Value both = b.intrinsic("llvm.nvvm.ff2bf16x2.rn", pair, {second, first});
    terms.push_back(b.bitcast(both, b.getI32Type()));
    if (static_cast<int64_t>(terms.size()) == count) {
      return terms;
    }
    Value low = arith::ShLIOp::create(b, terms.back(), b.i32(16));
    Value high =
        arith::AndIOp::create(b, terms.back(), b.i32(int32_t(0xffff0000)));
    first = b.fsub(first, b.bitcast(low, f32));
    second = b.fsub(second, b.bitcast(high, f32));
  }
}

/// Two words' terms for each 8 tokens.
SmallVector<HalfTile::Terms> HalfTile::loadActivations(Value stage) {
  Value group = b.div(b.lane(), 4), member = b.rem(b.lane(), 4);
  Value first = b.add(b.mul(b.warp(), kMmaTokens), group);
  SmallVector<Terms> result;
  for (int64_t tile = 0; tile < kTiles; ++tile) {
    Value row = b.mul(b.add(first, tile * kColumns), kRowPitch);
    Value x = b.at(stage, b.getI8Type(), b.add(row, activationOffset));
    for (int64_t half : {0, 8}) {
      Value two = b.loadVector(x, b.getF32Type(), b.add(b.mul(member, 2), half),
                               /*lanes=*/2);
      result.push_back(
          split(b.extract(two, 0), b.extract(two, 1), kActivationTerms));
    }
  }
  return result;
}

/// Rows g and g + 8, then of the inputs 8 behind.
SmallVector<HalfTile::Terms> HalfTile::loadWeights(Value stage, int64_t panel) {
  Type i8 = b.getI8Type(), i32 = b.getI32Type();
  Value matrix = b.div(b.lane(), 8);
  Value at = placeOf(b, b.add(b.mul(b.div(matrix, 2), 8), b.rem(b.lane(), 8)),
                     b.rem(matrix, 2));
  auto words = LLVM::LLVMStructType::getLiteral(b.getContext(),
                                                SmallVector<Type>(4, i32));
  Value loaded = b.intrinsic(
      "llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.trans.b16", words,
      {b.at(stage, i8, b.add(b.mul(at, kPiece), panel * kPanelBytes))});
  SmallVector<Terms> result;
  for (int64_t i = 0; i < 4; ++i) {
    Value word = LLVM::ExtractValueOp::create(b, loaded, i);
    if (!isF16) {
      result.push_back({word});
      continue;
    }
    Value two = b.bitcast(word, VectorType::get(2, b.getF16Type()));
    result.push_back(split(b.toFloat(b.extract(two, 0)),
                           b.toFloat(b.extract(two, 1)), kF16Terms));
  }
  return result;
}

SmallVector<SmallVector<Value>> HalfTile::multiply(Value token) {
  Type i8 = b.getI8Type(), f32 = b.getF32Type();
  // Tokens that do not exist are the last one once more.
  Value last = b.sub(b.dim(input, 0), 1);
  SmallVector<Value> rows;
  for (int64_t i = 0; i < kRowRounds; ++i) {
    Value behind = b.div(b.add(b.thread(), i * b.threads()), kRowPieces);
    rows.push_back(b.mul(b.min(b.add(token, behind), last), steps * kDepth));
  }
  for (int64_t i = 0; i + 1 < kStages; ++i) {
    copy(b.i32(i), rows);
  }
  auto result = LLVM::LLVMStructType::getLiteral(
      b.getContext(), SmallVector<Type>(kNumbers, f32));
  // Adds products of one term of each, given of the lane's words.
  auto multiply = [&](ArrayRef<Terms> weights, int64_t i,
                      ArrayRef<Terms> activations, int64_t j,
                      MutableArrayRef<Value> sums) {
    SmallVector<Value> all;
    for (const Terms &word : weights) {
      all.push_back(word[i]);
    }
    for (const Terms &word : activations) {
      all.push_back(word[j]);
    }
    llvm::append_range(all, sums);
    Value next =
        b.intrinsic("llvm.nvvm.mma.m16n8k16.row.col.bf16", result, all);
    for (int64_t n = 0; n < kNumbers; ++n) {
      sums[n] = LLVM::ExtractValueOp::create(b, next, n);
    }
  };
  constexpr int64_t kOwn = kTiles * kNumbers;
  SmallVector<Value> zeros(numPanels * kOwn, b.f32(0.0));
  SmallVector<Value> sums = b.loop(
      b.i32(0), b.i32(steps), b.i32(1), zeros,
      [&](Value step, ValueRange carried) {
        // This step has arrived, and whoever used the stage that is next to be
        // filled has done so.
        NVVM::CpAsyncWaitGroupOp::create(b, kStages - 2);
        b.barrier();
        copy(b.add(step, kStages - 1), rows);
        Value stage = b.at(stages, i8, b.mul(b.rem(step, kStages), stageBytes));
        SmallVector<Terms> activations = loadActivations(stage);
        SmallVector<Value> next(carried);
        for (int64_t panel = 0; panel < numPanels; ++panel) {
          SmallVector<Terms> weights = loadWeights(stage, panel);
          for (int64_t tile = 0; tile < kTiles; ++tile) {
            auto own = MutableArrayRef<Value>(next).slice(
                panel * kOwn + tile * kNumbers, kNumbers);
            auto x = ArrayRef<Terms>(activations).slice(2 * tile, 2);
            // What is small first; less than all terms together keep is left
            // out.
            int64_t weightTerms = weights[0].size();
            for (int64_t sum = kActivationTerms - 1; sum >= 0; --sum) {
              for (int64_t i = std::min(sum, weightTerms - 1); i >= 0; --i) {
                multiply(weights, i, x, sum - i, own);
              }
            }
          }
        }
        return next;
      });
  // A few steps would be unrolled by ptxas until registers are spilled.
  GpuKernel::keepLoop(sums[0].getDefiningOp());
  SmallVector<SmallVector<Value>> results;
  for (int64_t i = 0; i < numPanels; ++i) {
    auto own = ArrayRef<Value>(sums).slice(i * kOwn, kOwn);
    results.emplace_back(own.begin(), own.end());
  }
  return results;
}
