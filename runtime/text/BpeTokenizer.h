// The byte-level BPE tokenizer.
#ifndef FOT_RUNTIME_TEXT_BPETOKENIZER_H
#define FOT_RUNTIME_TEXT_BPETOKENIZER_H

#include "runtime/text/Tokenizer.h"

namespace fot::rt {

/// Reads the asset of kind "bpe".
StatusOr<std::unique_ptr<Tokenizer>> createBpeTokenizer(std::string_view json);

} // namespace fot::rt

#endif
