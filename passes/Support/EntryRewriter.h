//===- EntryRewriter.h - entry points from buffers to the ABI ---*- C++ -*-===//
//
// What the lowerings for CPUs and for GPUs have in common: arguments come from
// a fot_call (kernel_abi.h), buffers are places in the workspace, weights
// places in their segment, and ops that only reckon sizes stay as they are.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_SUPPORT_ENTRYREWRITER_H
#define FOT_PASSES_SUPPORT_ENTRYREWRITER_H

#include "dialects/FoT/FoTDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <optional>

namespace mlir::fot {

class EntryRewriter {
protected:
  struct Buffer {
    Value data;
    SmallVector<Value> sizes; ///< one per dynamic dimension
  };

  explicit EntryRewriter(func::FuncOp source);

  /// Makes the function that takes the source's place, an entry point of
  /// kernel_abi.h, goes to its start and finds weights and workspace.
  FailureOr<Block *> begin();
  /// The argument is tensor `number` of the call.
  void bindTensor(BlockArgument argument, Value tensors, int64_t number);
  /// Lowers an op that computes nothing of the model. None if it does.
  std::optional<LogicalResult> lowerPlain(Operation &op);

  Value gep(Value base, int64_t offset);
  Value loadAt(Value base, int64_t offset, Type type) {
    return LLVM::LoadOp::create(b, type, gep(base, offset));
  }
  Value toIndex(Value integer) {
    return arith::IndexCastOp::create(b, b.getIndexType(), integer);
  }
  Value size(Value buffer, unsigned dim);

  func::FuncOp source;
  ImplicitLocOpBuilder b;
  Type pointer, i64, i32;
  Value call, weights, workspace;
  IRMapping mapping; ///< index values
  llvm::DenseMap<Value, Buffer> buffers;
  llvm::DenseMap<Value, Value> memories; ///< fot_memory, as the host sees it
};

} // namespace mlir::fot

#endif
