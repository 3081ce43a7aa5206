//===- Matmul.cpp - the kernel of fot.matmul ------------------------------===//
//
// Work items are runs of panels. Each panel meets all tokens before the next
// one is read, so that weights come from memory once; with AMX a few panels do
// so together. Rope needs whole heads,
// so then an item covers a multiple of the head dimension.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/BestToken.h"
#include "passes/LowerCPU/Kernels/PanelAmx.h"
#include "passes/LowerCPU/Kernels/PanelProduct.h"
#include "passes/LowerCPU/Kernels/PanelStore.h"
#include "passes/LowerCPU/Kernels/RopeRow.h"

#include <numeric>

using namespace mlir;
using namespace mlir::fot;

/// Panels that one item covers.
static int64_t panelsPerItem(MatmulOp op) {
  int64_t grain = op.getStrategy() ? op.getStrategy()->getGrain() : 1;
  grain = std::max<int64_t>(grain, 1);
  if (std::optional<int64_t> headDim = op.getHeadDim()) {
    int64_t unit = std::lcm(*headDim, kPanelRows) / kPanelRows;
    grain = (grain + unit - 1) / unit * unit;
  }
  return grain;
}

static Value items(ImplicitLocOpBuilder &builder, Operation *op,
                   KernelEmitter::Dim) {
  auto matmul = cast<MatmulOp>(op);
  if (op->hasAttr(kBestAttr)) {
    int64_t features = KernelBuilder::staticDim(matmul.getInits()[0], 1);
    return arith::ConstantIndexOp::create(builder, bestTokenItems(features));
  }
  int64_t panels = KernelBuilder::staticDim(matmul.getWeight(), 0);
  int64_t grain = panelsPerItem(matmul);
  return arith::ConstantIndexOp::create(builder, (panels + grain - 1) / grain);
}

static LogicalResult body(KernelBuilder &b, Operation *op) {
  auto matmul = cast<MatmulOp>(op);
  FailureOr<PanelProduct> product =
      PanelProduct::get(b, op, matmul.getInput(), matmul.getWeight());
  if (failed(product)) {
    return failure();
  }
  Value init = matmul.getInits()[0];
  int64_t features = KernelBuilder::staticDim(init, 1);
  int64_t grain = panelsPerItem(matmul);
  bool rope = matmul.getHeadDim().has_value();
  Value out = b.buffer(init);
  if (op->hasAttr(kBestAttr)) {
    emitBestTokens(b, *product, out, features);
    return success();
  }
  Value residual =
      matmul.getResidual() ? b.buffer(matmul.getResidual()) : Value();

  SmallVector<int64_t> tiles =
      tokenTiles(b, product->type, matmul.getStrategy());
  Value tile = b.scratch(b.getF32Type(), tiles[0] * kPanelRows);
  TileTarget target{tile, b.cst(0), kPanelRows};
  AmxTiles amx(b, matmul.getInput(), {&*product}, tiles, 8);
  amx.begin();

  auto panelsTimesTokens = [&](Value from, Value to) {
    b.loop(from, to, amx.run(), [&](Value first) {
      Value last = b.min(b.add(first, b.cst(amx.run())), to);
      amx.unpack(first, last);
      forEachTokenTile(
          b, matmul.getInput(), tiles, [&](Value token, int64_t tokens) {
            auto multiply = [&](Value panel) {
              emitPanelTile(b, *product, panel, token, tokens, target);
              storePanelRows(b, panel, token, tokens, target, out, features,
                             rope ? Value() : residual);
            };
            amx.gather(token, tokens);
            if (amx.run() == 1) {
              multiply(first);
            } else {
              b.loop(first, last, 1, multiply);
            }
          });
    });
  };
  auto panelsBefore = [&](Value item) {
    return b.min(b.mul(item, b.cst(grain)), b.cst(product->panels));
  };
  if (!rope) {
    panelsTimesTokens(panelsBefore(b.begin), panelsBefore(b.end));
    amx.end();
    return success();
  }

  int64_t headDim = *matmul.getHeadDim();
  Value table = b.buffer(matmul.getTable());
  Value position = b.value(matmul.getPosition());
  auto featuresBefore = [&](Value item) {
    return b.min(b.mul(item, b.cst(grain * kPanelRows)), b.cst(features));
  };
  b.loop(b.begin, b.end, 1, [&](Value item) {
    Value next = b.add(item, b.cst(1));
    panelsTimesTokens(panelsBefore(item), panelsBefore(next));
    Value first = featuresBefore(item), last = featuresBefore(next);
    Value count = b.dim(matmul.getInput(), 0);
    b.loop(b.cst(0), count, 1, [&](Value token) {
      Value angles = b.mul(b.add(position, token), b.cst(headDim));
      b.loop(first, last, headDim, [&](Value feature) {
        Row row{out, b.at(feature, token, features)};
        rotateHead(b, row, row, {table, angles}, headDim,
                   residual ? std::optional<Row>({residual, row.index})
                            : std::nullopt);
      });
    });
  });
  amx.end();
  return success();
}

const KernelEmitter fot::matmulKernel = {items, body};
