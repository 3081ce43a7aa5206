//===- MemoryAttention.cpp - fot.memory_attention -------------------------===//
//
// Attention over a memory and the window in one softmax. `dense` joins every
// entry; `topk` first finds each query's k best entries, of which it keeps the
// scores, and then reads the values of those alone.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/AttentionOutput.h"
#include "passes/LowerCPU/Kernels/TopKList.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::fot;

/// Entries of all lists of a tile together; they are on the stack.
constexpr int64_t kMaxListEntries = 16384;

static TileShape shapeOf(MemoryAttentionOp op) {
  int64_t k = op.getK().value_or(1);
  return {KernelBuilder::staticDim(op.getQueries(), 0),
          KernelBuilder::staticDim(op.getQueries(), 1),
          KernelBuilder::staticDim(op.getKeys(), 0),
          KernelBuilder::staticDim(op.getKeys(), 2),
          op.getStrategyAttr(),
          std::clamp<int64_t>(kMaxListEntries / k, 1, 64)};
}

static Value items(ImplicitLocOpBuilder &b, Operation *operation,
                   KernelEmitter::Dim dim) {
  auto op = cast<MemoryAttentionOp>(operation);
  TileShape shape = shapeOf(op);
  return shape.items(b, dim(op.getQueries(), 0),
                     AttentionOutput::needsWhole(shape, op.getInits()[0]));
}

static void joinAll(KernelBuilder &b, AttentionTile &tile,
                    const TileShape &shape, const TilePlace &place,
                    MemoryAttentionOp op, Value scale) {
  MemoryType type = op.getMemory().getType();
  MemoryBank bank(b, b.value(op.getMemory()), type);
  forEachRun(
      b, bank, shape.keys, [&](const Segment &segment, Value from, Value n) {
        tile.join(pointerRows(b, bank.keyRow(segment, place.group, from),
                              type.getKeyType(), shape.headDim),
                  pointerRows(b, bank.valueRow(segment, place.group, from),
                              type.getValueType(), shape.headDim),
                  n, scale);
      });
}

namespace {
/// Scratch of the top-k form.
struct Winners {
  Winners(KernelBuilder &b, const TileShape &shape, int64_t k)
      : lists(b.scratch(b.getI64Type(), shape.rows() * k)),
        rows(b.scratch(b.getI64Type(), shape.keys)) {}
  Value lists; ///< k elements per row
  Value rows;  ///< addresses of some winners' values
};
} // namespace

static void joinWinners(KernelBuilder &b, AttentionTile &tile,
                        const TileShape &shape, const TilePlace &place,
                        MemoryAttentionOp op, Winners &winners, Value scale) {
  MemoryType type = op.getMemory().getType();
  MemoryBank bank(b, b.value(op.getMemory()), type);
  int64_t k = *op.getK();
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());

  TopKList list(b, winners.lists, b.cst(k));
  retrieve(b, tile, shape, place, bank, type, list,
           [&](Value row, Value, Value) { return b.mul(row, b.cst(k)); });

  Value size = b.min(bank.count(), b.cst(k));
  Rows values = pointerRows(b, Value(), type.getValueType(), shape.headDim);
  values.row = [&](Value entry) -> Value {
    return LLVM::IntToPtrOp::create(b, pointer, b.load(winners.rows, entry));
  };
  tile.forEachRow([&](Value row, Value, Value) {
    b.loop(b.cst(0), size, shape.keys, [&](Value from) {
      Value n = b.min(b.sub(size, from), b.cst(shape.keys));
      b.loop(b.cst(0), n, 1, [&](Value i) {
        Value winner = list.element(b.mul(row, b.cst(k)), b.add(from, i));
        b.store(list.scoreOf(winner), tile.scores,
                b.add(tile.scoresOf(row), i));
        Value index = arith::IndexCastOp::create(b, b.getIndexType(),
                                                 list.indexOf(winner));
        Segment segment = bank.find(index);
        Value address =
            bank.valueRow(segment, place.group, b.sub(index, segment.first));
        b.store(LLVM::PtrToIntOp::create(b, b.getI64Type(), address),
                winners.rows, i);
      });
      tile.joinScored(row, values, n, scale);
    });
  });
}

static LogicalResult body(KernelBuilder &b, Operation *operation) {
  auto op = cast<MemoryAttentionOp>(operation);
  bool topk = op.getMode() == MemoryMode::TopK;
  if (topk && *op.getK() > kMaxListEntries) {
    return op.emitOpError()
           << "has k = " << *op.getK() << ", the CPU kernel takes at most "
           << kMaxListEntries;
  }
  TileShape shape = shapeOf(op);
  Value scale = b.f32(op.getScale().convertToDouble());
  std::optional<Winners> winners;
  if (topk) {
    winners.emplace(b, shape, *op.getK());
  }
  AttentionOutput output(b, shape, op.getInits()[0]);
  output.forEachTile(
      b.dim(op.getQueries(), 0), b.buffer(op.getQueries()),
      [&](AttentionTile &tile, const TilePlace &place) {
        ArrayRef<int64_t> owned = op.getMemory().getType().getOwned();
        whenListed(b, owned, place.group, [&] {
          if (topk) {
            joinWinners(b, tile, shape, place, op, *winners, scale);
          } else {
            joinAll(b, tile, shape, place, op, scale);
          }
        });
        joinWindow(b, tile, shape, place, op.getKeys(), op.getValues(),
                   b.value(op.getPosition()), scale);
      });
  return success();
}

const KernelEmitter fot::memoryAttentionKernel = {items, body};
