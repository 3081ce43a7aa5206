//===- ArgMax.cpp - the largest number of each row, on a GPU --------------===//
//
// No op becomes this kernel: the runtime launches it behind an entry point, so
// that a token id leaves the device in place of the logits. A block a row; the
// first of equal numbers wins, and what is not a number never does.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/ArgMax.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

namespace {
struct Best {
  Value number, place;
};
} // namespace

/// The better of two; places behind the row's end stand for nothing found.
static Best better(GpuKernel &b, Best one, Best other) {
  auto compare = [&](arith::CmpFPredicate predicate) -> Value {
    return arith::CmpFOp::create(b, predicate, other.number, one.number);
  };
  Value larger = compare(arith::CmpFPredicate::OGT);
  Value earlier =
      b.both(compare(arith::CmpFPredicate::OEQ), b.lt(other.place, one.place));
  Value take = arith::OrIOp::create(b, larger, earlier);
  return {b.select(take, other.number, one.number),
          b.select(take, other.place, one.place)};
}

void mlir::fot::gpuArgMax(GpuKernel &b, ValueRange arguments) {
  Type f32 = b.getF32Type(), i32 = b.getI32Type();
  Value rows = b.global(arguments[0]), size = b.narrow(arguments[1]);
  Value first = b.mul(b.widen(b.block(0)), arguments[1]);
  SmallVector<Value> none = {b.f32(-std::numeric_limits<double>::infinity()),
                             size};
  SmallVector<Value> found =
      b.loop(b.thread(), size, b.i32(b.threads()), none,
             [&](Value place, ValueRange carried) {
               Value at = arith::AddIOp::create(b, first, b.widen(place));
               Best best = better(b, {carried[0], carried[1]},
                                  {b.load(rows, f32, at), place});
               return SmallVector<Value>{best.number, best.place};
             });
  Best best = {found[0], found[1]};
  for (int64_t mask = kWarp / 2; mask > 0; mask /= 2) {
    best = better(
        b, best,
        {b.shuffleXor(best.number, mask), b.shuffleXor(best.place, mask)});
  }
  Value numbers = b.shared(f32, b.warps()), places = b.shared(i32, b.warps());
  b.when(b.eq(b.lane(), 0), [&] {
    b.store(best.number, numbers, b.warp());
    b.store(best.place, places, b.warp());
  });
  b.barrier();
  b.when(b.eq(b.thread(), 0), [&] {
    Best all = {b.load(numbers, f32, b.i32(0)), b.load(places, i32, b.i32(0))};
    for (int64_t i = 1; i < b.warps(); ++i) {
      all = better(
          b, all,
          {b.load(numbers, f32, b.i32(i)), b.load(places, i32, b.i32(i))});
    }
    // Of a row without a number the last one, as on a CPU.
    Value place = b.min(all.place, b.sub(size, 1));
    b.store(place, b.global(arguments[2]), b.block(0));
  });
}
