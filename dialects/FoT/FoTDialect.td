//===- FoTDialect.td - the fot dialect: dialect, enums, base classes ------===//
//
// What every other .td file of the dialect includes.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_DIALECT_TD
#define FOT_DIALECT_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinTypeInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/OpBase.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def FoT_Dialect : Dialect {
  let name = "fot";
  let cppNamespace = "::mlir::fot";
  let summary = "Transformers with a Focused-Transformer memory";
  let description = [{
    The model-level vocabulary of fotc. Ops that compute are in destination
    style and work on tensors, or, after bufferization, on memrefs. Activations
    are rank-2 tensors `T x F`: T tokens of one call, F features; the features
    of a query are its heads laid end to end, `H * D`. Window caches and views
    of a memory are `G x N x D`: key-value heads, entries, head dimension.
    Query head `h` reads key-value head `h / (H / G)`.

    Constraints of an op are numbered (C1), (C2), ... in its description; the
    verifier and the negative tests cite these numbers.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect"];
}

def FoT_Format : I32EnumAttr<"Format", "how numbers are stored in a block", [
    I32EnumAttrCase<"F32", 0, "f32">, I32EnumAttrCase<"F16", 1, "f16">,
    I32EnumAttrCase<"BF16", 2, "bf16">, I32EnumAttrCase<"Q8_0", 3, "q8_0">,
    I32EnumAttrCase<"Q4_0", 4, "q4_0">, I32EnumAttrCase<"Q4_1", 5, "q4_1">,
    I32EnumAttrCase<"A8", 6, "a8">, I32EnumAttrCase<"Q5_1", 7, "q5_1">,
    I32EnumAttrCase<"Q6_0", 8, "q6_0">]> {
  let cppNamespace = "::mlir::fot";
  let genSpecializedAttr = 0;
}

def FoT_Scan : I32EnumAttr<"Scan", "what a retrieval reads of a key first", [
    I32EnumAttrCase<"Exact", 0, "exact">, I32EnumAttrCase<"Int8", 1, "int8">,
    I32EnumAttrCase<"Int4", 2, "int4">]> {
  let cppNamespace = "::mlir::fot";
  let genSpecializedAttr = 0;
}

def FoT_MemoryMode : I32EnumAttr<"MemoryMode", "which entries join the softmax", [
    I32EnumAttrCase<"Dense", 0, "dense">, I32EnumAttrCase<"TopK", 1, "topk">]> {
  let cppNamespace = "::mlir::fot";
  let genSpecializedAttr = 0;
}

class FoT_Op<string mnemonic, list<Trait> traits = []>
    : Op<FoT_Dialect, mnemonic, traits>;

def FoT_Shaped : AnyTypeOf<[AnyRankedTensor, AnyMemRef],
                           "ranked tensor or memref">;

/// An op that computes into its `inits`. On tensors each init has a result; on
/// memrefs there are none.
class FoT_ComputeOp<string mnemonic, list<Trait> traits = []>
    : FoT_Op<mnemonic, traits # [DestinationStyleOpInterface,
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  code declaration = [{
    MutableOperandRange getDpsInitsMutable() { return getInitsMutable(); }
  }];
  let extraClassDeclaration = declaration;
  let extraClassDefinition = [{
    void $cppClass::getEffects(
        SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
            &effects) {
      ::mlir::fot::getBufferEffects(*this, effects);
    }
  }];
}

#endif // FOT_DIALECT_TD
