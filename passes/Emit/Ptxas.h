//===- Ptxas.h - NVIDIA's assembler, where it is installed ------*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_PTXAS_H
#define FOT_PASSES_EMIT_PTXAS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::fot {

/// The path of ptxas: from $PATH, $CUDA_HOME/bin or /usr/local/cuda/bin; empty
/// where there is none.
std::string findPtxas();

/// Assembles PTX to a cubin. A failure has what ptxas says, on one line.
llvm::Expected<std::string> assemblePtx(llvm::StringRef ptxas,
                                        llvm::StringRef architecture,
                                        llvm::StringRef ptx);

} // namespace mlir::fot

#endif
