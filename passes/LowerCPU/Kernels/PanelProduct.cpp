//===- PanelProduct.cpp - 16 weight rows times a few tokens ---------------===//

#include "passes/LowerCPU/Kernels/PanelProduct.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

FailureOr<PanelProduct> PanelProduct::get(KernelBuilder &b, Operation *op,
                                          Value input, Value weight) {
  auto weightType = cast<MemRefType>(weight.getType());
  auto panel = dyn_cast<PanelType>(weightType.getElementType());
  if (!panel) {
    op->emitOpError() << "expects packed weights, found " << weightType
                      << "; run fot-pack-weights first";
    return failure();
  }
  auto inputType = cast<MemRefType>(input.getType());
  bool blocks = isa<BlockType>(inputType.getElementType());
  if (blocks != (panel.getDepth() == BlockType::kValues)) {
    op->emitOpError() << "cannot multiply " << inputType << " with "
                      << weightType;
    return failure();
  }
  return PanelProduct{panel,
                      weightType.getDimSize(0),
                      weightType.getDimSize(1),
                      b.buffer(weight),
                      b.buffer(input),
                      inputType.getDimSize(1) * (blocks ? kA8Words : 1),
                      {}};
}

void fot::emitPanelTile(KernelBuilder &b, const PanelProduct &product,
                        Value panel, Value token, int64_t tokens,
                        const TileTarget &target) {
  Format format = product.type.getFormat();
  if (product.type.getDepth() == 1) {
    emitFloatTile(b, product, panel, token, tokens, target);
  } else if (product.amx.codes && tokens == kAmxTokens) {
    emitAmxTile(b, product, panel, target);
  } else if (b.level.hasVnni()) {
    emitVnniTile(b, product, panel, token, tokens, target);
  } else if (format == Format::Q5_1 || format == Format::Q6_0) {
    emitAvx2HalvesTile(b, product, panel, token, tokens, target);
  } else {
    emitAvx2Tile(b, product, panel, token, tokens, target);
  }
}

SmallVector<int64_t> fot::tokenTiles(const KernelBuilder &b, PanelType type,
                                     std::optional<StrategyAttr> strategy) {
  bool quantized = type.getDepth() == BlockType::kValues;
  int64_t largest = quantized ? 5 : 6;
  if (strategy) {
    largest = std::clamp<int64_t>(strategy->getTokens(), 1, 12);
  }
  // Strategies are for 16 registers; wide vectors come with 32.
  bool wide = quantized ? b.level.hasVnni() : b.level.hasAvx512();
  if (wide && largest > 1) {
    largest *= 2;
  }
  SmallVector<int64_t> tiles;
  bool amx = quantized && b.level.hasAmx() && largest > 1;
  if (amx) {
    tiles.push_back(kAmxTokens);
  }
  for (int64_t tile = largest; tile > 1; tile /= 2) {
    if (!amx || tile < kAmxTokens) {
      tiles.push_back(tile);
    }
  }
  tiles.push_back(1);
  return tiles;
}

void fot::forEachTokenTile(KernelBuilder &b, Value input,
                           ArrayRef<int64_t> tiles,
                           function_ref<void(Value, int64_t)> body) {
  int64_t total = KernelBuilder::staticDim(input, 0);
  if (!ShapedType::isDynamic(total)) {
    int64_t from = 0;
    for (int64_t tile : tiles) {
      int64_t to = total - (total - from) % tile;
      if (to - from == tile) {
        body(b.cst(from), tile);
      } else if (from < to) {
        b.loop(b.cst(from), b.cst(to), tile,
               [&](Value token) { body(token, tile); });
      }
      from = to;
    }
    return;
  }
  Value count = b.dim(input, 0);
  Value from = b.cst(0);
  for (int64_t tile : tiles) {
    Value rest = arith::RemUIOp::create(b, b.sub(count, from), b.cst(tile));
    Value to = b.sub(count, rest);
    b.loop(from, to, tile, [&](Value token) { body(token, tile); });
    from = to;
  }
}

void fot::prefetchWeights(KernelBuilder &b, const PanelProduct &product,
                          Value at, int64_t bytes) {
  // Far enough to cross into pages that the CPU itself does not look ahead to:
  // mapped files have small ones.
  constexpr int64_t kAhead = 8192;
  for (int64_t line = 0; line < bytes; line += kLineBytes) {
    Value ahead = b.add(at, b.cst(kAhead + line));
    memref::PrefetchOp::create(b, product.weights, ahead, /*isWrite=*/false,
                               /*localityHint=*/2, /*isDataCache=*/true);
  }
}

Value fot::loadFloats(KernelBuilder &b, const PanelProduct &product,
                      Value index, int64_t lanes) {
  Type element = b.getF32Type();
  if (product.type.getFormat() == Format::F16) {
    element = b.getF16Type();
  } else if (product.type.getFormat() == Format::BF16) {
    element = b.getBF16Type();
  }
  int64_t bytes = product.type.getBytes() / kPanelRows * lanes;
  Value raw = b.loadVector(product.weights, index, bytes);
  return toF32(
      b, vector::BitCastOp::create(b, VectorType::get({lanes}, element), raw));
}

Value fot::loadHalves(KernelBuilder &b, Value weights, Value index,
                      int64_t lanes) {
  Value bytes = b.loadVector(weights, index, 2 * lanes);
  return toF32(b, vector::BitCastOp::create(
                      b, VectorType::get({lanes}, b.getF16Type()), bytes));
}

Value fot::broadcastWord(KernelBuilder &b, Value blocks, Value index,
                         int64_t lanes, bool scale) {
  Value words = b.broadcast(b.load(blocks, index), lanes);
  if (!scale) {
    return words;
  }
  return vector::BitCastOp::create(b, VectorType::get({lanes}, b.getF32Type()),
                                   words);
}
