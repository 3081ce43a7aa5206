//===- ProductRows.cpp - rows of products ---------------------------------===//

#include "passes/LowerCPU/Kernels/ProductRows.h"

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

ProductRows::ProductRows(KernelBuilder &b, PanelProduct &product, Value input,
                         std::optional<StrategyAttr> strategy, Value out,
                         int64_t features, Value residual)
    : b(b), product(product), input(input), out(out), residual(residual),
      features(features), tiles(tokenTiles(b, product.type, strategy)),
      target{b.scratch(b.getF32Type(), tiles[0] * kPanelRows), b.cst(0),
             kPanelRows},
      amx(b, input, {&product}, tiles, kRun) {
  amx.begin();
}

void ProductRows::compute(Value from, Value to) {
  b.loop(from, to, amx.run(), [&](Value first) {
    Value last = b.min(b.add(first, b.cst(amx.run())), to);
    amx.unpack(first, last);
    forEachTokenTile(b, input, tiles, [&](Value token, int64_t tokens) {
      auto multiply = [&](Value panel) {
        emitPanelTile(b, product, panel, token, tokens, target);
        storePanelRows(b, panel, token, tokens, target, out, features,
                       residual);
      };
      amx.gather(token, tokens);
      if (amx.run() == 1) {
        multiply(first);
      } else {
        b.loop(first, last, 1, multiply);
      }
    });
  });
}
