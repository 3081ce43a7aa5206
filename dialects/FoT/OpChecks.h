//===- OpChecks.h - pieces that the ops' verifiers share --------*- C++ -*-===//
//
// Each check emits one diagnostic that says what was expected and found.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_DIALECTS_FOT_OPCHECKS_H
#define FOT_DIALECTS_FOT_OPCHECKS_H

#include "dialects/FoT/FoTDialect.h"

namespace mlir::fot::check {

/// Shorthand for a dynamic size that a check accepts as any.
constexpr int64_t kAny = ShapedType::kDynamic;

/// The blocks that `values` numbers fill; dynamic stays dynamic.
int64_t numBlocks(int64_t values);

/// `value` is a tensor or memref of `element` with sizes compatible with
/// `shape`; `what` names it in the diagnostic.
LogicalResult shaped(Operation *op, StringRef what, Value value,
                     ArrayRef<int64_t> shape, Type element);

/// `value` is a window cache of these sizes: f32, f16 or bf16.
LogicalResult windowCache(Operation *op, StringRef what, Value value,
                          ArrayRef<int64_t> shape);

/// The op has exactly `count` inits.
LogicalResult numInits(Operation *op, ValueRange inits, size_t count);

/// An init of `tokens x features` f32, or of a8 blocks of these features.
LogicalResult activationInit(Operation *op, Value init, int64_t tokens,
                             int64_t features);

/// `weight` has `rows` x `depth` numbers, plain, in blocks, or in panels.
/// `input` null: any format will do.
LogicalResult weight(Operation *op, StringRef what, Value input, Value weight,
                     int64_t rows);

/// Sizes of a value of known rank.
inline int64_t dim(Value value, unsigned index) {
  return cast<ShapedType>(value.getType()).getDimSize(index);
}
/// The value has the rank, else a diagnostic.
LogicalResult rank(Operation *op, StringRef what, Value value, int64_t rank);

} // namespace mlir::fot::check

#endif
