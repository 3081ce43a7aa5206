//===- TopK.cpp - the best k of many scores on a GPU ----------------------===//

#include "passes/LowerGPU/Kernels/TopK.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/Support/MathExtras.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

constexpr double kNone = -std::numeric_limits<double>::infinity();
/// Places in `state`.
constexpr int64_t kSize = 0, kThreshold = 1;

GpuTopK::GpuTopK(GpuKernel &b, int64_t k, Team team, int64_t unordered)
    : b(b), team(team), k(k) {
  room = std::max(2 * std::max(k, threads()), k + unordered + threads());
  room = llvm::PowerOf2Ceil(room);
  bool isWarp = team == Team::Warp;
  auto makeRoom = [&](Type type, int64_t count) {
    Value all = b.shared(type, count * (isWarp ? b.warps() : 1));
    return isWarp ? b.at(all, type, b.mul(b.warp(), count)) : all;
  };
  scores = makeRoom(b.getF32Type(), room);
  entries = makeRoom(b.getI32Type(), room);
  state = makeRoom(b.getI32Type(), 2);
}

int64_t GpuTopK::threads() const {
  return team == Team::Warp ? kWarp : b.threads();
}
Value GpuTopK::thread() { return team == Team::Warp ? b.lane() : b.thread(); }
void GpuTopK::meet() {
  if (team == Team::Warp) {
    b.warpBarrier();
  } else {
    b.barrier();
  }
}

Value GpuTopK::size() { return b.load(state, b.getI32Type(), b.i32(kSize)); }
Value GpuTopK::threshold() {
  return b.load(state, b.getF32Type(), b.i32(kThreshold));
}

void GpuTopK::begin() {
  resume(b.i32(0), [&](Value) { return std::pair(b.f32(kNone), b.i32(-1)); });
}

void GpuTopK::resume(Value count,
                     function_ref<std::pair<Value, Value>(Value)> element) {
  meet();
  b.when(b.eq(thread(), 0), [&] {
    b.store(count, state, b.i32(kSize));
    b.store(b.f32(kNone), state, b.i32(kThreshold));
  });
  meet();
  b.loop(thread(), count, b.i32(threads()), [&](Value i) {
    auto [score, entry] = element(i);
    b.store(score, scores, i);
    b.store(entry, entries, i);
    b.when(b.eq(i, k - 1), [&] { b.store(score, state, b.i32(kThreshold)); });
  });
  meet();
}

void GpuTopK::offer(Value count,
                    function_ref<std::pair<Value, Value>(Value)> candidate) {
  b.loop(b.i32(0), count, b.i32(threads()), [&](Value base) {
    Value i = b.add(base, thread());
    b.when(b.lt(i, count), [&] {
      auto [score, entry] = candidate(i);
      Value wanted = b.both(b.fgt(score, threshold()), b.lt(b.i32(-1), entry));
      b.when(wanted, [&] {
        Value place = LLVM::AtomicRMWOp::create(
            b, LLVM::AtomicBinOp::add, state, b.i32(1),
            LLVM::AtomicOrdering::monotonic);
        b.store(score, scores, place);
        b.store(entry, entries, place);
      });
    });
    meet();
    Value full = b.lt(b.i32(room - threads()), size());
    meet(); // before anybody adds to what has just been read
    b.when(full, [&] { sort(); });
  });
}

void GpuTopK::sort() {
  Type f32 = b.getF32Type(), i32 = b.getI32Type();
  Value step = b.i32(threads()), count = size();
  // As many as there are, up to a power of two; what is not there comes last.
  Value most = b.sub(b.max(count, b.i32(2)), 1);
  Value stages =
      b.sub(b.i32(32), LLVM::CountLeadingZerosOp::create(b, i32, most, false));
  Value end = arith::ShLIOp::create(b, b.i32(1), stages);
  b.loop(b.add(count, thread()), end, step, [&](Value i) {
    b.store(b.f32(kNone), scores, i);
    b.store(b.i32(-1), entries, i);
  });
  meet();
  // A bitonic network: runs of `run` that alternate, merged over `distance`.
  b.loop(b.i32(1), b.add(stages, 1), b.i32(1), [&](Value stage) {
    Value run = arith::ShLIOp::create(b, b.i32(1), stage);
    b.loop(b.i32(0), stage, b.i32(1), [&](Value merge) {
      Value distance = arith::ShRUIOp::create(b, run, b.add(merge, 1));
      b.loop(thread(), b.div(end, 2), step, [&](Value pair) {
        // The pair's lower place: a zero put into `pair` at the distance's bit.
        Value below = arith::AndIOp::create(b, pair, b.sub(distance, 1));
        Value low = b.sub(b.mul(pair, 2), below);
        Value high = b.add(low, distance);
        Value descends = b.eq(arith::AndIOp::create(b, low, run), 0);
        Value a = b.load(scores, f32, low), c = b.load(scores, f32, high);
        Value m = b.load(entries, i32, low), n = b.load(entries, i32, high);
        Value same = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, a, c);
        // Unsigned, -1 is the youngest.
        Value younger =
            arith::CmpIOp::create(b, arith::CmpIPredicate::ugt, m, n);
        Value wrong = b.select(same, younger, b.fgt(c, a));
        Value right = b.select(
            same, arith::CmpIOp::create(b, arith::CmpIPredicate::ult, m, n),
            b.fgt(a, c));
        b.when(b.select(descends, wrong, right), [&] {
          b.store(c, scores, low);
          b.store(a, scores, high);
          b.store(n, entries, low);
          b.store(m, entries, high);
        });
      });
      meet();
    });
  });
  b.when(b.eq(thread(), 0), [&] {
    b.store(b.min(count, b.i32(k)), state, b.i32(kSize));
    b.when(b.lt(b.i32(k - 1), count), [&] {
      b.store(b.load(scores, f32, b.i32(k - 1)), state, b.i32(kThreshold));
    });
  });
  meet();
}

void GpuTopK::finish() { sort(); }
