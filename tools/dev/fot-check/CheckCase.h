//===- CheckCase.h - what a checked function is called with -----*- C++ -*-===//
//
// A function says in `fot.check`, a dictionary or an array of them, how it is
// to be tried. All fields are optional:
//
//   sizes = [n, ...]     the dynamic sizes of the arguments, one after the
//                        other; a single one stands for all
//   scalars = [n, ...]   the index arguments, in order; a single one for all
//   memory = [n, ...]    entries of the memories; a single one for all
//   period = n           entry i of a memory repeats entry i mod n: equal
//                        scores
//   shift = x            standard deviation of what all keys of a head share
//   loud = n             the first n keys are four times as large, so that the
//                        best of a memory lie together
//   odd = n              every n-th key is zero, tiny, huge or no number
//   muted = [n, ...]     key-value heads that are muted
//   sealed = n           run again on segments of n entries or fewer, sealed
//                        but for the last: the same must come out, bit for bit,
//                        also from a second call that knows the last winners
//   integers = n         integers of tensors lie in [0, n); default 16
//   scale = x            standard deviation of the numbers; default 1
//   seed = n             of the random numbers; default 1
//   tolerance = "..."    a class of Compare.h; by default found from the ops
//
//===----------------------------------------------------------------------===//

#ifndef FOT_TOOLS_DEV_FOT_CHECK_CHECKCASE_H
#define FOT_TOOLS_DEV_FOT_CHECK_CHECKCASE_H

#include "dialects/Reference/Evaluator.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>
#include <vector>

namespace mlir::fot::check_tool {

struct CheckCase {
  std::vector<int64_t> sizes, scalars, memory, muted;
  int64_t period = 0; ///< 0: entries do not repeat
  int64_t loud = 0;   ///< 0: none
  int64_t odd = 0;    ///< 0: none
  int64_t sealed = 0; ///< 0: never
  int64_t integers = 16;
  double scale = 1, shift = 0;
  int64_t seed = 1;
  std::string tolerance; ///< empty: find it from the ops

  int64_t maxSize() const;
  int64_t maxMemory() const;
};

/// The cases of `function`; fails with a diagnostic at the function.
FailureOr<std::vector<CheckCase>> parseCases(func::FuncOp function);

/// The arguments of one case, random where it does not fix them.
FailureOr<SmallVector<reference::RuntimeValue>>
makeArguments(func::FuncOp function, const CheckCase &checkCase);

} // namespace mlir::fot::check_tool

#endif
