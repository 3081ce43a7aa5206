// How known families of byte-level BPE cut text into words.
#ifndef FOT_PASSES_IMPORT_TOKENIZER_PRETOKENIZERS_H
#define FOT_PASSES_IMPORT_TOKENIZER_PRETOKENIZERS_H

#include <string>
#include <string_view>
#include <vector>

namespace mlir::fot {

/// The expression of GPT-2, which tokenizer.json calls ByteLevel.
extern const char *const gpt2Regex;

struct PreTokenizer {
  std::vector<std::string> names; ///< values of tokenizer.ggml.pre
  std::vector<std::string> regexes;
  bool ignoreMerges = false;
  bool addBos = false; ///< where the file does not say
};

/// The family called `name`, or null.
const PreTokenizer *findPreTokenizer(std::string_view name);
/// All names, sorted, separated by ", ".
std::string knownPreTokenizers();

} // namespace mlir::fot

#endif
