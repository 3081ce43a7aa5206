//===- BuildId.h - which compiler this is -----------------------*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_BUILDID_H
#define FOT_PASSES_EMIT_BUILDID_H

#include <string>

namespace mlir::fot {

/// Names this build of fotc and of the LLVM and MLIR it runs with: what the
/// linker wrote into them as their build ids. Empty if one of them has none;
/// then nothing may be kept on the strength of it.
const std::string &compilerBuildId();

} // namespace mlir::fot

#endif
