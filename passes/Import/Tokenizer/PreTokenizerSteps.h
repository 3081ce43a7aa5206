// The normalizer and pre-tokenizer of a tokenizer.json with byte-level BPE.
#ifndef FOT_PASSES_IMPORT_TOKENIZER_PRETOKENIZERSTEPS_H
#define FOT_PASSES_IMPORT_TOKENIZER_PRETOKENIZERSTEPS_H

#include "passes/Import/Tokenizer/BpeAssetWriter.h"

#include <nlohmann/json.hpp>

namespace mlir::fot {

/// Adds the steps of `preTokenizer` to `bpe`. Fails naming a kind or behaviour
/// that has no counterpart.
::fot::rt::Status addPreTokenizer(const nlohmann::json &preTokenizer,
                                  BpeDescription &bpe);

/// Accepts no normalizer, and canonical composition with a note.
::fot::rt::Status checkNormalizer(const nlohmann::json &normalizer,
                                  std::vector<std::string> &notes);

} // namespace mlir::fot

#endif
