//===- MemoryAttention.cpp - fot.memory_attention -------------------------===//
//
// Attention over a memory and the window in one softmax. `dense` joins every
// entry; `topk` first finds each query's k best entries, of which it keeps the
// scores, and then reads the values of those alone.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/AttentionOutput.h"
#include "passes/LowerCPU/Kernels/Retrieve.h"

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
          std::clamp<int64_t>(kMaxListEntries / k, 1, 128)};
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
/// The top-k form of one tile: finds the winners and joins them.
class Winners {
public:
  Winners(KernelBuilder &b, AttentionTile &tile, const TileShape &shape,
          const TilePlace &place, MemoryAttentionOp op)
      : b(b), tile(tile), shape(shape), place(place), op(op),
        type(op.getMemory().getType()), bank(b, b.value(op.getMemory()), type),
        k(*op.getK()), list(b, b.scratch(b.getI64Type(), shape.rows() * k),
                            b.cst(k), shape.rows()),
        addresses(b.scratch(b.getI64Type(), shape.keys)) {}

  /// Retrieves, if the tile's head may, and joins what was found.
  void join(Value scale);
  /// Tells the runtime what one token's heads retrieved, if it wants to know.
  void report(Value scale);

private:
  Value base(Value row) { return b.mul(row, b.cst(k)); }
  void takePartial();
  void joinRow(Value row, Value scale);

  KernelBuilder &b;
  AttentionTile &tile;
  const TileShape &shape;
  const TilePlace &place;
  MemoryAttentionOp op;
  MemoryType type;
  MemoryBank bank;
  int64_t k;
  TopKList list;   ///< k elements per row
  Value addresses; ///< of some winners' values
};
} // namespace

void Winners::join(Value scale) {
  Retriever retriever(
      b, tile, shape, bank, type, scanOf(op.getStrategyAttr()), list,
      [&](Value row, Value, Value) { return base(row); }, k);
  retriever.begin(place);
  bank.whenHeard(place.group, [&] {
    if (op.getPartialScores()) {
      takePartial();
    } else {
      if (shape.tokens == 1) {
        retriever.recall(bank.count());
      }
      retriever.search(b.cst(0), bank.count());
    }
    int64_t bytes = rowBytes(type.getValueType(), shape.headDim);
    tile.forEachRow([&](Value row, Value, Value) {
      // One order, so that sums are the same however entries were found.
      list.sort(row, base(row));
      joinRow(row, scale);
      retriever.countBytes(b.mul(list.size(row), b.cst(bytes)));
    });
    retriever.report();
  });
}

/// Merges what was found in ranges of the memory.
void Winners::takePartial() {
  Value scores = b.buffer(op.getPartialScores());
  Value entries = b.buffer(op.getPartialEntries());
  Value ranges = b.dim(op.getPartialScores(), 0);
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  tile.forEachRow([&](Value row, Value, Value head) {
    b.loop(b.cst(0), ranges, 1, [&](Value range) {
      Value first = b.mul(b.at(head, range, shape.heads), b.cst(k));
      b.loop(first, b.add(first, b.cst(k)), 1, [&](Value i) {
        Value entry = b.load(entries, i);
        b.when(arith::CmpIOp::create(b, arith::CmpIPredicate::sge, entry, zero),
               [&] {
                 list.offer(
                     row, base(row), b.load(scores, i),
                     arith::IndexCastOp::create(b, b.getIndexType(), entry));
               });
      });
    });
  });
}

void Winners::joinRow(Value row, Value scale) {
  Rows values = pointerRows(b, Value(), type.getValueType(), shape.headDim);
  values.row = [&](Value entry) -> Value {
    return LLVM::IntToPtrOp::create(b,
                                    LLVM::LLVMPointerType::get(b.getContext()),
                                    b.load(addresses, entry));
  };
  values.prefetch = {};
  Value size = list.size(row);
  b.loop(b.cst(0), size, shape.keys, [&](Value from) {
    Value n = b.min(b.sub(size, from), b.cst(shape.keys));
    b.loop(b.cst(0), n, 1, [&](Value i) {
      Value winner = list.element(base(row), b.add(from, i));
      b.store(list.scoreOf(winner), tile.scores, b.add(tile.scoresOf(row), i));
      Value index =
          arith::IndexCastOp::create(b, b.getIndexType(), list.indexOf(winner));
      Segment segment = bank.find(index);
      Value address =
          bank.valueRow(segment, place.group, b.sub(index, segment.first));
      if (shape.tokens == 1) {
        prefetchRow(b, address, type.getValueType(), shape.headDim);
      }
      b.store(LLVM::PtrToIntOp::create(b, b.getI64Type(), address), addresses,
              i);
    });
    tile.joinScored(row, values, n, scale);
  });
}

void Winners::report(Value scale) {
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  Value winners = bank.winners();
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  Value none = arith::ConstantOp::create(b, b.getI64IntegerAttr(-1));
  Value wanted = arith::CmpIOp::create(
      b, arith::CmpIPredicate::ne,
      LLVM::PtrToIntOp::create(b, b.getI64Type(), winners), zero);
  b.when(wanted, [&] {
    // The fields of fot_winners.
    auto field = [&](int64_t number) {
      return loadFrom(b, pointer, bytePointer(b, winners, b.cst(8 * number)));
    };
    Value entries = field(0), logits = field(1), softmax = field(2);
    tile.forEachRow([&](Value row, Value, Value head) {
      Value first = b.mul(head, b.cst(k)), size = list.size(row);
      auto set = [&](Value i, Value entry, Value logit) {
        Value place = b.add(first, i);
        storeTo(b, entry, bytePointer(b, entries, place, 8));
        storeTo(b, logit, bytePointer(b, logits, place, 4));
      };
      b.loop(b.cst(0), size, 1, [&](Value i) {
        Value winner = list.element(base(row), i);
        set(i, list.indexOf(winner),
            arith::MulFOp::create(b, list.scoreOf(winner), scale));
      });
      b.loop(size, b.cst(k), 1, [&](Value i) { set(i, none, b.f32(0.0f)); });
      Value pair = bytePointer(b, softmax, head, 8);
      storeTo(b, tile.largestOf(row), pair);
      storeTo(b, tile.totalOf(row), bytePointer(b, pair, b.cst(4)));
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
  AttentionOutput output(b, shape, op.getInits()[0]);
  output.forEachTile(
      b.dim(op.getQueries(), 0), b.buffer(op.getQueries()),
      [&](AttentionTile &tile, const TilePlace &place) {
        std::optional<Winners> winners;
        if (topk) {
          winners.emplace(b, tile, shape, place, op);
          winners->join(scale);
        } else {
          MemoryBank bank(b, b.value(op.getMemory()), op.getMemory().getType());
          bank.whenHeard(place.group,
                         [&] { joinAll(b, tile, shape, place, op, scale); });
        }
        joinWindow(b, tile, shape, place, windowOf(b, op), scale);
        if (topk && shape.tokens == 1) {
          winners->report(scale);
        }
      });
  return success();
}

const KernelEmitter fot::memoryAttentionKernel = {items, body};
