// tokenizer.json's pre-tokenizers as regular expressions.
#include "passes/Import/Tokenizer/PreTokenizerSteps.h"

#include "passes/Import/Tokenizer/HuggingFaceFiles.h"
#include "passes/Import/Tokenizer/PreTokenizers.h"

using ::fot::rt::Status;
using nlohmann::json;

namespace mlir::fot {

static std::string quoteRegex(const std::string &text) {
  std::string quoted;
  for (char c : text) {
    if (static_cast<unsigned char>(c) < 0x80 && !isalnum(c)) {
      quoted.push_back('\\');
    }
    quoted.push_back(c);
  }
  return quoted;
}

static Status addSplit(const json &split, BpeDescription &bpe) {
  const json &pattern = memberOf(split, "pattern");
  std::string regex = textOf(memberOf(pattern, "Regex"));
  if (regex.empty()) {
    regex = quoteRegex(textOf(memberOf(pattern, "String")));
  }
  if (regex.empty()) {
    return Status::failure("expected a Regex or String in the pattern of a "
                           "Split pre-tokenizer, found neither");
  }
  std::string behavior = textOf(memberOf(split, "behavior"));
  bool invert = flagOf(memberOf(split, "invert")).value_or(false);
  if (behavior == "Isolated") {
    bpe.steps.push_back({regex, "all"});
  } else if (behavior == "Removed") {
    bpe.steps.push_back({regex, invert ? "matches" : "gaps"});
  } else {
    return Status::failure("unsupported behavior '" + behavior +
                           "' of a Split pre-tokenizer; supported are "
                           "Isolated, Removed");
  }
  return Status();
}

/// Adds one pre-tokenizer; `mapped` says that ByteLevel came before it.
static Status addOne(const json &one, bool &mapped, BpeDescription &bpe) {
  std::string type = textOf(memberOf(one, "type"));
  if (type == "Sequence") {
    const json &list = memberOf(one, "pretokenizers");
    if (!list.is_array()) {
      return Status::failure("expected a list in 'pretokenizers' of a Sequence "
                             "pre-tokenizer");
    }
    for (const json &inner : list) {
      if (textOf(memberOf(inner, "type")) == "Sequence") {
        return Status::failure("unsupported Sequence in a Sequence of "
                               "pre-tokenizers");
      }
      FOT_RETURN_IF_ERROR(addOne(inner, mapped, bpe));
    }
    return Status();
  }
  if (mapped) {
    // Such a step would see the byte-level alphabet instead of the text.
    return Status::failure("unsupported pre-tokenizer '" + type +
                           "' after ByteLevel");
  }
  if (type == "Split") {
    return addSplit(one, bpe);
  }
  if (type == "Digits") {
    bool each = flagOf(memberOf(one, "individual_digits")).value_or(false);
    bpe.steps.push_back({each ? R"(\p{N})" : R"(\p{N}+)"});
    return Status();
  }
  if (type == "Punctuation") {
    std::string behavior = textOf(memberOf(one, "behavior"));
    std::string marks = R"([!-/:-@\[-`{-~\p{P}])";
    if (behavior == "Contiguous") {
      marks += "+";
    } else if (!behavior.empty() && behavior != "Isolated") {
      return Status::failure("unsupported behavior '" + behavior +
                             "' of a Punctuation pre-tokenizer; supported are "
                             "Contiguous, Isolated");
    }
    bpe.steps.push_back({marks});
    return Status();
  }
  if (type == "WhitespaceSplit") {
    bpe.steps.push_back({R"(\s+)", "gaps"});
    return Status();
  }
  if (type == "ByteLevel") {
    mapped = true;
    if (flagOf(memberOf(one, "add_prefix_space")).value_or(true)) {
      if (!bpe.steps.empty()) {
        return Status::failure("unsupported add_prefix_space of a ByteLevel "
                               "pre-tokenizer that is not the first");
      }
      bpe.addPrefixSpace = true;
    }
    if (flagOf(memberOf(one, "use_regex")).value_or(true)) {
      bpe.steps.push_back({gpt2Regex});
    }
    return Status();
  }
  return Status::failure(
      "unsupported pre-tokenizer '" + type +
      "'; supported are ByteLevel, Digits, Punctuation, Sequence, Split, "
      "WhitespaceSplit");
}

Status addPreTokenizer(const json &preTokenizer, BpeDescription &bpe) {
  bool mapped = false;
  return preTokenizer.is_null() ? Status() : addOne(preTokenizer, mapped, bpe);
}

Status checkNormalizer(const json &normalizer,
                       std::vector<std::string> &notes) {
  if (normalizer.is_null()) {
    return Status();
  }
  std::string type = textOf(memberOf(normalizer, "type"));
  if (type == "NFC") {
    notes.push_back("the tokenizer composes characters (NFC) first, which is "
                    "not done: text with decomposed accents gets other ids");
    return Status();
  }
  if (type == "Sequence") {
    const json &list = memberOf(normalizer, "normalizers");
    for (const json &inner : list.is_array() ? list : json::array()) {
      if (textOf(memberOf(inner, "type")) == "Sequence") {
        return Status::failure("unsupported Sequence in a Sequence of "
                               "normalizers");
      }
      FOT_RETURN_IF_ERROR(checkNormalizer(inner, notes));
    }
    return Status();
  }
  return Status::failure("unsupported normalizer '" + type +
                         "' of a byte-level tokenizer; supported are NFC, "
                         "Sequence");
}

} // namespace mlir::fot
