//===- ProductRows.cpp - rows of products ---------------------------------===//

#include "passes/LowerCPU/Kernels/ProductRows.h"

#include "passes/LowerCPU/Kernels/PanelAmx.h"
#include "passes/LowerCPU/Kernels/PanelAmxFloat.h"
#include "passes/LowerCPU/Kernels/PanelStore.h"

#include <numeric>

using namespace mlir;
using namespace mlir::fot;

/// Panels of a run with AMX.
constexpr int64_t kRun = 8;

int64_t fot::panelsPerItem(std::optional<StrategyAttr> strategy, int64_t unit) {
  int64_t grain = strategy ? strategy->getGrain() : 1;
  int64_t panels = std::lcm(unit, kPanelRows) / kPanelRows;
  return llvm::alignTo(std::max<int64_t>(grain, 1), panels);
}

Work fot::productWork(Value weight, int64_t panels) {
  auto type = cast<MemRefType>(weight.getType());
  auto panel = dyn_cast<PanelType>(type.getElementType());
  // Weights that are not packed are refused by the kernel.
  int64_t bytes = panel ? type.getDimSize(1) * panel.getBytes() : 1;
  return {static_cast<int64_t>(llvm::divideCeil(type.getDimSize(0), panels)),
          panels * bytes};
}

/// Takes a tile of sums.
using StoreTile = function_ref<void(Value panel, Value token, int64_t tokens,
                                    const TileTarget &sums)>;

/// In register tiles, or with quantised weights in AMX tiles.
static void multiplyPanels(KernelBuilder &b, PanelProduct &product, Value input,
                           std::optional<StrategyAttr> strategy, Value from,
                           Value to, StoreTile store) {
  SmallVector<int64_t> tiles = tokenTiles(b, product.type, strategy);
  Value tile = b.scratch(b.getF32Type(), tiles[0] * kPanelRows);
  TileTarget target{tile, b.cst(0), kPanelRows};
  AmxTiles amx(b, input, {&product}, tiles, kRun);
  amx.begin();
  b.loop(from, to, amx.run(), [&](Value first) {
    Value last = b.min(b.add(first, b.cst(amx.run())), to);
    amx.unpack(first, last);
    forEachTokenTile(b, input, tiles, [&](Value token, int64_t tokens) {
      auto multiply = [&](Value panel) {
        emitPanelTile(b, product, panel, token, tokens, target);
        store(panel, token, tokens, target);
      };
      amx.gather(token, tokens);
      if (amx.run() == 1) {
        multiply(first);
      } else {
        b.loop(first, last, 1, multiply);
      }
    });
  });
  amx.end();
}

PanelRange::PanelRange(KernelBuilder &b, const PanelProduct &product,
                       int64_t panelsPerItem, int64_t features) {
  auto before = [&](Value item, int64_t perItem, int64_t all) {
    return b.min(b.mul(item, b.cst(perItem)), b.cst(all));
  };
  firstPanel = before(b.begin, panelsPerItem, product.panels);
  endPanel = before(b.end, panelsPerItem, product.panels);
  firstFeature = before(b.begin, panelsPerItem * kPanelRows, features);
  endFeature = before(b.end, panelsPerItem * kPanelRows, features);
}

void fot::emitProductRows(KernelBuilder &b, PanelProduct &product, Value input,
                          std::optional<StrategyAttr> strategy,
                          const PanelRange &range, const RowTarget &target) {
  Value from = range.firstPanel, to = range.endPanel;
  auto store = [&](Value panel, Value token, int64_t tokens,
                   const TileTarget &sums) {
    storePanelRows(b, panel, token, tokens, sums, target.out, target.features,
                   target.residual);
  };
  FloatTiles floats(b, input, {&product}, strategy);
  floats.multiply(
      from, to,
      [&](Value first, Value last, Value token, int64_t tokens, Value index) {
        b.loop(first, last, 1, [&](Value panel) {
          Value at = b.at(index, b.sub(panel, first), kPanelRows);
          store(panel, token, tokens, {floats.sums(0), at, floats.stride()});
        });
      },
      [&] { multiplyPanels(b, product, input, strategy, from, to, store); });
}
