//===- BestToken.cpp - the head of a greedy decode ------------------------===//
//
// A product whose numbers are not wanted, only which is the largest: each work
// item covers FOT_BEST_TOKENS of them and leaves the largest and its place. Of
// equals the first wins; what is no number only wins where nothing else is,
// and there the last, as the runtime's search has it.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/BestToken.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "runtime/include/fot/kernel_abi.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

static_assert(FOT_BEST_TOKENS % kPanelRows == 0);

int64_t fot::bestTokenItems(int64_t features) {
  return (features + FOT_BEST_TOKENS - 1) / FOT_BEST_TOKENS;
}

static Value either(KernelBuilder &b, Value x, Value y) {
  return arith::OrIOp::create(b, x, y);
}
static Value both(KernelBuilder &b, Value x, Value y) {
  return arith::AndIOp::create(b, x, y);
}
static SmallVector<Value> select(KernelBuilder &b, Value take, ValueRange taken,
                                 ValueRange kept) {
  return {arith::SelectOp::create(b, take, taken[0], kept[0]),
          arith::SelectOp::create(b, take, taken[1], kept[1])};
}

/// `best` after a panel's numbers, lane by lane; places only grow.
static SmallVector<Value> meetPanel(KernelBuilder &b, Value numbers,
                                    Value panel, int64_t features,
                                    ValueRange best) {
  SmallVector<int32_t> lanes = llvm::to_vector(llvm::seq<int32_t>(kPanelRows));
  Value first = arith::IndexCastOp::create(b, b.getI32Type(),
                                           b.mul(panel, b.cst(kPanelRows)));
  Value places = b.add(b.broadcast(first, kPanelRows),
                       arith::ConstantOp::create(b, b.getI32VectorAttr(lanes)));
  Value take =
      either(b, compare(b, arith::CmpFPredicate::OGT, numbers, best[0]),
             compare(b, arith::CmpFPredicate::UNO, best[0], best[0]));
  if (features % kPanelRows != 0) {
    Value end = b.broadcast(b.i32(features), kPanelRows);
    take = both(b, take, compare(b, arith::CmpIPredicate::slt, places, end));
  }
  return select(b, take, {numbers, places}, best);
}

/// The better of two, whose places may have any order.
static SmallVector<Value> better(KernelBuilder &b, ValueRange best,
                                 ValueRange other) {
  using F = arith::CmpFPredicate;
  using I = arith::CmpIPredicate;
  Value larger = compare(b, F::OGT, other[0], best[0]);
  Value earlier = both(b, compare(b, F::OEQ, other[0], best[0]),
                       compare(b, I::slt, other[1], best[1]));
  Value real = either(b, compare(b, F::ORD, other[0], other[0]),
                      compare(b, I::sgt, other[1], best[1]));
  Value first = both(b, compare(b, F::UNO, best[0], best[0]), real);
  return select(b, either(b, either(b, larger, earlier), first), other, best);
}

void fot::emitBestTokens(KernelBuilder &b, const PanelProduct &product,
                         Value out, int64_t features) {
  constexpr int64_t panelsPerItem = FOT_BEST_TOKENS / kPanelRows;
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  Value tile = b.scratch(b.getF32Type(), kPanelRows);
  Value numbers = b.scratch(b.getF32Type(), kPanelRows);
  Value places = b.scratch(b.getI32Type(), kPanelRows);
  TileTarget target{tile, b.cst(0), kPanelRows};
  b.loop(b.begin, b.end, 1, [&](Value item) {
    Value first = b.mul(item, b.cst(panelsPerItem));
    Value last =
        b.min(b.add(first, b.cst(panelsPerItem)), b.cst(product.panels));
    // Nothing found: any number is better, and any place.
    Value none = b.i32(-1);
    SmallVector<Value> best =
        b.loop(first, last, 1,
               {b.splat(nan, kPanelRows), b.broadcast(none, kPanelRows)},
               [&](Value panel, ValueRange carried) {
                 emitPanelTile(b, product, panel, b.cst(0), 1, target);
                 return meetPanel(b, b.loadVector(tile, b.cst(0), kPanelRows),
                                  panel, features, carried);
               });
    b.storeVector(best[0], numbers, b.cst(0));
    b.storeVector(best[1], places, b.cst(0));
    SmallVector<Value> found =
        b.loop(b.cst(0), b.cst(kPanelRows), 1, {b.f32(nan), none},
               [&](Value lane, ValueRange carried) {
                 return better(b, carried,
                               {b.load(numbers, lane), b.load(places, lane)});
               });
    Value at = b.mul(item, b.cst(2));
    b.store(found[0], out, at);
    b.store(arith::BitcastOp::create(b, b.getF32Type(), found[1]), out,
            b.add(at, b.cst(1)));
  });
}
