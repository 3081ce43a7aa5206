// The sentencepiece tokenizer.
#ifndef FOT_RUNTIME_TEXT_SENTENCEPIECETOKENIZER_H
#define FOT_RUNTIME_TEXT_SENTENCEPIECETOKENIZER_H

#include "runtime/text/Tokenizer.h"

namespace fot::rt {

/// Reads the asset of kind "sentencepiece": a serialized ModelProto.
StatusOr<std::unique_ptr<Tokenizer>>
createSentencePieceTokenizer(std::string_view proto);

} // namespace fot::rt

#endif
