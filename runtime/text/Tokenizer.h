// Tokenizer: text to token ids and back, from the bytes of an artifact's
// tokenizer segment. Two kinds: "sentencepiece" (a serialized ModelProto) and
// "bpe" (byte-level BPE, the JSON that docs/tokenizer.md describes).
#ifndef FOT_RUNTIME_TEXT_TOKENIZER_H
#define FOT_RUNTIME_TEXT_TOKENIZER_H

#include "runtime/base/Status.h"
#include "runtime/text/Utf8.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fot::rt {

struct EncodeOptions {
  /// Put the beginning-of-sequence id first, unless the vocabulary has none or
  /// the text's own first token is that id already.
  bool addBos = false;
  /// Read the spelling of a control token ("<s>", "<|im_end|>") as that token.
  /// Leave it off for text that comes from outside.
  bool parseSpecial = false;
};

/// One token as the detokenizer sees it.
struct TokenPiece {
  enum class Kind { Text, Control, Unknown };
  Kind kind = Kind::Text;
  /// Raw bytes; a single token may hold part of a character only. For Control
  /// and Unknown, the token's name.
  std::string bytes;
};

/// Immutable after creation; may be used from several threads at once.
class Tokenizer {
public:
  /// Reads the asset `bytes` of the given kind. They are copied as needed and
  /// may come from anywhere: a damaged asset is a failure with its sentence.
  static StatusOr<std::unique_ptr<Tokenizer>> create(std::string_view kind,
                                                     std::string_view bytes);
  virtual ~Tokenizer();

  /// Ids of `text`. Bytes that are not UTF-8 count as U+FFFD.
  StatusOr<std::vector<int32_t>> encode(std::string_view text,
                                        EncodeOptions options = {}) const;

  /// Text of `ids` from the beginning of a text. Control tokens are left out
  /// unless `showControl`. Fails on an id outside the vocabulary.
  StatusOr<std::string> decode(const std::vector<int32_t> &ids,
                               bool showControl = false) const;

  virtual int32_t vocabSize() const = 0;
  /// Ids that begin and end a sequence, where the vocabulary has them.
  virtual std::optional<int32_t> bos() const = 0;
  virtual std::optional<int32_t> eos() const = 0;
  /// The id that a control or user-defined token's exact spelling has.
  virtual std::optional<int32_t> specialId(std::string_view name) const = 0;
  /// Whether a text's first space was put there by encode() and so is left out
  /// again when decoding from the beginning of a text.
  virtual bool dropsLeadingSpace() const = 0;
  /// The piece of `id`, which lies within the vocabulary.
  virtual TokenPiece piece(int32_t id) const = 0;

protected:
  /// Appends the ids of valid UTF-8 `text`.
  virtual Status appendIds(std::string_view text, bool parseSpecial,
                           std::vector<int32_t> &ids) const = 0;
};

struct DetokenizerOptions {
  /// The ids begin a text (true), or go on after text that is already there.
  bool startsText = true;
  /// Spell out control tokens instead of leaving them out.
  bool showControl = false;
};

/// Streaming decoder: one id in, the text that is certain by now out. Keeps
/// back the bytes of a character until it is complete. Borrows the tokenizer.
class Detokenizer {
public:
  explicit Detokenizer(const Tokenizer &tokenizer,
                       DetokenizerOptions options = {})
      : tokenizer(&tokenizer), options(options),
        dropSpace(options.startsText && tokenizer.dropsLeadingSpace()) {}

  /// The next text, perhaps empty, always whole characters. Fails on an id
  /// outside the vocabulary and then changes nothing.
  StatusOr<std::string> push(int32_t id);
  /// What is left at the end: U+FFFD for a character that never completed.
  std::string finish() { return stream.finish(); }

private:
  const Tokenizer *tokenizer;
  DetokenizerOptions options;
  bool dropSpace;
  Utf8Stream stream;
};

} // namespace fot::rt

#endif
