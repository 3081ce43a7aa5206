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

GpuTopK::GpuTopK(GpuKernel &b, int64_t k)
    : b(b), k(k), room(llvm::PowerOf2Ceil(2 * std::max(k, b.threads()))),
      scores(b.shared(b.getF32Type(), room)),
      entries(b.shared(b.getI32Type(), room)),
      state(b.shared(b.getI32Type(), 2)) {}

Value GpuTopK::size() { return b.load(state, b.getI32Type(), b.i32(kSize)); }

void GpuTopK::begin() {
  b.barrier();
  b.when(b.eq(b.thread(), 0), [&] {
    b.store(b.i32(0), state, b.i32(kSize));
    b.store(b.f32(kNone), state, b.i32(kThreshold));
  });
  b.barrier();
}

void GpuTopK::offer(Value count,
                    function_ref<std::pair<Value, Value>(Value)> candidate) {
  b.loop(b.i32(0), count, b.i32(b.threads()), [&](Value base) {
    Value i = b.add(base, b.thread());
    b.when(b.lt(i, count), [&] {
      auto [score, entry] = candidate(i);
      Value threshold = b.load(state, b.getF32Type(), b.i32(kThreshold));
      Value wanted = b.both(b.fgt(score, threshold), b.lt(b.i32(-1), entry));
      b.when(wanted, [&] {
        Value place = LLVM::AtomicRMWOp::create(
            b, LLVM::AtomicBinOp::add, state, b.i32(1),
            LLVM::AtomicOrdering::monotonic);
        b.store(score, scores, place);
        b.store(entry, entries, place);
      });
    });
    b.barrier();
    Value full = b.lt(b.i32(room - b.threads()), size());
    b.barrier(); // before anybody adds to what has just been read
    b.when(full, [&] { sort(); });
  });
}

void GpuTopK::sort() {
  Type f32 = b.getF32Type(), i32 = b.getI32Type();
  Value threads = b.i32(b.threads()), count = size();
  // As many as there are, up to a power of two; what is not there comes last.
  Value most = b.sub(b.max(count, b.i32(2)), 1);
  Value stages =
      b.sub(b.i32(32), LLVM::CountLeadingZerosOp::create(b, i32, most, false));
  Value end = arith::ShLIOp::create(b, b.i32(1), stages);
  b.loop(b.add(count, b.thread()), end, threads, [&](Value i) {
    b.store(b.f32(kNone), scores, i);
    b.store(b.i32(-1), entries, i);
  });
  b.barrier();
  // A bitonic network: runs of `run` that alternate, merged over `distance`.
  b.loop(b.i32(1), b.add(stages, 1), b.i32(1), [&](Value stage) {
    Value run = arith::ShLIOp::create(b, b.i32(1), stage);
    b.loop(b.i32(0), stage, b.i32(1), [&](Value step) {
      Value distance = arith::ShRUIOp::create(b, run, b.add(step, 1));
      b.loop(b.thread(), b.div(end, 2), threads, [&](Value pair) {
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
      b.barrier();
    });
  });
  b.when(b.eq(b.thread(), 0), [&] {
    b.store(b.min(count, b.i32(k)), state, b.i32(kSize));
    b.when(b.lt(b.i32(k - 1), count), [&] {
      b.store(b.load(scores, f32, b.i32(k - 1)), state, b.i32(kThreshold));
    });
  });
  b.barrier();
}

void GpuTopK::finish() { sort(); }
