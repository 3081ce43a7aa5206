//===- Attempt.h - one try at a fusion, and what came of it -----*- C++ -*-===//
//
// Every fusion pass looks at the ops of one kind, from first to last, and tries
// to fold each into the ops that produce its operands. This runs the tries,
// counts them, says by remark what came of each, and removes what died.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_FUSION_ATTEMPT_H
#define FOT_PASSES_FUSION_ATTEMPT_H

#include "dialects/FoT/FoTDialect.h"
#include "passes/Support/Remarks.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/Pass.h"

namespace mlir::fot {

/// What came of one try.
struct Attempt {
  enum Kind { Irrelevant, Missed, Fused };
  Kind kind = Irrelevant;
  /// What was done, or why nothing was; the text of the remark.
  std::string text;
  /// The ops whose results the fused op no longer needs.
  SmallVector<Operation *> replaced;

  /// The op is no candidate: nothing is counted or said.
  static Attempt irrelevant() { return {}; }
  static Attempt missed(const Twine &why) { return {Missed, why.str(), {}}; }
  static Attempt fused(const Twine &what, ArrayRef<Operation *> replaced) {
    return {Fused, what.str(), SmallVector<Operation *>(replaced)};
  }
};

/// Why `producer` cannot be computed at `consumer` instead of where it stands:
/// it has other users, or is in another block. Empty if it can.
std::string whyNotMovable(Operation *producer, Operation *consumer);

/// An append to `memory` runs before `op` and may run after an earlier op of
/// its block: reading the memory at `op` would be too late.
bool isAppendedBefore(Value memory, Operation *op);

/// The init for an op that takes the place of `consumer` and its `producer`:
/// the consumer's, unless that is the producer's own result.
Value pickInit(Value consumerInit, DestinationStyleOpInterface producer);

/// Erases the ops that are dead, and what only they used.
void eraseDead(RewriterBase &rewriter, ArrayRef<Operation *> ops);

/// Where a pass tells what came of its attempts.
struct AttemptLog {
  const Pass &pass;
  Pass::Statistic &numFused;
  Pass::Statistic &numMissed;

  /// Counts the attempt and emits its remark, in the category that is the
  /// pass's flag.
  void record(const Attempt &attempt, func::FuncOp function,
              const RemarkSite &site);
};

/// Tries each `OpTy` of the function once. The rewriter given to `attempt`
/// stands at the op; an attempt that fuses has replaced the op.
template <typename OpTy>
void attemptEach(func::FuncOp function,
                 Attempt (*attempt)(OpTy, RewriterBase &), AttemptLog log) {
  SmallVector<OpTy> ops;
  function.walk([&](OpTy op) { ops.push_back(op); });
  IRRewriter rewriter(function.getContext());
  SmallVector<Operation *> replaced;
  for (OpTy op : ops) {
    RemarkSite site(op);
    rewriter.setInsertionPoint(op);
    Attempt result = attempt(op, rewriter);
    log.record(result, function, site);
    llvm::append_range(replaced, result.replaced);
  }
  // Not sooner, as an op that dies may still be in `ops`.
  eraseDead(rewriter, replaced);
}

} // namespace mlir::fot

#endif
