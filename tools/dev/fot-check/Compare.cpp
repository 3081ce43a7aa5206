//===- Compare.cpp - how far compiled code may be off ---------------------===//

#include "tools/dev/fot-check/Compare.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::check_tool;

// From the strictest to the loosest.
static const ToleranceClass kClasses[] = {
    {"exact", 0}, {"f32", 1e-5}, {"exp", 4e-5}, {"a8", 2e-2}};

ArrayRef<ToleranceClass> check_tool::toleranceClasses() { return kClasses; }

const ToleranceClass *check_tool::findTolerance(StringRef name) {
  const ToleranceClass *found = llvm::find_if(
      kClasses, [&](const ToleranceClass &c) { return c.name == name; });
  return found == std::end(kClasses) ? nullptr : found;
}

/// Index in kClasses of what one op needs.
static int classOf(Operation *op) {
  auto isA8 = [](Type type) {
    auto shaped = dyn_cast<ShapedType>(type);
    auto block =
        shaped ? dyn_cast<BlockType>(shaped.getElementType()) : BlockType();
    return block && block.getFormat() == Format::A8;
  };
  // An op that reads a8 blocks computes as exactly as any other.
  if (isa<DestinationStyleOpInterface>(op) &&
      llvm::any_of(op->getResultTypes(), isA8)) {
    return 3;
  }
  if (isa<AttentionOp, MemoryAttentionOp, PartialAttentionOp,
          CrossbatchAttentionOp, SwiGLUOp, GatedMatmulOp>(op)) {
    return 2;
  }
  if (isa<MatmulOp, WindowMatmulOp, RmsNormOp, RopeOp, KnnOp, PartialKnnOp>(
          op) ||
      isa<linalg::LinalgOp>(op)) {
    return 1;
  }
  return 0;
}

const ToleranceClass &check_tool::toleranceOf(func::FuncOp function) {
  int loosest = 0;
  function.walk(
      [&](Operation *op) { loosest = std::max(loosest, classOf(op)); });
  return kClasses[loosest];
}

/// Of an infinity 0: it has to be met as it is, and gives others no room.
static double magnitude(double number) {
  return std::isinf(number) ? 0 : std::fabs(number);
}

Difference check_tool::compareNumbers(ArrayRef<double> expected,
                                      ArrayRef<double> found, int64_t columns,
                                      bool blocks) {
  Difference result;
  double overall = 0;
  for (double number : expected) {
    overall = std::max(overall, magnitude(number));
  }
  for (size_t begin = 0; begin < expected.size(); begin += columns) {
    double largest = 0;
    for (int64_t i = 0; i < columns; ++i) {
      largest = std::max(largest, magnitude(expected[begin + i]));
    }
    // A row of nearly nothing is judged by what its neighbours are.
    double unit = std::max(largest, overall * 1e-3);
    for (int64_t i = 0; i < columns; ++i) {
      double e = expected[begin + i], f = found[begin + i];
      double off = e == f ? 0 : std::fabs(e - f);
      if (blocks) {
        // The largest of a block is 127 steps.
        double peak = 0;
        for (int64_t j = i - i % 32; j < i - i % 32 + 32; ++j) {
          peak = std::max(peak, magnitude(expected[begin + j]));
        }
        off = std::max(0.0, off - peak / 127 * 1.001);
      }
      double error = off == 0 ? 0 : off / unit;
      if (std::isnan(e) != std::isnan(f) || std::isnan(error)) {
        error = std::isnan(e) && std::isnan(f) ? 0 : HUGE_VAL;
      }
      if (error > result.error) {
        result.error = error;
        result.worst =
            llvm::formatv("row {0}, column {1}: expected {2}, found {3}",
                          begin / columns, i, e, f)
                .str();
      }
    }
  }
  return result;
}
