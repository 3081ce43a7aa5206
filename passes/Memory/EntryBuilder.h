//===- EntryBuilder.h - writes what a session calls -------------*- C++ -*-===//

#ifndef FOT_PASSES_MEMORY_ENTRYBUILDER_H
#define FOT_PASSES_MEMORY_ENTRYBUILDER_H

#include "passes/Memory/ModelLayers.h"

namespace mlir::fot {

/// @prefill: the model with window caches of `cacheType` and memories.
func::FuncOp buildPrefill(func::FuncOp model, ArrayRef<ModelLayer> layers,
                          const ModelFacts &facts, RankedTensorType cacheType);

/// @decode: the same for one token.
func::FuncOp buildDecode(func::FuncOp model, ArrayRef<ModelLayer> layers,
                         const ModelFacts &facts, RankedTensorType cacheType);

/// @evict: the window's first entries follow the memories' own.
void buildEvict(func::FuncOp model, ArrayRef<ModelLayer> owners,
                const ModelFacts &facts, RankedTensorType cacheType);

/// @seal: segment `segment` of every memory is full and gets its index.
void buildSeal(func::FuncOp model, ArrayRef<ModelLayer> owners,
               const ModelFacts &facts);

} // namespace mlir::fot

#endif
