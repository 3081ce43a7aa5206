//===- BuildModel.cpp - from a checkpoint to IR ---------------------------===//

#include "passes/Import/BuildModel.h"

#include "dialects/FoT/FoTDialect.h"
#include "passes/Support/ModelFacts.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/Support/FileSystem.h"

#include <cmath>

using namespace mlir;
using namespace mlir::fot;

namespace {
class ModelBuilder {
public:
  ModelBuilder(MLIRContext *context, const Checkpoint &checkpoint,
               WeightChoice choice)
      : checkpoint(checkpoint), config(checkpoint.config()), choice(choice),
        b(UnknownLoc::get(context), context), f32(b.getF32Type()) {}

  llvm::Expected<OwningOpRef<ModuleOp>> build();

private:
  llvm::Error declareWeights();
  llvm::Error declare(StringRef name, bool matrix);
  Type matrixElement(WeightType stored, int64_t columns);
  DictionaryAttr facts();

  Value weight(StringRef name);
  Value empty(int64_t features, Value rows);
  Value norm(Value input, StringRef gain);
  Value product(Value input, StringRef name, int64_t features);
  Value rope(Value input);
  Value cache(Value input);
  Value add(Value a, Value c);
  Value layer(Value hidden, int64_t index);
  void buildFunction();

  const Checkpoint &checkpoint;
  const ModelConfig &config;
  WeightChoice choice;
  ImplicitLocOpBuilder b;
  Type f32;
  OwningOpRef<ModuleOp> module;
  Value zero, numTokens, table;
};
} // namespace

Type ModelBuilder::matrixElement(WeightType stored, int64_t columns) {
  MLIRContext *context = b.getContext();
  auto block = [&](Format format) { return BlockType::get(context, format); };
  switch (choice) {
  case WeightChoice::F32:
    return f32;
  case WeightChoice::F16:
    return b.getF16Type();
  case WeightChoice::BF16:
    return b.getBF16Type();
  case WeightChoice::Q8_0:
    return block(Format::Q8_0);
  case WeightChoice::Q4_0:
    return block(Format::Q4_0);
  case WeightChoice::Keep:
    break;
  }
  switch (stored) {
  case WeightType::F32:
    return f32;
  case WeightType::F16:
    return b.getF16Type();
  case WeightType::BF16:
    return b.getBF16Type();
  case WeightType::Q4_0:
    return block(Format::Q4_0);
  case WeightType::Q4_1:
  case WeightType::Q4_K: // scale and minimum per 32 fit q4_1's
    return block(Format::Q4_1);
  case WeightType::Q5_0: // a minimum of -16 scales
  case WeightType::Q5_1:
  case WeightType::Q5_K:
    return block(Format::Q5_1);
  case WeightType::Q3_K: // a scale for each 16, as in Q6_K
  case WeightType::Q6_K:
    return block(Format::Q6_0);
  default:
    // The rest, with code books or a minimum for each 16, becomes bytes.
    return block(Format::Q8_0);
  }
}

llvm::Error ModelBuilder::declare(StringRef name, bool matrix) {
  llvm::Expected<TensorSource> source = checkpoint.tensor(name);
  if (!source) {
    return source.takeError();
  }
  SmallVector<int64_t> shape(source->shape.begin(), source->shape.end());
  Type element = matrix ? matrixElement(source->type, source->cols()) : f32;
  if (isa<BlockType>(element)) {
    shape.back() = llvm::divideCeil(shape.back(), BlockType::kValues);
  }
  // Absolute, so that IR compiles from any folder.
  llvm::SmallString<256> file(source->file);
  (void)llvm::sys::fs::make_absolute(file);
  auto origin =
      SourceAttr::get(b.getContext(), file, source->offset, source->bytes,
                      weightTypeName(source->type), source->shape,
                      source->rowsInterleaved ? source->headDim : 0);
  WeightOp::create(b, name, RankedTensorType::get(shape, element), origin,
                   IntegerAttr(), TypeAttr());
  return llvm::Error::success();
}

llvm::Error ModelBuilder::declareWeights() {
  for (const std::string &name : checkpoint.tensorNames()) {
    if (llvm::Error error = declare(name, !StringRef(name).ends_with("norm"))) {
      return error;
    }
  }
  WeightOp::create(
      b, "rope_table",
      RankedTensorType::get({config.maxPositions, config.headDim}, f32),
      RopeTableAttr::get(b.getContext(), b.getF64FloatAttr(config.ropeTheta)),
      IntegerAttr(), TypeAttr());
  return llvm::Error::success();
}

DictionaryAttr ModelBuilder::facts() {
  ModelFacts facts;
  facts.name = config.name;
  facts.architecture = config.architecture;
  facts.hidden = config.hidden;
  facts.intermediate = config.intermediate;
  facts.layers = config.layers;
  facts.heads = config.heads;
  facts.kvHeads = config.kvHeads;
  facts.headDim = config.headDim;
  facts.vocab = config.vocab;
  facts.rmsEps = config.rmsEps;
  facts.ropeTheta = config.ropeTheta;
  facts.context = config.maxPositions;
  facts.isFoT = config.isFoT;
  facts.memPositionals = config.memPositionals.value_or(true);
  facts.lastContext = config.lastContextLength.value_or(0);
  if (config.memLayers) {
    facts.memLayers = *config.memLayers;
  }
  if (config.memDtype) {
    facts.memDtype = weightTypeName(*config.memDtype).str();
  }
  facts.bos = config.bos.value_or(-1);
  facts.eos = config.eos;
  facts.pad = config.pad.value_or(-1);
  llvm::SmallString<256> path(checkpoint.path());
  (void)llvm::sys::fs::make_absolute(path);
  facts.checkpoint = path.str().str();
  return facts.toAttribute(b.getContext());
}

Value ModelBuilder::weight(StringRef name) {
  auto op = cast<WeightOp>(SymbolTable::lookupSymbolIn(*module, name));
  return LoadWeightOp::create(b, op.getType(),
                              FlatSymbolRefAttr::get(op.getSymNameAttr()));
}

Value ModelBuilder::empty(int64_t features, Value rows) {
  return tensor::EmptyOp::create(
      b, ArrayRef<OpFoldResult>{rows, b.getIndexAttr(features)}, f32);
}

Value ModelBuilder::norm(Value input, StringRef gain) {
  Value rows = tensor::DimOp::create(b, input, zero);
  Value init = empty(config.hidden, rows);
  return RmsNormOp::create(b, init.getType(), input, weight(gain),
                           ValueRange{init}, b.getF64FloatAttr(config.rmsEps))
      .getResult(0);
}

Value ModelBuilder::product(Value input, StringRef name, int64_t features) {
  Value rows = tensor::DimOp::create(b, input, zero);
  Value init = empty(features, rows);
  return MatmulOp::create(b, init.getType(), input, weight(name),
                          /*residual=*/Value(), /*table=*/Value(),
                          /*position=*/Value(), ValueRange{init}, IntegerAttr(),
                          StrategyAttr())
      .getResult(0);
}

Value ModelBuilder::rope(Value input) {
  Value init =
      empty(cast<RankedTensorType>(input.getType()).getDimSize(1), numTokens);
  return RopeOp::create(b, init.getType(), input, table, zero, ValueRange{init},
                        b.getI64IntegerAttr(config.headDim))
      .getResult(0);
}

Value ModelBuilder::cache(Value input) {
  Value init = tensor::EmptyOp::create(
      b,
      ArrayRef<OpFoldResult>{b.getIndexAttr(config.kvHeads), numTokens,
                             b.getIndexAttr(config.headDim)},
      f32);
  return AppendWindowOp::create(b, init.getType(), input, zero,
                                ValueRange{init})
      .getResult(0);
}

Value ModelBuilder::add(Value a, Value c) {
  Value init = empty(config.hidden, numTokens);
  return linalg::AddOp::create(b, ValueRange{a, c}, ValueRange{init})
      .getResult(0);
}

Value ModelBuilder::layer(Value hidden, int64_t index) {
  std::string prefix = "layers." + std::to_string(index) + ".";
  int64_t queryFeatures = config.heads * config.headDim;
  int64_t keyFeatures = config.kvHeads * config.headDim;

  Value input = norm(hidden, prefix + "attention_norm");
  Value q = rope(product(input, prefix + "q", queryFeatures));
  Value k = cache(rope(product(input, prefix + "k", keyFeatures)));
  Value v = cache(product(input, prefix + "v", keyFeatures));
  Value init = empty(queryFeatures, numTokens);
  auto attention = AttentionOp::create(
      b, init.getType(), q, k, v, zero, Value(), Value(), Value(), Value(),
      Value(), ValueRange{init},
      b.getF64FloatAttr(1.0 / std::sqrt(double(config.headDim))), IntegerAttr(),
      DenseI64ArrayAttr(), StrategyAttr());
  attention->setAttr("fot.layer", b.getI64IntegerAttr(index));
  Value o = product(attention.getResult(0), prefix + "o", config.hidden);
  hidden = add(hidden, o);

  input = norm(hidden, prefix + "mlp_norm");
  Value gate = product(input, prefix + "gate", config.intermediate);
  Value up = product(input, prefix + "up", config.intermediate);
  init = empty(config.intermediate, numTokens);
  Value joined = SwiGLUOp::create(b, init.getType(), gate, up, ValueRange{init})
                     .getResult(0);
  return add(hidden, product(joined, prefix + "down", config.hidden));
}

void ModelBuilder::buildFunction() {
  int64_t any = ShapedType::kDynamic;
  Type tokensType = RankedTensorType::get({any}, b.getI32Type());
  Type logitsType = RankedTensorType::get({any, config.vocab}, f32);
  auto function = func::FuncOp::create(
      b, "model", b.getFunctionType({tokensType, logitsType}, {logitsType}));
  setArgumentRole(function, 0, "tokens");
  setArgumentRole(function, 1, "logits");
  Block *block = function.addEntryBlock();
  b.setInsertionPointToStart(block);
  Value tokens = block->getArgument(0), logits = block->getArgument(1);
  zero = arith::ConstantIndexOp::create(b, 0);
  numTokens = tensor::DimOp::create(b, tokens, zero);
  table = weight("rope_table");

  Value init = empty(config.hidden, numTokens);
  Value hidden = EmbeddingOp::create(b, init.getType(), tokens,
                                     weight("embedding"), ValueRange{init})
                     .getResult(0);
  for (int64_t i = 0; i < config.layers; ++i) {
    hidden = layer(hidden, i);
  }
  Value rows = tensor::DimOp::create(b, logits, zero);
  init = empty(config.hidden, rows);
  hidden = LastRowsOp::create(b, init.getType(), hidden, ValueRange{init})
               .getResult(0);
  hidden = norm(hidden, "norm");
  StringRef head = checkpoint.hasTensor("head") ? "head" : "embedding";
  auto result = MatmulOp::create(b, logits.getType(), hidden, weight(head),
                                 Value(), Value(), Value(), ValueRange{logits},
                                 IntegerAttr(), StrategyAttr());
  func::ReturnOp::create(b, result.getResult(0));
}

llvm::Expected<OwningOpRef<ModuleOp>> ModelBuilder::build() {
  module = ModuleOp::create(b.getLoc());
  b.setInsertionPointToEnd(module->getBody());
  if (llvm::Error error = declareWeights()) {
    return std::move(error);
  }
  (*module)->setAttr(kModelFactsAttr, facts());
  buildFunction();
  return std::move(module);
}

llvm::Expected<OwningOpRef<ModuleOp>>
mlir::fot::buildModel(MLIRContext *context, const Checkpoint &checkpoint,
                      WeightChoice weights) {
  context->loadDialect<FoTDialect, func::FuncDialect, linalg::LinalgDialect,
                       tensor::TensorDialect, arith::ArithDialect>();
  return ModelBuilder(context, checkpoint, weights).build();
}
