//===- ModelLayers.h - the layers of a stateless model ----------*- C++ -*-===//
//
// What the entry points of a session are made from: of each layer its attention
// and what stands around it.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_MEMORY_MODELLAYERS_H
#define FOT_PASSES_MEMORY_MODELLAYERS_H

#include "dialects/FoT/FoTDialect.h"
#include "passes/Support/ModelFacts.h"

namespace mlir::fot {

/// The parts of one layer's attention in the stateless model.
struct ModelLayer {
  AttentionOp attention;
  AppendWindowOp keys, values;
  RopeOp queryRope, keyRope; ///< null without positions
  int64_t index = 0;
  MemorySpecAttr memory; ///< null: no memory
};

/// The layers of @model in their order; an error diagnostic if an attention
/// does not stand as import writes it.
FailureOr<SmallVector<ModelLayer>> findModelLayers(func::FuncOp model);

} // namespace mlir::fot

#endif
