//===- AttentionTile.cpp - attention of many queries on a GPU -------------===//

#include "passes/LowerGPU/Kernels/AttentionTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::fot;

constexpr double kNone = -std::numeric_limits<double>::infinity();
/// Rows of a tile.
constexpr int64_t kRows = kSplitRows * kAttentionThreads / kWarp;
/// The largest head dimension whose queries and sums fit into registers.
constexpr int64_t kMaxHeadDim = 128;
/// Bytes of a key up to which registers are enough for three blocks.
constexpr int64_t kSmallRow = 128;
/// Steps of a key whose queries fit into registers.
constexpr int64_t kMostSteps = 14;
/// The most keys of a step, and bytes of their places in shared memory.
constexpr int64_t kMostKeys = 64, kMostBytes = 9216;

static int64_t sizeOf(Type element) {
  return element.getIntOrFloatBitWidth() / 8;
}
static int64_t tokensOf(const QueryShape &shape) {
  return kRows / (shape.heads / shape.groups);
}

bool AttentionTile::fits(const QueryShape &shape, Value keys) {
  int64_t size = sizeOf(cast<MemRefType>(keys.getType()).getElementType());
  return ShapedType::isDynamic(GpuKernel::staticDim(shape.queries, 0)) &&
         tokensOf(shape) > 0 && shape.headDim <= kMaxHeadDim &&
         shape.headDim % 2 == 0 && shape.headDim * size % 4 == 0;
}

GpuLaunch AttentionTile::launch(const QueryShape &shape, Value keys) {
  GpuLaunch launch;
  launch.threads = kAttentionThreads;
  int64_t size = sizeOf(cast<MemRefType>(keys.getType()).getElementType());
  launch.residentThreads = shape.headDim * size <= kSmallRow
                               ? 3 * launch.threads
                               : 2 * launch.threads;
  launch.grid = [shape](ImplicitLocOpBuilder &b, GpuLaunch::Dim dim) {
    Value tokens = arith::ConstantIndexOp::create(b, tokensOf(shape));
    return SmallVector<Value>{
        arith::CeilDivUIOp::create(b, dim(shape.queries, 0), tokens),
        arith::ConstantIndexOp::create(b, shape.groups)};
  };
  return launch;
}

AttentionTile::AttentionTile(GpuKernel &b, const QueryShape &shape, Value keys,
                             Value values)
    : b(b), shape(shape),
      element(cast<MemRefType>(keys.getType()).getElementType()),
      mma(b, element), size(sizeOf(element)), rowBytes(shape.headDim * size),
      paddedBytes(llvm::alignTo(rowBytes, 32)), pitch(paddedBytes + 16),
      tileKeys(std::min<int64_t>(llvm::bit_floor<uint64_t>(kMostBytes / pitch),
                                 kMostKeys)) {
  // The pitch is an odd multiple of 16 bytes: rows lie in different banks.
  stages = b.shared(b.getI8Type(), 4 * tileKeys * pitch);
  group = b.block(1);
  int64_t window = GpuKernel::staticDim(keys, 1);
  auto rowsOf = [&](Value cache) {
    return b.at(b.global(b.pointer(cache)), b.getI8Type(),
                b.mul(b.widen(group), window * rowBytes));
  };
  keyRows = rowsOf(keys);
  valueRows = rowsOf(values);
  // The last tokens see most keys and begin first.
  Value tokens = b.dim(shape.queries, 0);
  Value tiles = b.div(b.add(tokens, tokensOf(shape) - 1), tokensOf(shape));
  firstToken = b.mul(b.sub(b.sub(tiles, 1), b.block(0)), tokensOf(shape));
  for (int64_t half = 0; half < 2; ++half) {
    Value number = b.add(b.mul(b.warp(), kSplitRows), b.div(b.lane(), 4));
    rows[half] = row(b.add(number, half * 8));
  }
  loadQueries();
  clearPadding();
}

/// Rows that do not exist are those of a token that does.
AttentionTile::Row AttentionTile::row(Value number) {
  int64_t shared = shape.heads / shape.groups;
  Value tokens = b.dim(shape.queries, 0);
  Value token = b.add(firstToken, b.div(number, shared));
  Row row;
  row.exists =
      b.both(b.lt(number, tokensOf(shape) * shared), b.lt(token, tokens));
  row.token = b.min(token, b.sub(tokens, 1));
  row.head = b.add(b.mul(group, shared), b.rem(number, shared));
  return row;
}

Value AttentionTile::joinQuad(Value value,
                              function_ref<Value(Value, Value)> join) {
  for (int64_t mask : {1, 2}) {
    value = join(value, b.shuffleXor(value, mask));
  }
  return value;
}

void AttentionTile::loadQueries() {
  Type f32 = b.getF32Type(), i32 = b.getI32Type();
  int64_t numbers = mma.leftNumbers(), steps = paddedBytes / 32;
  SmallVector<SmallVector<Value>> loaded(steps);
  Value largest[2] = {b.i32(0), b.i32(0)};
  for (int64_t step = 0; step < steps; ++step) {
    for (int64_t i = 0; i < numbers; ++i) {
      int64_t half = mma.leftRow(i) / 8;
      const Row &row = rows[half];
      Value d = b.add(mma.leftDepth(i), step * mma.depth());
      Value inside = b.min(d, b.i32(shape.headDim - 1));
      Value at = b.add(b.mul(row.token, shape.features()),
                       b.add(b.mul(row.head, shape.headDim), inside));
      Value number = b.load(b.pointer(shape.queries), f32, at);
      if ((step + 1) * mma.depth() > shape.headDim) {
        number = b.select(b.lt(d, shape.headDim), number, b.f32(0.0));
      }
      loaded[step].push_back(number);
      Value bits =
          arith::AndIOp::create(b, b.bitcast(number, i32), b.i32(0x7fffffff));
      largest[half] = b.max(largest[half], bits);
    }
  }
  Value into[2];
  for (int64_t half = 0; half < 2; ++half) {
    Value bits =
        joinQuad(largest[half], [&](Value a, Value c) { return b.max(a, c); });
    std::tie(into[half], factors[half]) = mma.rangeOf(bits);
  }
  if (steps > kMostSteps) {
    queryPlace = b.shared(f32, steps * b.threads() * numbers);
  }
  for (auto [number, step] : llvm::enumerate(loaded)) {
    for (int64_t i = 0; i < numbers; ++i) {
      step[i] = b.fmul(step[i], into[mma.leftRow(i) / 8]);
    }
    if (!queryPlace) {
      queries.push_back(mma.split(step));
      continue;
    }
    auto type = VectorType::get({numbers}, f32);
    Value together = vector::FromElementsOp::create(b, type, step);
    LLVM::StoreOp::create(b, together, b.at(queryPlace, f32, queryAt(number)),
                          /*alignment=*/16);
  }
}

/// Where this thread has its numbers of a step.
Value AttentionTile::queryAt(int64_t step) {
  return b.mul(b.add(b.thread(), step * b.threads()), mma.leftNumbers());
}

/// This lane's part of the queries at a step.
SplitMma::Left AttentionTile::query(int64_t step) {
  if (!queryPlace) {
    return queries[step];
  }
  int64_t numbers = mma.leftNumbers();
  Value loaded =
      b.loadVector(queryPlace, b.getF32Type(), queryAt(step), numbers);
  SmallVector<Value> own;
  for (int64_t i = 0; i < numbers; ++i) {
    own.push_back(b.extract(loaded, i));
  }
  return mma.split(own);
}

/// Zeroes what is multiplied behind the rows' ends.
void AttentionTile::clearPadding() {
  int64_t words = (paddedBytes - rowBytes) / 4;
  if (words == 0) {
    return;
  }
  b.loop(b.thread(), b.i32(4 * tileKeys * words), b.i32(b.threads()),
         [&](Value i) {
           Value at = b.add(b.mul(b.div(i, words), pitch / 4),
                            b.add(b.rem(i, words), rowBytes / 4));
           b.store(b.i32(0), stages, at);
         });
}

/// The stage's keys, or (part 1) values.
Value AttentionTile::base(Value step, int64_t part) {
  Value stage = b.mul(b.rem(step, 2), 2 * tileKeys * pitch);
  return b.at(stages, b.getI8Type(), b.add(stage, part * tileKeys * pitch));
}

/// Asks for a step's keys and values, if there are some. All threads ask for
/// their share and form a group. Keys behind the last are that one once more.
void AttentionTile::copy(Value step) {
  Type i8 = b.getI8Type();
  int64_t piece = rowBytes % 16 == 0 ? 16 : rowBytes % 8 == 0 ? 8 : 4;
  auto modifier = piece == 16 ? NVVM::LoadCacheModifierKind::CG
                              : NVVM::LoadCacheModifierKind::CA;
  Value first = b.mul(step, tileKeys);
  b.when(b.lt(first, b.add(last, 1)), [&] {
    Value keys = base(step, 0), values = base(step, 1);
    int64_t pieces = rowBytes / piece;
    b.loop(b.thread(), b.i32(tileKeys * pieces), b.i32(b.threads()),
           [&](Value i) {
             Value number = b.div(i, pieces);
             Value place = b.mul(b.rem(i, pieces), piece);
             Value key = b.min(b.add(first, number), last);
             Value from = b.add(b.mul(key, rowBytes), place);
             Value to = b.add(b.mul(number, pitch), place);
             for (auto [stage, source] :
                  {std::pair(keys, keyRows), {values, valueRows}}) {
               NVVM::CpAsyncOp::create(b, b.at(stage, i8, to),
                                       b.at(source, i8, from), piece, modifier,
                                       Value());
             }
           });
  });
  NVVM::CpAsyncCommitGroupOp::create(b);
}

/// Four matrices of 8 rows of 16 bytes, of which this lane names one.
SmallVector<Value> AttentionTile::loadMatrices(Value address, bool transposed) {
  auto words = LLVM::LLVMStructType::getLiteral(
      b.getContext(), SmallVector<Type>(4, b.getI32Type()));
  Value loaded = b.intrinsic(
      transposed ? "llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.trans.b16"
                 : "llvm.nvvm.ldmatrix.sync.aligned.m8n8.x4.b16",
      words, {address});
  SmallVector<Value> registers;
  for (int64_t i = 0; i < 4; ++i) {
    registers.push_back(LLVM::ExtractValueOp::create(b, loaded, i));
  }
  return registers;
}

/// The products of the queries with the step's keys: kSplitSums for each 8.
SmallVector<Value> AttentionTile::logits(Value keys) {
  // Both halves of 8 keys' 32 bytes, then of the next 8.
  Value lane = b.lane(), matrix = b.div(lane, 8);
  Value place =
      b.add(b.mul(b.add(b.mul(b.div(matrix, 2), 8), b.rem(lane, 8)), pitch),
            b.mul(b.rem(matrix, 2), 16));
  Value mine = b.at(keys, b.getI8Type(), place);
  SmallVector<Value> sums(tileKeys / kSplitColumns * kSplitSums, b.f32(0.0));
  for (int64_t step = 0; step < paddedBytes / 32; ++step) {
    SplitMma::Left left = query(step);
    for (int64_t key = 0; key < tileKeys; key += 2 * kSplitColumns) {
      int64_t offset = key * pitch + 32 * step;
      SmallVector<Value> loaded = loadMatrices(
          b.at(mine, b.getI8Type(), b.i32(offset)), /*transposed=*/false);
      for (int64_t i = 0; i < 2; ++i) {
        auto now = MutableArrayRef(sums).slice(
            (key / kSplitColumns + i) * kSplitSums, kSplitSums);
        llvm::copy(mma.multiply(left, loaded[2 * i], loaded[2 * i + 1],
                                SmallVector<Value>(now)),
                   now.begin());
      }
    }
  }
  return sums;
}

/// Two registers for each of one or two columns: of 16-bit numbers `ldmatrix`
/// turns two; of f32 the lane loads keys 2t and 2t + 1 itself.
SmallVector<Value> AttentionTile::loadValues(Value values, int64_t key,
                                             int64_t column) {
  Type i8 = b.getI8Type();
  Value lane = b.lane();
  int64_t offset = key * pitch + column * kSplitColumns * size;
  if (size == 2) {
    Value matrix = b.div(lane, 8);
    Value place =
        b.add(b.mul(b.add(b.mul(b.rem(matrix, 2), 8), b.rem(lane, 8)), pitch),
              b.mul(b.div(matrix, 2), 16));
    return loadMatrices(b.at(b.at(values, i8, place), i8, b.i32(offset)),
                        /*transposed=*/true);
  }
  Value place =
      b.add(b.mul(b.rem(lane, 4), 2 * pitch), b.mul(b.div(lane, 4), 4));
  Value mine = b.at(values, i8, place);
  SmallVector<Value> loaded;
  for (int64_t i : {offset, offset + pitch}) {
    loaded.push_back(
        b.load(b.at(mine, i8, b.i32(i)), b.getI32Type(), b.i32(0)));
  }
  return loaded;
}

void AttentionTile::addValues(Value values, ArrayRef<Value> probabilities,
                              MutableArrayRef<Value> sums) {
  int64_t numbers = mma.leftNumbers(), together = size == 2 ? 2 : 1;
  for (int64_t key = 0; key < tileKeys; key += mma.depth()) {
    // What a lane has of a product's columns is what it must have of a left
    // operand's depth; for tf32 by taking keys in another order.
    SmallVector<Value> own(
        probabilities.slice(key / kSplitColumns * kSplitSums, numbers));
    if (size == 4) {
      std::swap(own[1], own[2]);
    }
    SplitMma::Left left = mma.split(own);
    for (int64_t column = 0; column < columns(); column += together) {
      SmallVector<Value> loaded = loadValues(values, key, column);
      for (int64_t i = 0; i < together; ++i) {
        auto now = sums.slice((column + i) * kSplitSums, kSplitSums);
        llvm::copy(mma.multiply(left, loaded[2 * i], loaded[2 * i + 1],
                                SmallVector<Value>(now)),
                   now.begin());
      }
    }
  }
}

SmallVector<Value> AttentionTile::joinStep(Value step, ValueRange carried) {
  Type f32 = b.getF32Type();
  auto power = [&](Value x) {
    return b.intrinsic("llvm.nvvm.ex2.approx.f32", f32, {x});
  };
  SmallVector<Value> next(carried);
  SmallVector<Value> numbers = logits(base(step, 0));
  for (int64_t half = 0; half < 2; ++half) {
    // Of this lane's first key: how many keys later the last is seen.
    Value first = b.add(b.mul(step, tileKeys), b.mul(b.rem(b.lane(), 4), 2));
    Value seen = b.sub(limits[half], first);
    SmallVector<Value *> own;
    Value largest = carried[kLargest + half];
    for (int64_t i = 0; i < static_cast<int64_t>(numbers.size()); ++i) {
      if (i % kSplitSums / 2 == half) {
        int64_t key = i / kSplitSums * kSplitColumns + i % 2;
        numbers[i] = b.select(b.lt(seen, key), b.f32(kNone), numbers[i]);
        largest = b.fmax(largest, numbers[i]);
        own.push_back(&numbers[i]);
      }
    }
    largest = joinQuad(largest, [&](Value a, Value c) { return b.fmax(a, c); });
    Value shrink =
        power(b.fmul(b.fsub(carried[kLargest + half], largest), factors[half]));
    Value sum = b.fmul(carried[kSum + half], shrink);
    for (Value *number : own) {
      *number = power(b.fmul(b.fsub(*number, largest), factors[half]));
      sum = b.fadd(sum, *number);
    }
    next[kLargest + half] = largest;
    next[kSum + half] = sum;
    for (size_t i = kValues; i < next.size(); ++i) {
      if (static_cast<int64_t>(i - kValues) % kSplitSums / 2 == half) {
        next[i] = b.fmul(next[i], shrink);
      }
    }
  }
  addValues(base(step, 1), numbers, MutableArrayRef(next).drop_front(kValues));
  return next;
}

void AttentionTile::joinWindow(Value position, Value scale) {
  Value end =
      b.min(b.add(firstToken, tokensOf(shape)), b.dim(shape.queries, 0));
  last = b.add(position, b.sub(end, 1));
  for (int64_t half = 0; half < 2; ++half) {
    limits[half] = b.add(position, rows[half].token);
    factors[half] = b.fmul(factors[half], b.fmul(scale, b.f32(1.0 / kLn2)));
  }
  SmallVector<Value> start(kValues + columns() * kSplitSums, b.f32(0.0));
  start[kLargest] = start[kLargest + 1] = b.f32(kNone);
  copy(b.i32(0));
  Value steps = b.add(b.div(last, tileKeys), 1);
  state = b.loop(b.i32(0), steps, b.i32(1), start,
                 [&](Value step, ValueRange carried) {
                   // This step has arrived, and whoever used the other stage
                   // has done so.
                   NVVM::CpAsyncWaitGroupOp::create(b, 0);
                   b.barrier();
                   copy(b.add(step, 1));
                   return joinStep(step, carried);
                 });
}
