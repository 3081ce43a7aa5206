//===- AssignMemory.cpp - says which layers own a memory ------------------===//

#include "passes/Memory/Passes.h"
#include "passes/Support/ModelFacts.h"

#include "llvm/ADT/StringSwitch.h"

namespace mlir::fot {
#define GEN_PASS_DEF_ASSIGNMEMORY
#include "passes/Memory/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

namespace {
struct AssignMemory : fot::impl::AssignMemoryBase<AssignMemory> {
  using AssignMemoryBase::AssignMemoryBase;

  void runOnOperation() override {
    MLIRContext *context = &getContext();
    ModuleOp module = getOperation();
    Type type = llvm::StringSwitch<Type>(dtype)
                    .Case("f32", Float32Type::get(context))
                    .Case("f16", Float16Type::get(context))
                    .Case("bf16", BFloat16Type::get(context))
                    .Default(Type());
    std::optional<MemoryMode> memoryMode = symbolizeMemoryMode(mode);
    if (!type || !memoryMode || (*memoryMode == MemoryMode::TopK && k <= 0)) {
      module.emitError() << "expects dtype f32, f16 or bf16, mode dense or "
                            "topk and a positive k, found "
                         << dtype << ", " << mode << ", " << k.getValue();
      return signalPassFailure();
    }
    auto spec = MemorySpecAttr::get(context, *memoryMode,
                                    *memoryMode == MemoryMode::TopK ? k : 0,
                                    type, type);
    llvm::DenseSet<int64_t> missing(layers.begin(), layers.end());
    module.walk([&](AttentionOp attention) {
      auto layer = attention->getAttrOfType<IntegerAttr>(kLayerAttr);
      if (layer && llvm::is_contained(layers, layer.getInt())) {
        attention->setAttr(kMemoryAttr, spec);
        missing.erase(layer.getInt());
      }
    });
    for (int64_t layer : layers) {
      if (missing.contains(layer)) {
        module.emitError() << "expects memory layers that the model has, found "
                           << layer;
        return signalPassFailure();
      }
    }
  }
};
} // namespace
