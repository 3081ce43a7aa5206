//===- PanelCodes.cpp - codes of quantised panels on a GPU ----------------===//

#include "passes/LowerGPU/Kernels/PanelCodes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// `number` in each byte.
static int32_t inBytes(int64_t number) {
  return static_cast<int32_t>(static_cast<uint32_t>(number) * 0x01010101u);
}

/// (word >> shift) & mask, or-ed to `codes` if there are any.
static Value addPiece(GpuKernel &b, Value codes, Value word, Value shift,
                      Value mask) {
  Value moved = arith::ShRUIOp::create(b, word, shift);
  Value part = arith::AndIOp::create(b, moved, mask);
  return codes ? arith::OrIOp::create(b, codes, part).getResult() : part;
}

Value mlir::fot::joinPieces(GpuKernel &b, ArrayRef<PanelPiece> pieces,
                            bool four,
                            function_ref<Value(int64_t offset)> read) {
  Value codes;
  for (PanelPiece piece : pieces) {
    codes = addPiece(b, codes, read(piece.offset), b.i32(piece.shift),
                     b.i32(four ? inBytes(piece.mask) : piece.mask));
  }
  return codes;
}

Value mlir::fot::joinPiecesOf(GpuKernel &b, PanelType type, int64_t first,
                              int64_t count, Value group, bool four,
                              function_ref<Value(Value)> read) {
  SmallVector<SmallVector<PanelPiece, 3>> pieces;
  size_t most = 0;
  for (int64_t g = first; g < first + count; ++g) {
    pieces.push_back(type.getPieces(g));
    most = std::max(most, pieces.back().size());
  }
  Value codes;
  for (size_t i = 0; i < most; ++i) {
    // A constant of each group, chosen by compares.
    auto chosen = [&](function_ref<int64_t(PanelPiece)> field) {
      SmallVector<int64_t> numbers;
      for (const auto &each : pieces) {
        // What has fewer pieces takes no bits of its first one again.
        numbers.push_back(field(
            i < each.size() ? each[i] : PanelPiece{each[0].offset, 0, 0}));
      }
      Value result = b.i32(numbers.back());
      for (int64_t g = count - 1; g > 0; --g) {
        if (numbers[g - 1] != numbers[g]) {
          result = b.select(b.lt(group, g), b.i32(numbers[g - 1]), result);
        }
      }
      return result;
    };
    Value offset = chosen([](PanelPiece piece) { return piece.offset; });
    Value shift = chosen([](PanelPiece piece) { return piece.shift; });
    Value mask = chosen([&](PanelPiece piece) -> int64_t {
      return four ? inBytes(piece.mask) : piece.mask;
    });
    codes = addPiece(b, codes, read(offset), shift, mask);
  }
  return codes;
}

Value mlir::fot::signedCodes(GpuKernel &b, PanelType type, Value codes) {
  if (type.getZero() == 0) {
    return codes;
  }
  Value top = b.i32(inBytes(0x80));
  if (type.getZero() == 128) {
    return arith::XOrIOp::create(b, codes, top);
  }
  // Codes are below 128; with the top bit set no byte borrows from the next.
  Value less = b.sub(arith::OrIOp::create(b, codes, top),
                     b.i32(inBytes(type.getZero())));
  return arith::XOrIOp::create(b, less, top);
}
