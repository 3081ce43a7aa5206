// The tokens of a text that need not fit into memory.
#ifndef FOT_RUNTIME_TEXT_TOKENSTREAM_H
#define FOT_RUNTIME_TEXT_TOKENSTREAM_H

#include "runtime/base/Checksum.h"
#include "runtime/base/Status.h"
#include "runtime/text/TextReader.h"
#include "runtime/text/Tokenizer.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fot::rt {

/// Bytes that a piece of text has at least, unless it is the last.
constexpr size_t kTextPiece = 64 << 10;

/// Where to cut `text`, which goes on (or has 2 * kTextPiece bytes), so that
/// both parts are tokenized as the whole would be: before a space between two
/// ASCII letters; if there is none, behind a line break; if there is none,
/// between two characters. From kTextPiece to 2 * kTextPiece.
size_t cutOfText(std::string_view text);

/// Reads a text and tokenizes it piece by piece. The spelling of control tokens
/// is plain text in it. What pieces are cut depends on the text only.
class TokenStream {
public:
  static StatusOr<TokenStream> open(const TextSource &source,
                                    const Tokenizer &tokenizer, bool addBos);
  /// Replaces `tokens` by the next `count`; fewer only at the end of the text.
  Status next(size_t count, std::vector<int32_t> &tokens);
  /// Bytes of the text that the tokens so far stand for. Exact where tokens
  /// spell the text as it is; always so at the end of a piece.
  uint64_t bytesUsed() const { return used; }
  /// Bytes of text that were read, and their checksum.
  uint64_t bytesRead() const { return numRead; }
  uint64_t checksum() const { return sum.digest(); }

private:
  TokenStream(TextReader reader, const Tokenizer &tokenizer, bool addBos)
      : reader(std::move(reader)), tokenizer(&tokenizer), addBos(addBos) {}
  Status fill();
  Status tokenizePiece();

  TextReader reader;
  const Tokenizer *tokenizer;
  bool addBos;
  bool atStart = true, atEnd = false;
  std::string text;       // read, and not yet tokenized
  uint64_t textBegin = 0; // where it begins
  uint64_t numRead = 0, used = 0;
  ChecksumStream sum;
  std::vector<int32_t> ready; // tokens of the last piece
  std::vector<uint64_t> ends; // bytes used with each
  size_t taken = 0;           // of them
};

} // namespace fot::rt

#endif
