//===- AssignMemory.cpp - says which layers own a memory ------------------===//

#include "passes/Memory/Passes.h"
#include "passes/Support/MemoryLayers.h"
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
                    .Case("int8", IntegerType::get(context, 8))
                    .Default(Type());
    std::optional<MemoryMode> memoryMode = symbolizeMemoryMode(mode);
    if (!type || !memoryMode || (*memoryMode == MemoryMode::TopK && k <= 0)) {
      module.emitError() << "expects dtype f32, f16, bf16 or int8, mode dense "
                            "or topk and a positive k, found "
                         << dtype << ", " << mode << ", " << k.getValue();
      return signalPassFailure();
    }
    llvm::DenseMap<int64_t, AttentionOp> attentions;
    module.walk([&](AttentionOp attention) {
      if (auto layer = attention->getAttrOfType<IntegerAttr>(kLayerAttr)) {
        attentions[layer.getInt()] = attention;
      }
    });
    for (StringRef text : layers) {
      std::optional<MemoryLayer> layer = parseMemoryLayer(text);
      AttentionOp attention =
          layer ? attentions.lookup(layer->layer) : AttentionOp();
      if (!attention) {
        module.emitError() << "expects memory layers that the model has, found "
                           << text;
        return signalPassFailure();
      }
      attention->setAttr(
          kMemoryAttr,
          MemorySpecAttr::get(context, *memoryMode,
                              *memoryMode == MemoryMode::TopK ? k : 0, type,
                              type, layer->heads));
    }
  }
};
} // namespace
