//===- AssignMemory.cpp - says which layers own a memory ------------------===//

#include "passes/Memory/Passes.h"
#include "passes/Support/MemoryLayers.h"
#include "passes/Support/ModelFacts.h"
#include "passes/Support/Remarks.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

namespace mlir::fot {
#define GEN_PASS_DEF_ASSIGNMEMORY
#include "passes/Memory/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// "key-value heads 0, 2 and 5 alone own", or "owns" for all heads.
static std::string describeOwners(ArrayRef<int64_t> heads) {
  if (heads.empty()) {
    return "owns";
  }
  std::string last = std::to_string(heads.back());
  if (heads.size() == 1) {
    return "key-value head " + last + " alone owns";
  }
  auto others = llvm::map_range(
      heads.drop_back(), [](int64_t head) { return std::to_string(head); });
  return "key-value heads " + llvm::join(others, ", ") + " and " + last +
         " alone own";
}

/// "topk : 8 in bf16".
static std::string describe(MemorySpecAttr memory) {
  std::string text = stringifyMemoryMode(memory.getMode()).str();
  llvm::raw_string_ostream stream(text);
  if (memory.getMode() == MemoryMode::TopK) {
    stream << " : " << memory.getK();
  }
  stream << " in " << memory.getKeyType();
  return text;
}

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
    llvm::DenseSet<Operation *> named;
    for (StringRef text : layers) {
      std::optional<MemoryLayer> layer = parseMemoryLayer(text);
      AttentionOp attention =
          layer ? attentions.lookup(layer->layer) : AttentionOp();
      if (!attention) {
        module.emitError() << "expects memory layers that the model has, found "
                           << text;
        return signalPassFailure();
      }
      named.insert(attention);
      attention->setAttr(
          kMemoryAttr,
          MemorySpecAttr::get(context, *memoryMode,
                              *memoryMode == MemoryMode::TopK ? k : 0, type,
                              type, layer->heads));
    }
    remark(named);
  }

  /// Says of each layer whether it owns a memory, and by whose word.
  void remark(const llvm::DenseSet<Operation *> &named) {
    getOperation().walk([&](AttentionOp attention) {
      auto function = attention->getParentOfType<func::FuncOp>();
      if (!function || !attention->hasAttr(kLayerAttr)) {
        return;
      }
      Remarks remarks(*this, function);
      RemarkSite site(attention);
      auto memory = attention->getAttrOfType<MemorySpecAttr>(kMemoryAttr);
      if (!memory) {
        return remarks.missed(site, "owns no memory: not named by " + namedBy);
      }
      std::string text =
          describeOwners(memory.getOwned()) + " a memory, " + describe(memory);
      if (named.contains(attention)) {
        remarks.passed(site, text + ": named by " + namedBy);
      } else {
        remarks.analysis(site, text + ": as the input says");
      }
    });
  }
};
} // namespace
