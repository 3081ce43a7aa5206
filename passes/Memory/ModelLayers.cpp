//===- ModelLayers.cpp - the layers of a stateless model ------------------===//

#include "passes/Memory/ModelLayers.h"

#include "passes/Memory/Passes.h"

using namespace mlir;
using namespace mlir::fot;

FailureOr<SmallVector<ModelLayer>>
mlir::fot::findModelLayers(func::FuncOp model) {
  SmallVector<ModelLayer> layers;
  for (auto attention : model.getOps<AttentionOp>()) {
    ModelLayer layer;
    layer.attention = attention;
    layer.keys = attention.getKeys().getDefiningOp<AppendWindowOp>();
    layer.values = attention.getValues().getDefiningOp<AppendWindowOp>();
    auto index = attention->getAttrOfType<IntegerAttr>(kLayerAttr);
    if (!layer.keys || !layer.values || !index) {
      return attention.emitOpError()
             << "expects keys and values from fot.append_window and "
             << kLayerAttr;
    }
    layer.index = index.getInt();
    if (llvm::any_of(layers, [&](const ModelLayer &other) {
          return other.index == layer.index;
        })) {
      return attention.emitOpError()
             << "expects one attention in a layer, found another in layer "
             << layer.index;
    }
    layer.queryRope = attention.getQueries().getDefiningOp<RopeOp>();
    layer.keyRope = layer.keys.getInput().getDefiningOp<RopeOp>();
    layer.memory = attention->getAttrOfType<MemorySpecAttr>(kMemoryAttr);
    layers.push_back(layer);
  }
  return layers;
}
