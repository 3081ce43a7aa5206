//===- Compare.h - how far compiled code may be off -------------*- C++ -*-===//
//
// The one table of tolerances. Errors are measured relative to the largest
// expected magnitude of the row (the last dimension).
//
//===----------------------------------------------------------------------===//

#ifndef FOT_TOOLS_DEV_FOT_CHECK_COMPARE_H
#define FOT_TOOLS_DEV_FOT_CHECK_COMPARE_H

#include "dialects/Reference/Values.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>

namespace mlir::fot::check_tool {

/// exact: copies. f32: sums and products in single precision. exp: softmax and
/// silu too. a8: values rounded to 8 bits on the way may fall to either side.
struct ToleranceClass {
  StringRef name;
  double relative;
};
ArrayRef<ToleranceClass> toleranceClasses();
/// The class of this name, or null.
const ToleranceClass *findTolerance(StringRef name);
/// The loosest class that the ops of `function` need.
const ToleranceClass &toleranceOf(func::FuncOp function);

/// What comparing found.
struct Difference {
  double error = 0;  ///< the largest, relative
  std::string worst; ///< where it is, what was expected and found
};

/// Compares numbers [rows][columns]. With `blocks`, expected and found are
/// numbers of a8 blocks, where one step of the 8 bits is forgiven.
Difference compareNumbers(ArrayRef<double> expected, ArrayRef<double> found,
                          int64_t columns, bool blocks);

} // namespace mlir::fot::check_tool

#endif
