//===- OutputText.h - text for people, to a file or a pipe ------*- C++ -*-===//

#ifndef FOT_PASSES_DRIVER_OUTPUTTEXT_H
#define FOT_PASSES_DRIVER_OUTPUTTEXT_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::fot {

/// Writes a file whole or not at all; a device or a pipe is written as it is,
/// and "-" or nothing is standard output.
llvm::Error writeText(llvm::StringRef path,
                      llvm::function_ref<void(llvm::raw_ostream &)> print);

/// Sends what is buffered to standard output; an error if that or anything
/// before failed, which LLVM would end the process for.
llvm::Error flushOutput();

} // namespace mlir::fot

#endif
