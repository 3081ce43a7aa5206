//===- Progress.h - how far a compilation is --------------------*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_PROGRESS_H
#define FOT_PASSES_EMIT_PROGRESS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <functional>

namespace mlir::fot {

/// Told what is being done and how far it is, 0 to 1; false to stop.
using CompileProgress = std::function<bool(llvm::StringRef what, double done)>;

/// Tells `progress`, if there is one; an error when it says stop.
inline llvm::Error tell(const CompileProgress &progress, llvm::StringRef what,
                        double done) {
  if (!progress || progress(what, done)) {
    return llvm::Error::success();
  }
  return llvm::createStringError("stopped while " + what);
}

} // namespace mlir::fot

#endif
