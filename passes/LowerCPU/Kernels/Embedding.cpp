//===- Embedding.cpp - the kernel of fot.embedding ------------------------===//
//
// A row of a packed table is one of 16 interleaved ones.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/PanelProduct.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

static Value items(ImplicitLocOpBuilder &, Operation *op,
                   KernelEmitter::Dim dim) {
  return dim(cast<EmbeddingOp>(op).getTokens(), 0);
}

namespace {
/// Copies one row, as f32, to `out` from `to` on.
struct RowReader {
  KernelBuilder &b;
  Value table, out;
  int64_t features;

  /// The f16 at byte `at`, in four lanes.
  Value half(Value at) {
    Value number = vector::ExtractOp::create(b, loadHalves(b, table, at, 1),
                                             ArrayRef<int64_t>{0});
    return b.broadcast(number, 4);
  }

  void readPlain(Value id, Value to) {
    Value row = b.mul(id, b.cst(features));
    int64_t lanes = b.level.lanes();
    int64_t full = features / lanes * lanes;
    forEachVector(b, full, lanes, [&](Value i, int64_t) {
      b.storeVector(loadF32(b, table, b.add(row, i), lanes), out, b.add(to, i));
    });
    b.loop(b.cst(full), b.cst(features), 1, [&](Value i) {
      b.storeVector(loadF32(b, table, b.add(row, i), 1), out, b.add(to, i));
    });
  }

  void readFloats(PanelType type, Value panel, Value row, Value to) {
    int64_t bytes = type.getBytes(), size = bytes / kPanelRows;
    Type element = b.getF32Type();
    if (type.getFormat() == Format::F16) {
      element = b.getF16Type();
    } else if (type.getFormat() == Format::BF16) {
      element = b.getBF16Type();
    }
    Value first = b.at(b.mul(row, b.cst(size)), panel, features * bytes);
    b.loop(b.cst(0), b.cst(features), 1, [&](Value k) {
      Value raw = b.loadVector(table, b.at(first, k, bytes), size);
      Value number =
          vector::BitCastOp::create(b, VectorType::get({1}, element), raw);
      b.storeVector(toF32(b, number), out, b.add(to, k));
    });
  }

  /// The first `count` numbers of the block at byte `at`; `row` in the panel.
  void readBlock(PanelType type, Value at, Value row, Value to, int64_t count) {
    Value rowHalf = b.at(at, row, 2), rowWord = b.at(at, row, 4);
    auto words = VectorType::get({4}, b.getI32Type());
    auto splat = [&](int64_t number) {
      return splatInt(b, b.getI32Type(), number, 4);
    };
    Value scale, least;
    if (type.hasMinimum()) {
      least = half(b.add(rowHalf, b.cst(type.getMinimaAt())));
    }
    for (int64_t g = 0; g * 4 < count; ++g) {
      if (g * 4 % type.getScaledInputs() == 0) {
        scale = half(b.add(rowHalf, b.cst(type.getScalesAt(g / 4))));
      }
      Value codes;
      for (PanelPiece piece : type.getPieces(g)) {
        Value code =
            b.loadVector(table, b.add(rowWord, b.cst(piece.offset)), 4);
        code = arith::ExtUIOp::create(b, words, code);
        code = arith::ShRUIOp::create(b, code, splat(piece.shift));
        code = arith::AndIOp::create(b, code, splat(piece.mask));
        codes = codes ? arith::OrIOp::create(b, codes, code).getResult() : code;
      }
      Value numbers = toF32(b, b.sub(codes, splat(type.getZero())));
      numbers = least ? b.fma(numbers, scale, least)
                      : arith::MulFOp::create(b, numbers, scale).getResult();
      storePart(b, numbers, out, b.add(to, b.cst(g * 4)),
                std::min<int64_t>(4, count - g * 4));
    }
  }

  void readBlocks(PanelType type, Value panel, Value row, Value to) {
    int64_t steps = (features + 31) / 32;
    Value first = b.mul(panel, b.cst(steps * type.getBytes()));
    forEachVector(b, features, 32, [&](Value feature, int64_t count) {
      Value step = arith::DivUIOp::create(b, feature, b.cst(32));
      readBlock(type, b.at(first, step, type.getBytes()), row,
                b.add(to, feature), count);
    });
  }
};
} // namespace

static LogicalResult body(KernelBuilder &b, Operation *op) {
  auto embedding = cast<EmbeddingOp>(op);
  Value init = embedding.getInits()[0];
  RowReader reader{b, b.buffer(embedding.getTable()), b.buffer(init),
                   KernelBuilder::staticDim(init, 1)};
  Type element =
      cast<MemRefType>(embedding.getTable().getType()).getElementType();
  if (isa<BlockType>(element)) {
    return op->emitOpError() << "expects a packed table, found one of "
                             << element << "; run fot-pack-weights first";
  }
  Value tokens = b.buffer(embedding.getTokens());
  b.loop(b.begin, b.end, 1, [&](Value token) {
    Value id = arith::IndexCastUIOp::create(b, b.getIndexType(),
                                            b.load(tokens, token));
    Value to = b.mul(token, b.cst(reader.features));
    auto type = dyn_cast<PanelType>(element);
    if (!type) {
      reader.readPlain(id, to);
      return;
    }
    Value rows = b.cst(kPanelRows);
    Value panel = arith::DivUIOp::create(b, id, rows);
    Value row = arith::RemUIOp::create(b, id, rows);
    if (type.getDepth() == 1) {
      reader.readFloats(type, panel, row, to);
    } else {
      reader.readBlocks(type, panel, row, to);
    }
  });
  return success();
}

const KernelEmitter fot::embeddingKernel = {items, body};
