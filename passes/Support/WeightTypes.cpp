//===- WeightTypes.cpp - sizes and layouts of weight types ----------------===//

#include "passes/Support/WeightTypes.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::fot;

int64_t mlir::fot::elementBytes(Type element) {
  return llvm::TypeSwitch<Type, int64_t>(element)
      .Case<BlockType, PanelType>([](auto t) { return t.getBytes(); })
      .Case<IndexType>([](Type) { return 8; })
      .Default([](Type t) {
        return llvm::divideCeil(t.getIntOrFloatBitWidth(), 8);
      });
}

int64_t mlir::fot::weightBytes(RankedTensorType type) {
  return type.getNumElements() * elementBytes(type.getElementType());
}

RankedTensorType mlir::fot::panelType(RankedTensorType logical) {
  MLIRContext *context = logical.getContext();
  Format format =
      llvm::TypeSwitch<Type, Format>(logical.getElementType())
          .Case<BlockType>([](BlockType t) { return t.getFormat(); })
          .Case<Float16Type>([](Type) { return Format::F16; })
          .Case<BFloat16Type>([](Type) { return Format::BF16; })
          .Default([](Type) { return Format::F32; });
  return RankedTensorType::get(
      {static_cast<int64_t>(llvm::divideCeil(logical.getDimSize(0), 16)),
       logical.getDimSize(1)},
      PanelType::get(context, format, 16));
}
