//===- CreateEntryPoints.cpp - what a session calls -----------------------===//

#include "passes/Memory/EntryBuilder.h"
#include "passes/Memory/ModelLayers.h"
#include "passes/Memory/Passes.h"
#include "passes/Support/ModelFacts.h"
#include "passes/Support/Remarks.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

namespace mlir::fot {
#define GEN_PASS_DEF_CREATEENTRYPOINTS
#include "passes/Memory/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

namespace {
struct CreateEntryPoints : fot::impl::CreateEntryPointsBase<CreateEntryPoints> {
  using CreateEntryPointsBase::CreateEntryPointsBase;
  void runOnOperation() override;

private:
  void shortenRopeTable(int64_t positions);
  void remarkEntries(Location loc, ArrayRef<ModelLayer> owners,
                     const ModelFacts &facts, int64_t tokens) const;
  void remarkOwners(ArrayRef<ModelLayer> owners, const ModelFacts &facts) const;
};
} // namespace

/// Tokens and logits in, logits out, and nothing but straight-line code.
static LogicalResult verifyModel(func::FuncOp model) {
  auto isTensor = [](Type type, int64_t rank, auto isElement) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && tensor.getRank() == rank &&
           isElement(tensor.getElementType());
  };
  ArrayRef<Type> inputs = model.getArgumentTypes();
  if (model.getBody().hasOneBlock() && inputs.size() == 2 &&
      isTensor(inputs[0], 1, [](Type t) { return t.isInteger(32); }) &&
      isTensor(inputs[1], 2, [](Type t) { return t.isF32(); }) &&
      model.getResultTypes() == inputs.drop_front()) {
    return success();
  }
  return model.emitError() << "expects @model to take tokens and logits and "
                              "to return logits, in one block, found "
                           << model.getFunctionType();
}

void CreateEntryPoints::shortenRopeTable(int64_t positions) {
  ModuleOp module = getOperation();
  for (auto weight : module.getOps<WeightOp>()) {
    if (!isa<RopeTableAttr>(weight.getOrigin())) {
      continue;
    }
    auto type =
        RankedTensorType::get({positions, weight.getTensorType().getDimSize(1)},
                              weight.getTensorType().getElementType());
    weight.setType(type);
    module.walk([&](LoadWeightOp load) {
      if (load.getWeight() == weight.getSymName()) {
        load.getResult().setType(type);
      }
    });
  }
}

void CreateEntryPoints::remarkEntries(Location loc, ArrayRef<ModelLayer> owners,
                                      const ModelFacts &facts,
                                      int64_t tokens) const {
  auto say = [&](StringRef name) {
    return std::pair(Remarks(*this, name), RemarkSite(loc, "@" + name));
  };
  auto [prefill, prefillSite] = say("prefill");
  prefill.passed(prefillSite, "a window of " + Twine(facts.window) +
                                  " entries in " + windowDtype +
                                  "; the model's context length is " +
                                  Twine(facts.context));
  prefill.passed(
      prefillSite,
      "at most " + Twine(tokens) + " tokens a call" +
          (tokens < prefillTokens ? ", as the window takes no more" : ""));
  auto [evict, evictSite] = say("evict");
  auto [seal, sealSite] = say("seal");
  if (owners.empty()) {
    evict.missed(evictSite, "left out: no layer owns a memory");
    return seal.missed(sealSite, "left out: no layer owns a memory");
  }
  auto names = llvm::map_range(owners, [](const ModelLayer &layer) {
    return std::to_string(layer.index);
  });
  evict.passed(evictSite, "all but the last " + Twine(facts.lastContext) +
                              " tokens of a prompt go through it to the "
                              "memories of layers " +
                              llvm::join(names, ", "));
  if (facts.topK == 0) {
    return seal.missed(sealSite,
                       "left out: a dense memory is read in full, so that an "
                       "index would be of no use");
  }
  seal.passed(sealSite, "writes the index of a full segment, for scans that "
                        "keep the best");
}

/// What layers with a memory do otherwise, in the order of layers.
void CreateEntryPoints::remarkOwners(ArrayRef<ModelLayer> owners,
                                     const ModelFacts &facts) const {
  for (StringRef name : {"prefill", "decode"}) {
    for (const ModelLayer &layer : owners) {
      Remarks(*this, name)
          .passed(RemarkSite(layer.attention),
                  facts.memPositionals
                      ? "keeps keys without rope beside rotated ones, as those "
                        "are what a memory stores"
                      : "rotates neither queries nor keys, as the model gives "
                        "layers with a memory no positions");
    }
  }
}

void CreateEntryPoints::runOnOperation() {
  ModuleOp module = getOperation();
  auto model = module.lookupSymbol<func::FuncOp>("model");
  if (!model) {
    module.emitError() << "expects a function @model";
    return signalPassFailure();
  }
  if (failed(verifyModel(model))) {
    return signalPassFailure();
  }
  Type element = llvm::StringSwitch<Type>(windowDtype)
                     .Case("f32", Float32Type::get(&getContext()))
                     .Case("f16", Float16Type::get(&getContext()))
                     .Case("bf16", BFloat16Type::get(&getContext()))
                     .Default(Type());
  if (!element) {
    module.emitError() << "expects window-dtype f32, f16 or bf16, found "
                       << windowDtype;
    return signalPassFailure();
  }
  FailureOr<ModelFacts> facts = ModelFacts::of(module);
  FailureOr<SmallVector<ModelLayer>> layers = findModelLayers(model);
  if (failed(facts) || failed(layers)) {
    return signalPassFailure();
  }
  SmallVector<ModelLayer> owners = llvm::filter_to_vector(
      *layers, [](const ModelLayer &layer) { return bool(layer.memory); });
  facts->window = window > 0 ? window : facts->context;
  facts->lastContext = lastContext > 0 ? lastContext : facts->window;
  facts->evicts = facts->isFoT || !owners.empty();
  if (!owners.empty()) {
    facts->memoryMode = stringifyMemoryMode(owners[0].memory.getMode()).str();
    facts->topK = owners[0].memory.getK();
  }
  shortenRopeTable(facts->window);

  Builder builder(&getContext());
  auto finish = [&](func::FuncOp entry, int64_t tokens) {
    entry->setAttr("fot.max_tokens", builder.getI64IntegerAttr(tokens));
    entry->setAttr("fot.max_memory", builder.getI64IntegerAttr(maxMemory));
  };
  auto cacheType = RankedTensorType::get(
      {facts->kvHeads, facts->window, facts->headDim}, element);
  int64_t tokens = std::min<int64_t>(prefillTokens, facts->window);
  remarkEntries(model.getLoc(), owners, *facts, tokens);
  remarkOwners(owners, *facts);
  finish(buildPrefill(model, *layers, *facts, cacheType), tokens);
  finish(buildDecode(model, *layers, *facts, cacheType), 1);
  if (!owners.empty()) {
    buildEvict(model, owners, *facts, cacheType);
    // A dense memory is read in full: an index would be of no use.
    if (owners[0].memory.getMode() == MemoryMode::TopK) {
      buildSeal(model, owners, *facts);
    }
  }
  model.erase();
  module->setAttr(kModelFactsAttr, facts->toAttribute(&getContext()));
}
