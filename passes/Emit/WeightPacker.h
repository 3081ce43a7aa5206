//===- WeightPacker.h - the bytes of packed weights -------------*- C++ -*-===//
//
// Lays weights out as docs/weight-layouts.md says, streaming panel by panel.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_EMIT_WEIGHTPACKER_H
#define FOT_PASSES_EMIT_WEIGHTPACKER_H

#include "passes/Support/WeightReader.h"

namespace mlir::fot {

/// Receives the weights segment in order, in threads that change.
using ByteSink = llvm::function_ref<llvm::Error(llvm::ArrayRef<uint8_t>)>;

/// Writes every weight of `module` at its offset to `sink`, with zeros
/// between them. Packs on `threads` threads, a few megabytes at a time, while
/// another writes what came before.
/// `progress` is told the bytes written so far.
llvm::Error packWeights(ModuleOp module, WeightReader &reader, unsigned threads,
                        ByteSink sink,
                        llvm::function_ref<llvm::Error(uint64_t)> progress);

/// One panel of 16 rows of `columns` numbers (whole blocks) in the format of
/// `panel`, from `rows` rows of row-major bytes in that format; missing rows
/// are zeros. `dst` has room for the panel's steps.
void packPanel(PanelType panel, llvm::ArrayRef<uint8_t> rows, int64_t numRows,
               int64_t columns, uint8_t *dst);

} // namespace mlir::fot

#endif
