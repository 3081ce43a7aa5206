//===- ModelFacts.cpp - what the module says of its model -----------------===//

#include "passes/Support/ModelFacts.h"

#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace mlir::fot;

namespace {
/// Visits every fact with its name; writes or reads it.
template <typename Visitor> void visit(ModelFacts &facts, Visitor &&visitor) {
  visitor("name", facts.name);
  visitor("architecture", facts.architecture);
  visitor("hidden", facts.hidden);
  visitor("intermediate", facts.intermediate);
  visitor("layers", facts.layers);
  visitor("heads", facts.heads);
  visitor("kv_heads", facts.kvHeads);
  visitor("head_dim", facts.headDim);
  visitor("vocab", facts.vocab);
  visitor("rms_eps", facts.rmsEps);
  visitor("rope_theta", facts.ropeTheta);
  visitor("context", facts.context);
  visitor("fot", facts.isFoT);
  visitor("mem_positionals", facts.memPositionals);
  visitor("mem_layers", facts.memLayers);
  visitor("mem_dtype", facts.memDtype);
  visitor("last_context", facts.lastContext);
  visitor("window", facts.window);
  visitor("memory", facts.memoryMode);
  visitor("top_k", facts.topK);
  visitor("evicts", facts.evicts);
  visitor("bos", facts.bos);
  visitor("pad", facts.pad);
  visitor("eos", facts.eos);
  visitor("checkpoint", facts.checkpoint);
}

struct Writer {
  Builder builder;
  SmallVector<NamedAttribute> entries;

  void add(StringRef name, Attribute value) {
    entries.push_back(builder.getNamedAttr(name, value));
  }
  void operator()(StringRef name, std::string &value) {
    add(name, builder.getStringAttr(value));
  }
  void operator()(StringRef name, int64_t &value) {
    add(name, builder.getI64IntegerAttr(value));
  }
  void operator()(StringRef name, double &value) {
    add(name, builder.getF64FloatAttr(value));
  }
  void operator()(StringRef name, bool &value) {
    add(name, builder.getBoolAttr(value));
  }
  void operator()(StringRef name, std::vector<int64_t> &value) {
    add(name, builder.getDenseI64ArrayAttr(value));
  }
};

struct Reader {
  ModuleOp module;
  DictionaryAttr dictionary;
  bool ok = true;

  template <typename AttrT> AttrT get(StringRef name) {
    auto attribute = dictionary.getAs<AttrT>(name);
    if (!attribute && ok) {
      ok = false;
      module.emitError() << "expects " << kModelFactsAttr << " to have '"
                         << name << "', found " << dictionary.get(name);
    }
    return attribute;
  }
  void operator()(StringRef name, std::string &value) {
    if (auto attribute = get<StringAttr>(name)) {
      value = attribute.str();
    }
  }
  void operator()(StringRef name, int64_t &value) {
    if (auto attribute = get<IntegerAttr>(name)) {
      value = attribute.getInt();
    }
  }
  void operator()(StringRef name, double &value) {
    if (auto attribute = get<FloatAttr>(name)) {
      value = attribute.getValueAsDouble();
    }
  }
  void operator()(StringRef name, bool &value) {
    if (auto attribute = get<BoolAttr>(name)) {
      value = attribute.getValue();
    }
  }
  void operator()(StringRef name, std::vector<int64_t> &value) {
    if (auto attribute = get<DenseI64ArrayAttr>(name)) {
      value = attribute.asArrayRef().vec();
    }
  }
};
} // namespace

DictionaryAttr ModelFacts::toAttribute(MLIRContext *context) const {
  Writer writer{Builder(context), {}};
  ModelFacts copy = *this;
  visit(copy, writer);
  return writer.builder.getDictionaryAttr(writer.entries);
}

FailureOr<ModelFacts> ModelFacts::of(ModuleOp module) {
  auto dictionary = module->getAttrOfType<DictionaryAttr>(kModelFactsAttr);
  if (!dictionary) {
    return module.emitError()
           << "expects the module attribute " << kModelFactsAttr;
  }
  ModelFacts facts;
  Reader reader{module, dictionary};
  visit(facts, reader);
  if (!reader.ok) {
    return failure();
  }
  return facts;
}

void mlir::fot::setArgumentRole(func::FuncOp function, unsigned index,
                                StringRef role, int64_t layer) {
  Builder builder(function.getContext());
  function.setArgAttr(index, kRoleAttr, builder.getStringAttr(role));
  if (layer >= 0) {
    function.setArgAttr(index, kLayerAttr, builder.getI64IntegerAttr(layer));
  }
}
