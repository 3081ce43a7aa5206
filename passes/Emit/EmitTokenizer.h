//===- EmitTokenizer.h - a checkpoint's tokenizer as an asset ---*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_EMITTOKENIZER_H
#define FOT_PASSES_EMIT_EMITTOKENIZER_H

#include "passes/Import/Checkpoint/Checkpoint.h"
#include "passes/Import/Tokenizer/TokenizerImport.h"

namespace mlir::fot {

/// The tokenizer that comes with the checkpoint at `path`, if there is one.
llvm::Expected<std::optional<TokenizerAsset>>
loadTokenizer(llvm::StringRef path);

} // namespace mlir::fot

#endif
