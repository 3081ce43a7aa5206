//===- ApproximateMath.cpp - expands exponentials into polynomials --------===//

#include "passes/LowerCPU/Passes.h"

#include "mlir/Dialect/Math/Transforms/Approximation.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::fot {
#define GEN_PASS_DEF_APPROXIMATEMATH
#include "passes/LowerCPU/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;

namespace {
struct ApproximateMath : fot::impl::ApproximateMathBase<ApproximateMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateMathPolynomialApproximationPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      signalPassFailure();
    }
  }
};
} // namespace
