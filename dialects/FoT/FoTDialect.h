//===- FoTDialect.h - the fot dialect ---------------------------*- C++ -*-===//
//
// Types, attributes and ops of the fot dialect. See FoTOps.td for what they
// mean.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_DIALECTS_FOT_FOTDIALECT_H
#define FOT_DIALECTS_FOT_FOTDIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/FoT/FoTEnums.h.inc"

#include "dialects/FoT/FoTDialect.h.inc"

namespace mlir::fot {
/// Bits of codes in a packed weight: (byte at `offset` of a step, shifted right
/// by `shift`) & `mask`. A code is all its pieces or-ed.
struct PanelPiece {
  int64_t offset, shift, mask;
};
} // namespace mlir::fot

#define GET_ATTRDEF_CLASSES
#include "dialects/FoT/FoTAttributes.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/FoT/FoTTypes.h.inc"

namespace mlir::fot {
/// Effects of a destination-style op: reads its memref and memory operands,
/// writes its memref inits; none on tensors.
void getBufferEffects(
    DestinationStyleOpInterface op,
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects);

/// Registers how fot ops bufferize.
void registerBufferizableOpInterfaceExternalModels(DialectRegistry &registry);
} // namespace mlir::fot

#define GET_OP_CLASSES
#include "dialects/FoT/FoTOps.h.inc"

#endif
