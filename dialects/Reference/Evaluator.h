//===- Evaluator.h - the reference evaluator --------------------*- C++ -*-===//
//
// Runs functions of fot, linalg, tensor and arith ops on tensors, one op after
// the other in double precision. Slow, plain, and the oracle of every lowering.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_DIALECTS_REFERENCE_EVALUATOR_H
#define FOT_DIALECTS_REFERENCE_EVALUATOR_H

#include "dialects/Reference/Values.h"

#include "mlir/IR/BuiltinOps.h"

namespace mlir::fot::reference {

struct EvaluatorOptions {
  /// Where relative paths of weights start; empty: the working directory.
  std::string weightDirectory;
};

/// Evaluates the functions of one module, which must outlive it and stay as it
/// is. Weights are read when first used, in their logical type, so that IR
/// gives the same results before and after packing. One thread at a time.
///
/// Only what the IR itself rounds is rounded: 8-bit activations, entries of a
/// memory, narrowing casts, weights. tensor.empty holds NaN (integers: -1).
class Evaluator {
public:
  explicit Evaluator(ModuleOp module, EvaluatorOptions options = {});
  ~Evaluator();

  /// Calls the function of this name. A dynamic size of an argument type takes
  /// the size of the value. Fails with one diagnostic: at the function if the
  /// arguments do not fit it, else at the op that cannot be evaluated.
  FailureOr<SmallVector<RuntimeValue>> call(StringRef function,
                                            ArrayRef<RuntimeValue> arguments);

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace mlir::fot::reference

#endif
