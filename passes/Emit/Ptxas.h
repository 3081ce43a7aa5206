//===- Ptxas.h - NVIDIA's assembler, where it is installed ------*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_PTXAS_H
#define FOT_PASSES_EMIT_PTXAS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::fot {

/// The path of ptxas: from $PATH, $CUDA_HOME/bin or /usr/local/cuda/bin; empty
/// where there is none.
std::string findPtxas();

/// What ptxas found for a kernel.
struct AssembledKernel {
  std::string name;
  /// Of one thread: registers, bytes of its stack frame, and bytes that are
  /// written to and read from memory for want of registers.
  int64_t registers = 0, stackBytes = 0, spillStores = 0, spillLoads = 0;
  int64_t sharedBytes = 0; ///< of a block, without those a launch asks for
};

struct AssembledCode {
  std::string cubin;
  std::string log; ///< what `ptxas -v` said, for parsePtxasLog
};

/// What `ptxas --version` says; empty if it says nothing.
std::string ptxasVersion(llvm::StringRef ptxas);

/// Reads what `ptxas -v` says of kernels, which it names in no order.
std::vector<AssembledKernel> parsePtxasLog(llvm::StringRef log);

/// Assembles PTX. A failure has what ptxas says, on one line.
llvm::Expected<AssembledCode> assemblePtx(llvm::StringRef ptxas,
                                          llvm::StringRef architecture,
                                          llvm::StringRef ptx);

} // namespace mlir::fot

#endif
