//===- QuantizeActivations.cpp - 8-bit activations ------------------------===//

#include "passes/Memory/Passes.h"

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

namespace {
struct QuantizeActivations
    : fot::impl::QuantizeActivationsBase<QuantizeActivations> {
  void runOnOperation() override {
    DenseMap<Value, Value> quantized;
    for (auto matmul :
         llvm::make_early_inc_range(getOperation().getOps<MatmulOp>())) {
      Value input = matmul.getInput();
      auto weight = cast<ShapedType>(matmul.getWeight().getType());
      if (!isa<BlockType>(weight.getElementType()) ||
          !cast<ShapedType>(input.getType()).getElementType().isF32()) {
        continue;
      }
      Value &blocks = quantized[input];
      if (!blocks) {
        blocks = quantize(input);
        ++numQuantized;
      }
      matmul.getInputMutable().assign(blocks);
    }
  }
};
} // namespace
