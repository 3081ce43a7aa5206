// Cuts where no tokenizer that we read looks across.
//
// Byte-level BPE splits text into words by an expression before it merges
// anything; in all of those in use a space before a letter begins a word, and
// a letter before a space ends one, whatever stands further away. SentencePiece
// has no piece with a space behind a letter, and begins every text with a space
// of its own: there the space at the cut is left to it.
#include "runtime/text/TokenStream.h"

#include <algorithm>

namespace fot::rt {

static bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

size_t cutOfText(std::string_view text) {
  size_t end = std::min(text.size() - 1, 2 * kTextPiece);
  for (size_t i = kTextPiece; i < end; ++i) {
    if (text[i] == ' ' && isLetter(text[i - 1]) && isLetter(text[i + 1])) {
      return i;
    }
  }
  for (size_t i = kTextPiece; i < end; ++i) {
    if (text[i - 1] == '\n') {
      return i;
    }
  }
  while (end > kTextPiece && (text[end] & 0xC0) == 0x80) {
    --end;
  }
  return end;
}

StatusOr<TokenStream> TokenStream::open(const TextSource &source,
                                        const Tokenizer &tokenizer,
                                        bool addBos) {
  FOT_ASSIGN_OR_RETURN(TextReader reader, TextReader::open(source));
  return TokenStream(std::move(reader), tokenizer, addBos);
}

Status TokenStream::fill() {
  constexpr size_t kWanted = 2 * kTextPiece + 1;
  while (!atEnd && text.size() < kWanted) {
    size_t before = text.size();
    text.resize(kWanted);
    auto count = reader.read(text.data() + before, kWanted - before);
    text.resize(before + (count.ok() ? *count : 0));
    if (!count.ok()) {
      return count.takeStatus();
    }
    sum.append(std::as_bytes(std::span(text).subspan(before)));
    numRead += *count;
    atEnd = *count == 0;
  }
  return Status();
}

Status TokenStream::tokenizePiece() {
  FOT_RETURN_IF_ERROR(fill());
  size_t size = text.size() > 2 * kTextPiece ? cutOfText(text) : text.size();
  std::string_view piece(text.data(), size);
  // The tokenizer puts a space in front of a text: in its middle, this one.
  bool ownSpace = tokenizer->dropsLeadingSpace();
  if (!atStart && ownSpace && piece.starts_with(' ')) {
    piece.remove_prefix(1);
  }
  auto encoded = tokenizer->encode(piece, {.addBos = atStart && addBos});
  if (!encoded.ok()) {
    return encoded.takeStatus().at(reader.name());
  }
  ready = std::move(*encoded);
  taken = 0;
  ends.resize(ready.size());
  // Up to the first letter a space in front of the text counts as nothing.
  uint64_t limit = textBegin + size, at = textBegin;
  bool drop = atStart && ownSpace;
  for (size_t i = 0; i < ready.size(); ++i) {
    TokenPiece spelling = tokenizer->piece(ready[i]);
    if (spelling.kind == TokenPiece::Kind::Text) {
      size_t bytes = spelling.bytes.size();
      at += bytes - (drop && spelling.bytes.starts_with(' ') ? 1 : 0);
      drop = drop && bytes == 0;
    }
    at = std::min(at, limit);
    ends[i] = at;
  }
  if (!ends.empty()) {
    ends.back() = limit;
  }
  text.erase(0, size);
  textBegin = limit;
  atStart = false;
  return Status();
}

Status TokenStream::next(size_t count, std::vector<int32_t> &tokens) {
  tokens.clear();
  while (tokens.size() < count) {
    if (taken == ready.size()) {
      if (!atStart && atEnd && text.empty()) {
        break;
      }
      FOT_RETURN_IF_ERROR(tokenizePiece());
      continue;
    }
    size_t more = std::min(count - tokens.size(), ready.size() - taken);
    auto begin = ready.begin() + static_cast<ptrdiff_t>(taken);
    tokens.insert(tokens.end(), begin, begin + static_cast<ptrdiff_t>(more));
    taken += more;
    used = ends[taken - 1];
  }
  return Status();
}

} // namespace fot::rt
