//===- WeightTypes.h - sizes and layouts of weight types --------*- C++ -*-===//

#ifndef FOT_PASSES_SUPPORT_WEIGHTTYPES_H
#define FOT_PASSES_SUPPORT_WEIGHTTYPES_H

#include "dialects/FoT/FoTDialect.h"

namespace mlir::fot {

/// Bytes of an element: of a block or a step of a panel for packed types.
int64_t elementBytes(Type element);

/// Bytes of a static weight of any type that fot.weight accepts.
int64_t weightBytes(RankedTensorType type);

/// The packed type of a plain matrix type (docs/weight-layouts.md).
RankedTensorType panelType(RankedTensorType logical);

} // namespace mlir::fot

#endif
