//===- EntryBuilder.cpp - writes what a session calls ---------------------===//

#include "passes/Memory/EntryBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace mlir::fot;

namespace {
/// Arguments of one layer in an entry point.
struct LayerState {
  Value keys, values, rawKeys, memory;
};

/// Writes one of prefill and decode.
class EntryBuilder {
public:
  EntryBuilder(func::FuncOp model, ArrayRef<ModelLayer> layers,
               const ModelFacts &facts, RankedTensorType cacheType, bool decode)
      : model(model), layers(layers), facts(facts), cacheType(cacheType),
        decode(decode), b(model.getLoc(), model.getContext()) {}

  func::FuncOp build(StringRef name);

private:
  Type retype(Type type) const;
  unsigned addArgument(Type type, StringRef role, int64_t layer = -1);
  void addArguments(func::FuncOp entry);
  void cloneOp(Operation &op);
  void attend(const ModelLayer &layer);
  void appendWindow(AppendWindowOp op, Value input, Value &cache);
  const ModelLayer *layerOf(Operation *op) const;
  Value empty(ArrayRef<OpFoldResult> sizes, Type element) {
    return tensor::EmptyOp::create(b, sizes, element);
  }

  func::FuncOp model;
  ArrayRef<ModelLayer> layers;
  const ModelFacts &facts;
  RankedTensorType cacheType;
  bool decode;
  ImplicitLocOpBuilder b;
  IRMapping mapping;
  Value position;
  DenseMap<int64_t, LayerState> state;
  SmallVector<Type> argumentTypes;
  SmallVector<std::pair<StringRef, int64_t>> roles;
};
} // namespace

static MemoryType memoryType(const ModelLayer &layer, const ModelFacts &facts) {
  return MemoryType::get(layer.memory.getContext(), facts.kvHeads,
                         facts.headDim, layer.memory.getKeyType(),
                         layer.memory.getValueType(), layer.memory.getOwned());
}

/// One token: the leading dynamic dimension of activations is 1.
Type EntryBuilder::retype(Type type) const {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!decode || !tensor || tensor.getRank() == 0 || !tensor.isDynamicDim(0)) {
    return type;
  }
  SmallVector<int64_t> shape(tensor.getShape());
  shape[0] = 1;
  return tensor.clone(shape);
}

const ModelLayer *EntryBuilder::layerOf(Operation *op) const {
  for (const ModelLayer &layer : layers) {
    if (op == layer.attention || op == layer.keys || op == layer.values ||
        op == layer.queryRope || op == layer.keyRope) {
      return &layer;
    }
  }
  return nullptr;
}

unsigned EntryBuilder::addArgument(Type type, StringRef role, int64_t layer) {
  argumentTypes.push_back(type);
  roles.push_back({role, layer});
  return argumentTypes.size() - 1;
}

func::FuncOp EntryBuilder::build(StringRef name) {
  unsigned tokens = addArgument(retype(model.getArgumentTypes()[0]), "tokens");
  unsigned logits = addArgument(retype(model.getArgumentTypes()[1]), "logits");
  unsigned at = addArgument(b.getIndexType(), "position");
  for (const ModelLayer &layer : layers) {
    addArgument(cacheType, "window_keys", layer.index);
    addArgument(cacheType, "window_values", layer.index);
    if (layer.memory) {
      addArgument(cacheType, "window_raw_keys", layer.index);
      addArgument(memoryType(layer, facts), "memory", layer.index);
    }
  }

  b.setInsertionPoint(model);
  auto entry = func::FuncOp::create(
      b, name, b.getFunctionType(argumentTypes, argumentTypes));
  Block *block = entry.addEntryBlock();
  for (auto [i, role] : llvm::enumerate(roles)) {
    setArgumentRole(entry, i, role.first, role.second);
  }
  b.setInsertionPointToStart(block);
  mapping.map(model.getArgument(0), block->getArgument(tokens));
  mapping.map(model.getArgument(1), block->getArgument(logits));
  position = block->getArgument(at);
  unsigned next = at + 1;
  for (const ModelLayer &layer : layers) {
    LayerState &own = state[layer.index];
    own.keys = block->getArgument(next++);
    own.values = block->getArgument(next++);
    if (layer.memory) {
      own.rawKeys = block->getArgument(next++);
      own.memory = block->getArgument(next++);
    }
  }

  for (Operation &op : model.front().without_terminator()) {
    cloneOp(op);
  }
  // Results are what is updated: logits and caches.
  SmallVector<Value> results = {
      mapping.lookup(model.front().getTerminator()->getOperand(0))};
  SmallVector<Type> resultTypes = {results[0].getType()};
  for (const ModelLayer &layer : layers) {
    const LayerState &own = state[layer.index];
    for (Value value : {own.keys, own.values, own.rawKeys}) {
      if (value) {
        results.push_back(value);
        resultTypes.push_back(value.getType());
      }
    }
  }
  func::ReturnOp::create(b, results);
  entry.setFunctionType(b.getFunctionType(argumentTypes, resultTypes));
  return entry;
}

void EntryBuilder::appendWindow(AppendWindowOp op, Value input, Value &cache) {
  cache = AppendWindowOp::create(b, cache.getType(), input, position,
                                 ValueRange{cache})
              .getResult(0);
  if (op) {
    mapping.map(op.getResult(0), cache);
  }
}

void EntryBuilder::cloneOp(Operation &op) {
  const ModelLayer *layer = layerOf(&op);
  if (auto append = dyn_cast<AppendWindowOp>(op); append && layer) {
    LayerState &own = state[layer->index];
    appendWindow(append, mapping.lookup(append.getInput()),
                 append == layer->keys ? own.keys : own.values);
    if (append == layer->keys && layer->memory) {
      Value raw = layer->keyRope ? RopeOp(layer->keyRope).getInput()
                                 : append.getInput();
      appendWindow({}, mapping.lookup(raw), own.rawKeys);
    }
    return;
  }
  if (layer && &op == layer->attention) {
    return attend(*layer);
  }
  if (auto rope = dyn_cast<RopeOp>(op); rope && layer) {
    if (layer->memory && !facts.memPositionals) {
      mapping.map(rope.getResult(0), mapping.lookup(rope.getInput()));
      return;
    }
    auto clone = cast<RopeOp>(b.clone(op, mapping));
    clone.getPositionMutable().assign(position);
    clone.getResult(0).setType(
        cast<RankedTensorType>(retype(rope.getResult(0).getType())));
    return;
  }
  if (auto empty = dyn_cast<tensor::EmptyOp>(op)) {
    if (llvm::all_of(empty->getUsers(), [&](Operation *user) {
          return isa<AppendWindowOp>(user) && layerOf(user);
        })) {
      return; // stood for a window cache
    }
    auto type = cast<RankedTensorType>(retype(empty.getType()));
    if (type.hasStaticShape()) {
      mapping.map(empty.getResult(),
                  tensor::EmptyOp::create(b, type, ValueRange()).getResult());
      return;
    }
  }
  if (auto dim = dyn_cast<tensor::DimOp>(op); dim && decode) {
    mapping.map(dim.getResult(),
                arith::ConstantIndexOp::create(b, 1).getResult());
    return;
  }
  Operation *clone = b.clone(op, mapping);
  for (OpResult result : clone->getResults()) {
    result.setType(retype(result.getType()));
  }
}

void EntryBuilder::attend(const ModelLayer &layer) {
  AttentionOp op = layer.attention;
  LayerState &own = state[layer.index];
  Value queries = mapping.lookup(op.getQueries());
  Value init = mapping.lookup(op.getInits()[0]);
  Value retrievedKeys, retrievedValues, prefixKeys, prefixValues;
  if (layer.memory) {
    Type f32 = b.getF32Type();
    OpFoldResult heads = b.getIndexAttr(facts.heads);
    OpFoldResult headDim = b.getIndexAttr(facts.headDim);
    Value size = MemorySizeOp::create(b, b.getIndexType(), own.memory);
    if (layer.memory.getMode() == MemoryMode::TopK) {
      OpFoldResult tokens =
          decode
              ? OpFoldResult(b.getIndexAttr(1))
              : OpFoldResult(
                    tensor::DimOp::create(b, queries, int64_t(0)).getResult());
      Value limit = arith::ConstantIndexOp::create(b, layer.memory.getK());
      OpFoldResult k = arith::MinUIOp::create(b, size, limit).getResult();
      Value scores = empty({tokens, heads, k}, f32);
      Value indices = empty({tokens, heads, k}, b.getI64Type());
      auto knn = KnnOp::create(
          b, TypeRange{scores.getType(), indices.getType()}, queries,
          own.memory, ValueRange{scores, indices}, StrategyAttr());
      Value keys = empty({tokens, heads, k, headDim}, f32);
      Value values = empty({tokens, heads, k, headDim}, f32);
      auto gather = GatherOp::create(
          b, TypeRange{keys.getType(), values.getType()}, knn.getResult(1),
          own.memory, ValueRange{keys, values});
      retrievedKeys = gather.getResult(0);
      retrievedValues = gather.getResult(1);
    } else {
      OpFoldResult groups = b.getIndexAttr(facts.kvHeads);
      Value keys = empty({groups, size, headDim}, f32);
      Value values = empty({groups, size, headDim}, f32);
      auto view =
          ViewMemoryOp::create(b, TypeRange{keys.getType(), values.getType()},
                               own.memory, ValueRange{keys, values});
      prefixKeys = view.getResult(0);
      prefixValues = view.getResult(1);
    }
  }
  auto attention = AttentionOp::create(
      b, init.getType(), queries, own.keys, own.values, position, retrievedKeys,
      retrievedValues, prefixKeys, prefixValues, Value(), ValueRange{init},
      op.getScaleAttr(), IntegerAttr(),
      layer.memory && !layer.memory.getOwned().empty()
          ? b.getDenseI64ArrayAttr(layer.memory.getOwned())
          : DenseI64ArrayAttr(),
      op.getStrategyAttr());
  attention->setAttr(kLayerAttr, b.getI64IntegerAttr(layer.index));
  mapping.map(op.getResult(0), attention.getResult(0));
}

func::FuncOp mlir::fot::buildPrefill(func::FuncOp model,
                                     ArrayRef<ModelLayer> layers,
                                     const ModelFacts &facts,
                                     RankedTensorType cacheType) {
  return EntryBuilder(model, layers, facts, cacheType, false).build("prefill");
}

func::FuncOp mlir::fot::buildDecode(func::FuncOp model,
                                    ArrayRef<ModelLayer> layers,
                                    const ModelFacts &facts,
                                    RankedTensorType cacheType) {
  return EntryBuilder(model, layers, facts, cacheType, true).build("decode");
}

void mlir::fot::buildEvict(func::FuncOp model, ArrayRef<ModelLayer> layers,
                           const ModelFacts &facts,
                           RankedTensorType cacheType) {
  ImplicitLocOpBuilder b(model.getLoc(), model.getContext());
  SmallVector<Type> types = {b.getIndexType()}, results;
  for (const ModelLayer &layer : layers) {
    MemoryType memory = memoryType(layer, facts);
    types.append({cacheType, cacheType, memory});
    results.push_back(memory);
  }
  b.setInsertionPoint(model);
  auto entry =
      func::FuncOp::create(b, "evict", b.getFunctionType(types, results));
  Block *block = entry.addEntryBlock();
  b.setInsertionPointToStart(block);
  setArgumentRole(entry, 0, "count");
  SmallVector<Value> memories;
  for (auto [i, layer] : llvm::enumerate(layers)) {
    unsigned at = 1 + 3 * i;
    setArgumentRole(entry, at, "window_raw_keys", layer.index);
    setArgumentRole(entry, at + 1, "window_values", layer.index);
    setArgumentRole(entry, at + 2, "memory", layer.index);
    memories.push_back(AppendMemoryOp::create(
        b, types[at + 2], block->getArgument(at + 2), block->getArgument(at),
        block->getArgument(at + 1), block->getArgument(0)));
  }
  func::ReturnOp::create(b, memories);
}

void mlir::fot::buildSeal(func::FuncOp model, ArrayRef<ModelLayer> layers,
                          const ModelFacts &facts) {
  ImplicitLocOpBuilder b(model.getLoc(), model.getContext());
  SmallVector<Type> types = {b.getIndexType()};
  for (const ModelLayer &layer : layers) {
    types.push_back(memoryType(layer, facts));
  }
  b.setInsertionPoint(model);
  auto entry = func::FuncOp::create(b, "seal", b.getFunctionType(types, {}));
  Block *block = entry.addEntryBlock();
  b.setInsertionPointToStart(block);
  setArgumentRole(entry, 0, "segment");
  for (auto [i, layer] : llvm::enumerate(layers)) {
    setArgumentRole(entry, 1 + i, "memory", layer.index);
    SealMemoryOp::create(b, block->getArgument(1 + i), block->getArgument(0));
  }
  func::ReturnOp::create(b);
}
