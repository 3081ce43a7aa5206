// Converts the model of a Hugging Face tokenizer.json.
#ifndef FOT_PASSES_IMPORT_TOKENIZER_TOKENIZERJSON_H
#define FOT_PASSES_IMPORT_TOKENIZER_TOKENIZERJSON_H

#include "passes/Import/Tokenizer/HuggingFaceFiles.h"
#include "passes/Import/Tokenizer/TokenizerImport.h"

namespace mlir::fot {

/// Whether a tokenizer.json puts a special token in front of every text.
/// Nothing if it has no template that says so or not.
std::optional<bool> templateAddsBos(const nlohmann::json &tokenizer);

/// The id of a token's exact text in tokenizer.json, added tokens first.
std::optional<int32_t> idOfToken(const HuggingFaceFiles &files,
                                 const std::string &text);

/// Sets the kind and bytes of `asset`, whose bos and eos are known, and adds to
/// its notes. Fails naming what is not supported.
::fot::rt::Status convertTokenizerJson(const HuggingFaceFiles &files,
                                       TokenizerAsset &asset);

} // namespace mlir::fot

#endif
