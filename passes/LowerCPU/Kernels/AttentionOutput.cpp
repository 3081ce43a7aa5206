//===- AttentionOutput.cpp - parts that the attention kernels share -------===//

#include "passes/LowerCPU/Kernels/AttentionOutput.h"
#include "passes/LowerCPU/Kernels/A8.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

static void joinParts(KernelBuilder &b, AttentionTile &tile,
                      const TileShape &shape, const Window &window) {
  Value blocks =
      b.add(arith::DivUIOp::create(b, window.position, b.cst(window.block)),
            b.cst(1));
  tile.forEachRow([&](Value row, Value, Value head) {
    b.loop(b.cst(0), blocks, 1, [&](Value number) {
      tile.joinPart(
          row, b.buffer(window.parts),
          b.mul(b.at(head, number, shape.heads), b.cst(shape.headDim + 2)));
    });
  });
}

void fot::joinWindow(KernelBuilder &b, AttentionTile &tile,
                     const TileShape &shape, const TilePlace &place,
                     const Window &window, Value scale) {
  if (window.parts) {
    return joinParts(b, tile, shape, window);
  }
  Value capacity = b.dim(window.keys, 1);
  Value seenByFirst = b.add(b.add(window.position, place.firstToken), b.cst(1));
  Value seenByLast = b.sub(b.add(seenByFirst, place.liveTokens), b.cst(1));
  Value start = b.mul(place.group, capacity);
  b.loop(b.cst(0), seenByLast, shape.keys, [&](Value from) {
    Value n = b.min(b.sub(seenByLast, from), b.cst(shape.keys));
    Value base = b.mul(b.add(start, from), b.cst(shape.headDim));
    tile.join(
        bufferRows(b, b.buffer(window.keys), base, shape.headDim),
        bufferRows(b, b.buffer(window.values), base, shape.headDim), n, scale,
        [&](Value token) { return b.sub(b.add(seenByFirst, token), from); });
  });
}

static bool isBlocks(Value init) {
  return isa<BlockType>(cast<MemRefType>(init.getType()).getElementType());
}

bool AttentionOutput::needsWhole(const TileShape &shape, Value init) {
  return isBlocks(init) && shape.width() % BlockType::kValues != 0;
}

AttentionOutput::AttentionOutput(KernelBuilder &b, const TileShape &shape,
                                 Value init)
    : b(b), shape(shape), buffer(b.buffer(init)),
      whole(needsWhole(shape, init)) {
  if (isBlocks(init)) {
    rows = b.scratch(b.getF32Type(),
                     shape.tokens * (whole ? shape.features() : shape.width()));
  }
}

void AttentionOutput::storeBlocks(const TilePlace &place, int64_t width,
                                  Value firstHead) {
  int64_t wordsOfToken = a8Blocks(shape.features()) * kA8Words;
  Value firstBlock = arith::DivUIOp::create(
      b, b.mul(firstHead, b.cst(shape.headDim)), b.cst(BlockType::kValues));
  b.loop(b.cst(0), place.liveTokens, 1, [&](Value token) {
    Value word =
        b.at(b.mul(b.add(place.firstToken, token), b.cst(wordsOfToken)),
             firstBlock, kA8Words);
    Value from = b.mul(token, b.cst(width));
    storeA8Row(b, width, buffer, word,
               [&](Value index, int64_t count, int64_t lanes) {
                 return loadPart(b, rows, b.add(from, index), count, lanes);
               });
  });
}

void AttentionOutput::forEachTile(
    Value numTokens, Value queries,
    function_ref<void(AttentionTile &, const TilePlace &)> join) {
  AttentionTile tile(b, shape);
  auto body = [&](const TilePlace &place) {
    tile.begin(queries, place);
    join(tile, place);
    int64_t width = rows && !whole ? shape.width() : shape.features();
    tile.store(rows ? rows : buffer, [&](Value token, Value head) {
      if (rows) {
        token = b.sub(token, place.firstToken);
      }
      if (rows && !whole) {
        head = b.sub(head, place.firstHead);
      }
      return b.at(b.mul(token, b.cst(width)), head, shape.headDim);
    });
    if (rows && !whole) {
      storeBlocks(place, width, place.firstHead);
    }
  };
  if (!whole) {
    fot::forEachTile(b, shape, numTokens, body);
    return;
  }
  fot::forEachTile(b, shape, numTokens, body, [&](const TilePlace &place) {
    storeBlocks(place, shape.features(), b.cst(0));
  });
}
