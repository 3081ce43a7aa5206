//===- QueryTile.cpp - queries that share keys on a GPU -------------------===//

#include "passes/LowerGPU/Kernels/QueryTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::fot;

/// Steps of a key whose queries fit into registers.
constexpr int64_t kMostSteps = 14;

Value mlir::fot::joinQuad(GpuKernel &b, Value value,
                          function_ref<Value(Value, Value)> join) {
  for (int64_t mask : {1, 2}) {
    value = join(value, b.shuffleXor(value, mask));
  }
  return value;
}

SmallVector<Value> mlir::fot::loadMatrices(GpuKernel &b, Value address,
                                           bool transposed) {
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

bool QueryTile::fits(const QueryShape &shape) {
  return ShapedType::isDynamic(GpuKernel::staticDim(shape.queries, 0)) &&
         tokens(shape) > 0 && shape.headDim <= kMaxTileHeadDim &&
         shape.headDim % 2 == 0;
}

QueryTile::QueryTile(GpuKernel &b, const QueryShape &shape, Type element)
    : b(b), shape(shape), mma(b, element),
      steps(llvm::divideCeil(shape.headDim, mma.depth())), keyHead(b.block(1)) {
  // The last tokens see most keys and begin first.
  Value count = b.dim(shape.queries, 0);
  Value tiles = b.div(b.add(count, tokens(shape) - 1), tokens(shape));
  firstToken = b.mul(b.sub(b.sub(tiles, 1), b.block(0)), tokens(shape));
  for (int64_t half = 0; half < 2; ++half) {
    rows[half] = row(ownNumber(half));
  }
  load();
}

QueryTile::Row QueryTile::row(Value number) const {
  int64_t shared = shape.heads / shape.groups;
  Value count = b.dim(shape.queries, 0);
  Value token = b.add(firstToken, b.div(number, shared));
  Row row;
  row.exists = b.both(b.lt(number, tokens(shape) * shared), b.lt(token, count));
  row.token = b.min(token, b.sub(count, 1));
  row.head = b.add(b.mul(keyHead, shared), b.rem(number, shared));
  return row;
}

Value QueryTile::ownNumber(int64_t half) const {
  Value first = b.add(b.mul(b.warp(), kSplitRows), b.div(b.lane(), 4));
  return b.add(first, half * 8);
}

Value QueryTile::lastToken() const {
  Value end = b.min(b.add(firstToken, tokens(shape)), b.dim(shape.queries, 0));
  return b.sub(end, 1);
}

void QueryTile::load() {
  Type f32 = b.getF32Type(), i32 = b.getI32Type();
  int64_t numbers = mma.leftNumbers();
  SmallVector<SmallVector<Value>> loaded(steps);
  Value largest[2] = {b.i32(0), b.i32(0)};
  magnitudes[0] = magnitudes[1] = b.f32(0.0);
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
      magnitudes[half] = b.fadd(magnitudes[half], b.bitcast(bits, f32));
    }
  }
  Value into[2];
  for (int64_t half = 0; half < 2; ++half) {
    Value bits = joinQuad(b, largest[half],
                          [&](Value a, Value c) { return b.max(a, c); });
    std::tie(into[half], factors[half]) = mma.rangeOf(bits);
  }
  if (steps > kMostSteps) {
    place = b.shared(f32, steps * b.threads() * numbers);
  }
  for (auto [number, step] : llvm::enumerate(loaded)) {
    for (int64_t i = 0; i < numbers; ++i) {
      step[i] = b.fmul(step[i], into[mma.leftRow(i) / 8]);
    }
    if (!place) {
      queries.push_back(mma.split(step));
      continue;
    }
    auto type = VectorType::get({numbers}, f32);
    Value together = vector::FromElementsOp::create(b, type, step);
    LLVM::StoreOp::create(b, together, b.at(place, f32, placeAt(number)),
                          /*alignment=*/16);
  }
}

/// Where this thread has its numbers of a step.
Value QueryTile::placeAt(int64_t step) {
  return b.mul(b.add(b.thread(), step * b.threads()), mma.leftNumbers());
}

/// This lane's part of the queries at a step.
SplitMma::Left QueryTile::query(int64_t step) {
  if (!place) {
    return queries[step];
  }
  int64_t numbers = mma.leftNumbers();
  Value loaded = b.loadVector(place, b.getF32Type(), placeAt(step), numbers);
  SmallVector<Value> own;
  for (int64_t i = 0; i < numbers; ++i) {
    own.push_back(b.extract(loaded, i));
  }
  return mma.split(own);
}

SmallVector<Value> QueryTile::multiply(Value keys, int64_t pitch,
                                       int64_t numKeys) {
  // Both halves of 8 keys' 32 bytes, then of the next 8.
  Value lane = b.lane(), matrix = b.div(lane, 8);
  Value from =
      b.add(b.mul(b.add(b.mul(b.div(matrix, 2), 8), b.rem(lane, 8)), pitch),
            b.mul(b.rem(matrix, 2), 16));
  Value mine = b.at(keys, b.getI8Type(), from);
  SmallVector<Value> sums(numKeys / kSplitColumns * kSplitSums, b.f32(0.0));
  for (int64_t step = 0; step < steps; ++step) {
    SplitMma::Left left = query(step);
    for (int64_t key = 0; key < numKeys; key += 2 * kSplitColumns) {
      int64_t offset = key * pitch + 32 * step;
      SmallVector<Value> loaded = loadMatrices(
          b, b.at(mine, b.getI8Type(), b.i32(offset)), /*transposed=*/false);
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

Value QueryTile::magnitude(int64_t half) {
  return joinQuad(b, magnitudes[half],
                  [&](Value a, Value c) { return b.fadd(a, c); });
}
