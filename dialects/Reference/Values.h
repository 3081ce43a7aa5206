//===- Values.h - what the reference evaluator computes with ----*- C++ -*-===//
//
// Values of the evaluator: integers, floating-point numbers, tensors and
// memories, all in double precision, and all immutable once made.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_DIALECTS_REFERENCE_VALUES_H
#define FOT_DIALECTS_REFERENCE_VALUES_H

#include "dialects/FoT/FoTDialect.h"

#include <memory>
#include <variant>
#include <vector>

namespace mlir::fot::reference {

/// A tensor, row-major. Sizes count numbers: a last dimension of n blocks is
/// 32 * n here, and packed weights have the shape from before packing. Integers
/// are exact up to 2^53.
struct TensorValue {
  Type element; ///< as the IR has it, so possibly a block or panel type
  SmallVector<int64_t, 4> shape;
  std::vector<double> values;

  TensorValue() = default;
  /// All numbers are `fill`.
  TensorValue(Type element, ArrayRef<int64_t> shape, double fill = 0);

  int64_t size() const { return static_cast<int64_t>(values.size()); }
  int64_t dim(unsigned index) const { return shape[index]; }
  /// The innermost row at the given leading indices.
  double *row(ArrayRef<int64_t> leading) {
    return values.data() + rowOffset(leading);
  }
  const double *row(ArrayRef<int64_t> leading) const {
    return values.data() + rowOffset(leading);
  }

private:
  int64_t rowOffset(ArrayRef<int64_t> leading) const;
};

/// A memory: keys and values [slots][size][headDim], oldest entry first, each
/// number a value of the memory's key or value type. A head that owns no memory
/// has no rows.
struct MemoryValue {
  MemoryType type;
  int64_t size = 0;
  std::vector<double> keys;
  std::vector<double> values;

  const double *key(int64_t head, int64_t entry) const {
    return keys.data() + offset(head, entry);
  }
  const double *value(int64_t head, int64_t entry) const {
    return values.data() + offset(head, entry);
  }

private:
  int64_t offset(int64_t head, int64_t entry) const {
    return (type.getSlotOfHead(head) * size + entry) * type.getHeadDim();
  }
};

/// Any value of the IR that is evaluated. Cheap to copy.
using RuntimeValue =
    std::variant<int64_t, double, std::shared_ptr<const TensorValue>,
                 std::shared_ptr<const MemoryValue>>;

inline RuntimeValue makeValue(TensorValue tensor) {
  return std::make_shared<const TensorValue>(std::move(tensor));
}
inline RuntimeValue makeValue(MemoryValue memory) {
  return std::make_shared<const MemoryValue>(std::move(memory));
}
/// The tensor or memory, or null if the value is something else.
const TensorValue *asTensor(const RuntimeValue &value);
const MemoryValue *asMemory(const RuntimeValue &value);

/// The number of `type` (f64, f32, f16 or bf16) nearest to `value`, ties to
/// even; integer types leave it as it is.
double roundTo(Type type, double value);

/// A scalar of an element type: an integer type gives an integer.
RuntimeValue toScalar(Type element, double number);
double fromScalar(const RuntimeValue &scalar);

/// The shape of a tensor type in numbers: blocks count 32 in the last
/// dimension. Dynamic sizes stay dynamic.
SmallVector<int64_t, 4> numberShape(ShapedType type);

/// Rounds a row to a memory's key or value type, in place; rows of i8 are
/// rounded together.
void roundRow(Type type, MutableArrayRef<double> row);

/// Rounds a row to signed bytes and returns their scale: d = max|x| / 127 and
/// q = round-half-even(x / d) in single precision, all 0 if d is denormal.
float quantizeBytes(ArrayRef<double> row, int8_t *quants);

/// A memory of these keys and values [slots][size][headDim], rounded to the
/// memory's types.
MemoryValue makeMemory(MemoryType type, int64_t size, ArrayRef<double> keys,
                       ArrayRef<double> values);

/// One block of 8-bit activations, byte for byte.
struct A8Block {
  int8_t quants[32];
  float scale;
  int32_t sum;
};
static_assert(sizeof(A8Block) == 40);

/// Rounds up to 32 numbers as fot.quantize does: with zeros after the last,
/// d = max|x| / 127 and q = round-half-even(x / d) in single precision.
A8Block quantizeBlock(ArrayRef<double> numbers);

/// Rounds one row; `dst` gets the numbers d * q of all blocks.
void quantizeRow(ArrayRef<double> row, double *dst);

/// Succeeds if `value` can be passed for `type`; otherwise `why` says what was
/// expected and found.
LogicalResult fits(Type type, const RuntimeValue &value, std::string &why);

/// Prints `tensor<2x2xf32> = [[1, 2], [3, 4]]`, or the like.
void print(raw_ostream &stream, Type type, const RuntimeValue &value);

} // namespace mlir::fot::reference

#endif
