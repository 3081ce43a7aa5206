//===- ArtifactHeader.cpp - the artifact's header out of the IR -----------===//

#include "passes/Emit/ArtifactHeader.h"

#include "dialects/FoT/FoTDialect.h"
#include "passes/LowerCPU/Passes.h"
#include "passes/Support/ModelFacts.h"
#include "passes/Support/WeightTypes.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <map>

using namespace mlir;
using namespace mlir::fot;
namespace schema = ::fot::schema;

static schema::ElementType elementType(Type type) {
  if (type.isF16()) {
    return schema::ElementType::F16;
  }
  if (type.isBF16()) {
    return schema::ElementType::BF16;
  }
  if (type.isInteger(32)) {
    return schema::ElementType::I32;
  }
  if (type.isInteger(64)) {
    return schema::ElementType::I64;
  }
  if (type.isInteger(8)) {
    return schema::ElementType::I8;
  }
  return schema::ElementType::F32;
}

static schema::Role parseRole(StringRef role) {
  return llvm::StringSwitch<schema::Role>(role)
      .Case("output", schema::Role::Output)
      .Case("tokens", schema::Role::Tokens)
      .Case("logits", schema::Role::Logits)
      .Case("window_keys", schema::Role::WindowKeys)
      .Case("window_values", schema::Role::WindowValues)
      .Case("window_raw_keys", schema::Role::WindowRawKeys)
      .Case("position", schema::Role::Position)
      .Case("count", schema::Role::Count)
      .Case("segment", schema::Role::Segment)
      .Case("memory", schema::Role::Memory)
      .Default(schema::Role::Input);
}

static std::unique_ptr<schema::ArgumentT>
describeArgument(DictionaryAttr from) {
  auto argument = std::make_unique<schema::ArgumentT>();
  Type type = from.getAs<TypeAttr>("type").getValue();
  if (auto role = from.getAs<StringAttr>("role")) {
    argument->role = parseRole(role);
    argument->name = role.str();
  }
  if (auto layer = from.getAs<IntegerAttr>("layer")) {
    argument->layer = layer.getInt();
    argument->name += "." + std::to_string(layer.getInt());
  }
  if (auto buffer = dyn_cast<MemRefType>(type)) {
    argument->kind = schema::ArgumentKind::Tensor;
    argument->type = elementType(buffer.getElementType());
    for (int64_t size : buffer.getShape()) {
      argument->dims.push_back(ShapedType::isDynamic(size) ? -1 : size);
    }
  } else {
    argument->kind = isa<MemoryType>(type) ? schema::ArgumentKind::Memory
                                           : schema::ArgumentKind::Scalar;
    argument->type = schema::ElementType::I64;
  }
  return argument;
}

static std::unique_ptr<schema::RegionT> describeRegion(DictionaryAttr from) {
  auto region = std::make_unique<schema::RegionT>();
  ArrayRef<int64_t> bytes = from.getAs<DenseI64ArrayAttr>("bytes").asArrayRef();
  ArrayRef<int64_t> ops = from.getAs<DenseI64ArrayAttr>("ops").asArrayRef();
  region->name = from.getAs<StringAttr>("name").str();
  region->call_bytes = bytes[0];
  region->token_bytes = bytes[1];
  region->window_bytes = bytes[2];
  region->memory_bytes = bytes[3];
  region->call_ops = ops[0];
  region->token_ops = ops[1];
  region->window_ops = ops[2];
  region->memory_ops = ops[3];
  region->integer = from.getAs<BoolAttr>("integer").getValue();
  return region;
}

static void describeEntries(ArrayAttr entries, schema::ArtifactT &header) {
  std::map<int64_t, MemoryType> banks;
  for (auto from : entries.getAsRange<DictionaryAttr>()) {
    auto entry = std::make_unique<schema::EntryT>();
    entry->name = from.getAs<StringAttr>("name").str();
    auto number = [&](StringRef name) -> uint64_t {
      auto attribute = from.getAs<IntegerAttr>(name);
      return attribute ? attribute.getInt() : 0;
    };
    entry->workspace_bytes = number("workspace_bytes");
    entry->max_tokens = number("max_tokens");
    entry->max_memory = number("memory_bound");
    for (auto argument :
         from.getAs<ArrayAttr>("arguments").getAsRange<DictionaryAttr>()) {
      entry->arguments.push_back(describeArgument(argument));
      auto memory =
          dyn_cast<MemoryType>(argument.getAs<TypeAttr>("type").getValue());
      if (memory) {
        banks[entry->arguments.back()->layer] = memory;
      }
    }
    if (auto regions = from.getAs<ArrayAttr>("regions")) {
      for (auto region : regions.getAsRange<DictionaryAttr>()) {
        entry->regions.push_back(describeRegion(region));
      }
    }
    header.entries.push_back(std::move(entry));
  }
  for (auto [layer, type] : banks) {
    auto bank = std::make_unique<schema::MemoryBankT>();
    bank->layer = layer;
    for (int64_t slot = 0; slot < type.getSlots(); ++slot) {
      bank->heads.push_back(type.getHeadOfSlot(slot));
    }
    bank->head_dim = type.getHeadDim();
    bank->key_type = elementType(type.getKeyType());
    bank->value_type = elementType(type.getValueType());
    header.memories.push_back(std::move(bank));
  }
}

static std::unique_ptr<schema::ModelT> describeModel(const ModelFacts &facts) {
  auto model = std::make_unique<schema::ModelT>();
  model->name = facts.name;
  model->architecture = facts.architecture;
  model->hidden = facts.hidden;
  model->intermediate = facts.intermediate;
  model->layers = facts.layers;
  model->heads = facts.heads;
  model->kv_heads = facts.kvHeads;
  model->head_dim = facts.headDim;
  model->vocab = facts.vocab;
  model->rms_eps = facts.rmsEps;
  model->rope_theta = facts.ropeTheta;
  model->window = facts.window;
  model->last_context = facts.lastContext;
  model->evicts = facts.evicts;
  model->memory_mode = llvm::StringSwitch<schema::MemoryMode>(facts.memoryMode)
                           .Case("dense", schema::MemoryMode::Dense)
                           .Case("topk", schema::MemoryMode::TopK)
                           .Default(schema::MemoryMode::None);
  model->top_k = facts.topK;
  model->bos = facts.bos;
  model->eos.assign(facts.eos.begin(), facts.eos.end());
  model->pad = facts.pad;
  return model;
}

static std::string formatName(Type element) {
  if (auto block = dyn_cast<BlockType>(element)) {
    return stringifyFormat(block.getFormat()).str();
  }
  return element.isF16() ? "f16" : element.isBF16() ? "bf16" : "f32";
}

llvm::Error mlir::fot::describeModule(ModuleOp module,
                                      schema::ArtifactT &header) {
  FailureOr<ModelFacts> facts = ModelFacts::of(module);
  auto entries = module->getAttrOfType<ArrayAttr>(kEntriesAttr);
  if (failed(facts) || !entries) {
    return llvm::createStringError(
        "expected IR of phase lower, with fot.model and fot.entries");
  }
  header.model = describeModel(*facts);
  describeEntries(entries, header);
  std::map<std::string, int> counts;
  for (auto weight : module.getOps<WeightOp>()) {
    auto described = std::make_unique<schema::WeightT>();
    described->name = weight.getSymName().str();
    described->type =
        formatName(weight.getLogicalTensorType().getElementType());
    llvm::append_range(described->shape,
                       weight.getLogicalTensorType().getShape());
    described->offset = weight.getOffset().value_or(0);
    described->size = weightBytes(weight.getTensorType());
    ++counts[described->type];
    header.weights.push_back(std::move(described));
  }
  header.model->weights =
      llvm::join(llvm::map_range(counts,
                                 [](const auto &count) {
                                   return count.first + " (" +
                                          std::to_string(count.second) + ")";
                                 }),
                 ", ");
  return llvm::Error::success();
}

llvm::SmallVector<std::string> mlir::fot::entryNames(ModuleOp module) {
  SmallVector<std::string> names;
  if (auto entries = module->getAttrOfType<ArrayAttr>(kEntriesAttr)) {
    for (auto entry : entries.getAsRange<DictionaryAttr>()) {
      names.push_back(entry.getAs<StringAttr>("name").str());
    }
  }
  return names;
}

std::unique_ptr<schema::CalibrationT>
mlir::fot::describeCalibration(const Calibration &calibration) {
  auto result = std::make_unique<schema::CalibrationT>();
  result->memory_layers = calibration.memoryLayers;
  result->text_tokens = calibration.textTokens;
  result->facts = calibration.facts;
  result->loss_without = calibration.lossWithout;
  result->loss = calibration.loss;
  for (const Calibration::Step &from : calibration.steps) {
    auto step = std::make_unique<schema::CalibrationStepT>();
    step->heads = from.heads;
    step->loss = from.loss;
    step->check_loss = from.checkLoss;
    result->steps.push_back(std::move(step));
  }
  return result;
}
