//===- QuantizeActivations.cpp - 8-bit activations ------------------------===//

#include "passes/Memory/Passes.h"
#include "passes/Support/Remarks.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::fot {
#define GEN_PASS_DEF_QUANTIZEACTIVATIONS
#include "passes/Memory/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

static Value quantize(Value input) {
  auto type = cast<RankedTensorType>(input.getType());
  OpBuilder builder(input.getContext());
  builder.setInsertionPointAfterValue(input);
  ImplicitLocOpBuilder b(input.getLoc(), builder);
  OpFoldResult tokens = tensor::getMixedSize(b, b.getLoc(), input, 0);
  OpFoldResult blocks =
      b.getIndexAttr(llvm::divideCeil(type.getDimSize(1), BlockType::kValues));
  Value init =
      tensor::EmptyOp::create(b, ArrayRef<OpFoldResult>{tokens, blocks},
                              BlockType::get(b.getContext(), Format::A8));
  return QuantizeOp::create(b, init.getType(), input, ValueRange{init})
      .getResult(0);
}

/// What the numbers of a tensor are: "bf16", "!fot.block<q4_0>".
static std::string nameOf(Value tensor) {
  std::string text;
  llvm::raw_string_ostream(text)
      << cast<ShapedType>(tensor.getType()).getElementType();
  return text;
}

namespace {
struct QuantizeActivations
    : fot::impl::QuantizeActivationsBase<QuantizeActivations> {
  void runOnOperation() override {
    Remarks remarks(*this, getOperation());
    DenseMap<Value, Value> quantized;
    for (auto matmul :
         llvm::make_early_inc_range(getOperation().getOps<MatmulOp>())) {
      Value input = matmul.getInput();
      RemarkSite site(matmul);
      auto weight = cast<ShapedType>(matmul.getWeight().getType());
      auto format = dyn_cast<BlockType>(weight.getElementType());
      if (!format) {
        remarks.missed(site, "reads " + nameOf(input) + ": its weight is " +
                                 nameOf(matmul.getWeight()) + ", not blocks");
        continue;
      }
      if (!cast<ShapedType>(input.getType()).getElementType().isF32()) {
        remarks.analysis(site,
                         "reads " + nameOf(input) + ", as the input says");
        continue;
      }
      Value &blocks = quantized[input];
      bool shared = bool(blocks);
      if (!shared) {
        blocks = quantize(input);
        ++numQuantized;
      }
      remarks.passed(site, (shared ? "shares" : "reads") +
                               Twine(" 8-bit activations, as its weight is ") +
                               nameOf(matmul.getWeight()));
      matmul.getInputMutable().assign(blocks);
    }
  }
};
} // namespace
