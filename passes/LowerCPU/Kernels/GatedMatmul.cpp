//===- GatedMatmul.cpp - the kernel of fot.gated_matmul -------------------===//
//
// Work items are runs of panels: for a8 results two panels, which make one
// block. The products with gate and up stay in a tile on the stack until they
// are joined. A single token reads long runs of gate and then of up, because
// each jump between the two streams costs more than a panel's bytes.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/A8.h"
#include "passes/LowerCPU/Kernels/PanelAmx.h"
#include "passes/LowerCPU/Kernels/PanelAmxFloat.h"
#include "passes/LowerCPU/Kernels/PanelProduct.h"
#include "passes/LowerCPU/Kernels/PanelStore.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

static bool writesBlocks(GatedMatmulOp op) {
  auto type = cast<MemRefType>(op.getInits()[0].getType());
  return isa<BlockType>(type.getElementType());
}

/// Panels that one item covers: even for a8 results.
static int64_t panelsPerItem(GatedMatmulOp op) {
  int64_t grain = op.getStrategy() ? op.getStrategy()->getGrain() : 1;
  // 8 keep the tile on the stack small.
  grain = std::clamp<int64_t>(grain, 1, 8);
  return writesBlocks(op) ? (grain + 1) / 2 * 2 : grain;
}

static Value items(ImplicitLocOpBuilder &builder, Operation *op,
                   KernelEmitter::Dim) {
  auto gated = cast<GatedMatmulOp>(op);
  int64_t panels = KernelBuilder::staticDim(gated.getGate(), 0);
  int64_t grain = panelsPerItem(gated);
  return arith::ConstantIndexOp::create(builder, (panels + grain - 1) / grain);
}

namespace {
/// Joins tiles of gate and up, both of which begin at element `start` and have
/// `stride` features between tokens.
struct Joiner {
  KernelBuilder &b;
  Value gate, up, out;
  int64_t features, panels, stride;
  Value start;

  Value join(Value at, int64_t lanes) {
    Value g = b.loadVector(gate, at, lanes);
    Value u = b.loadVector(up, at, lanes);
    return arith::MulFOp::create(b, siluVector(b, g), u);
  }

  /// Panels [first, end) of tokens [token, token + tokens) as f32.
  void storeRows(Value first, Value end, Value token, int64_t tokens) {
    int64_t lanes = b.level.lanes();
    Value count = b.mul(b.sub(end, first), b.cst(kPanelRows));
    b.loop(b.cst(0), b.cst(tokens), 1, [&](Value t) {
      Value row = b.at(start, t, stride);
      b.loop(b.cst(0), count, lanes, [&](Value r) {
        Value at = b.add(row, r);
        b.storeVector(join(at, lanes), gate, at);
      });
    });
    b.loop(first, end, 1, [&](Value panel) {
      TileTarget tile{gate, b.at(start, b.sub(panel, first), kPanelRows),
                      stride};
      storePanelRows(b, panel, token, tokens, tile, out, features, Value());
    });
  }

  void store(Value first, Value end, Value token, int64_t tokens, bool blocks) {
    if (blocks) {
      storeBlocks(first, end, token, tokens);
    } else {
      storeRows(first, end, token, tokens);
    }
  }

  /// The same as a8 blocks; `first` is even.
  void storeBlocks(Value first, Value end, Value token, int64_t tokens) {
    int64_t lanes = b.level.lanes();
    if (panels % 2 != 0) {
      // The second half of the last block.
      Value last = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, end,
                                         b.cst(panels));
      b.when(last, [&] {
        Value rest = b.at(start, b.sub(end, first), kPanelRows);
        for (int64_t t = 0; t < tokens; ++t) {
          for (Value buffer : {gate, up}) {
            b.storeVector(b.splat(0.0f, kPanelRows), buffer,
                          b.add(rest, b.cst(t * stride)));
          }
        }
      });
    }
    Value firstBlock = arith::DivUIOp::create(b, first, b.cst(2));
    Value blocks = arith::CeilDivUIOp::create(b, b.sub(end, first), b.cst(2));
    b.loop(b.cst(0), b.cst(tokens), 1, [&](Value t) {
      Value row = b.at(firstBlock, b.add(token, t), a8Blocks(features));
      b.loop(b.cst(0), blocks, 1, [&](Value block) {
        Value at = b.at(b.at(start, t, stride), block, 32);
        SmallVector<Value> values;
        for (int64_t i = 0; i < 32; i += lanes) {
          values.push_back(join(b.add(at, b.cst(i)), lanes));
        }
        storeA8Block(b, values, out, b.mul(b.add(row, block), b.cst(kA8Words)));
      });
    });
  }
};
} // namespace

/// Multiplies panels [begin, end) of gate and up with all tokens in register
/// tiles, or with quantised weights in AMX tiles, and joins each tile.
static void multiplyPanels(KernelBuilder &b, GatedMatmulOp gated,
                           PanelProduct &gate, PanelProduct &up, Value begin,
                           Value end, Joiner joiner) {
  Value input = gated.getInput();
  SmallVector<int64_t> tiles = tokenTiles(b, gate.type, gated.getStrategy());
  int64_t grain = panelsPerItem(gated), run = grain;
  if (KernelBuilder::staticDim(input, 0) == 1) {
    tiles = {1};
    run = 64 / grain * grain;
  }
  AmxTiles amx(b, input, {&gate, &up}, tiles, run);
  if (amx.run() > 1) {
    run = amx.run() / 2 * 2; // whole blocks
  }
  amx.begin();
  joiner.stride = run * kPanelRows;
  joiner.gate = b.scratch(b.getF32Type(), tiles[0] * joiner.stride);
  joiner.up = b.scratch(b.getF32Type(), tiles[0] * joiner.stride);
  joiner.start = b.cst(0);
  b.loop(begin, end, run, [&](Value first) {
    Value last = b.min(b.add(first, b.cst(run)), end);
    amx.unpack(first, last);
    forEachTokenTile(b, input, tiles, [&](Value token, int64_t tokens) {
      amx.gather(token, tokens);
      for (auto [product, buffer] :
           {std::pair(&gate, joiner.gate), std::pair(&up, joiner.up)}) {
        b.loop(first, last, 1,
               [&, product = product, buffer = buffer](Value panel) {
                 TileTarget target{
                     buffer, b.mul(b.sub(panel, first), b.cst(kPanelRows)),
                     joiner.stride};
                 emitPanelTile(b, *product, panel, token, tokens, target);
               });
      }
      joiner.store(first, last, token, tokens, writesBlocks(gated));
    });
  });
  amx.end();
}

static LogicalResult body(KernelBuilder &b, Operation *op) {
  auto gated = cast<GatedMatmulOp>(op);
  Value input = gated.getInput(), init = gated.getInits()[0];
  FailureOr<PanelProduct> gate =
      PanelProduct::get(b, op, input, gated.getGate());
  FailureOr<PanelProduct> up = PanelProduct::get(b, op, input, gated.getUp());
  if (failed(gate) || failed(up)) {
    return failure();
  }
  int64_t grain = panelsPerItem(gated);
  Value begin = b.mul(b.begin, b.cst(grain));
  Value end = b.min(b.mul(b.end, b.cst(grain)), b.cst(gate->panels));
  Joiner joiner{b,
                Value(),
                Value(),
                b.buffer(init),
                static_cast<int64_t>(gated.getFeatures()),
                gate->panels,
                0,
                Value()};
  FloatTiles floats(b, input, {&*gate, &*up}, gated.getStrategy());
  floats.multiply(
      begin, end,
      [&](Value first, Value last, Value token, int64_t tokens, Value index) {
        joiner.gate = floats.sums(0);
        joiner.up = floats.sums(1);
        joiner.stride = floats.stride();
        joiner.start = index;
        joiner.store(first, last, token, tokens, writesBlocks(gated));
      },
      [&] { multiplyPanels(b, gated, *gate, *up, begin, end, joiner); });
  return success();
}

const KernelEmitter fot::gatedMatmulKernel = {items, body};
