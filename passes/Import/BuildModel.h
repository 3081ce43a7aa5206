//===- BuildModel.h - from a checkpoint to IR -------------------*- C++ -*-===//

#ifndef FOT_PASSES_IMPORT_BUILDMODEL_H
#define FOT_PASSES_IMPORT_BUILDMODEL_H

#include "passes/Import/Checkpoint/Checkpoint.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mlir::fot {

/// The format of the artifact's matrices: that of the file, or one for all.
enum class WeightChoice { Keep, F32, F16, BF16, Q8_0, Q4_0 };

/// The model as a stateless function on tensors,
///   @model(%tokens: tensor<?xi32>, %logits: tensor<?x vocab xf32>)
/// which gives the logits of the last tokens, as many as `%logits` has rows,
/// with weights as named external resources of `checkpoint`'s files, and the
/// model's facts in the module attribute `fot.model`.
llvm::Expected<OwningOpRef<ModuleOp>> buildModel(MLIRContext *context,
                                                 const Checkpoint &checkpoint,
                                                 WeightChoice weights);

} // namespace mlir::fot

#endif
