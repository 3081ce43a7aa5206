// Cuts where no tokenizer that we read looks across.
//
// Byte-level BPE splits text into words by an expression before it merges
// anything; in all of those in use a space before a letter begins a word, and
// a letter before a space ends one, whatever stands further away. SentencePiece
// has no piece with a space behind a letter, and begins every text with a space
// of its own: there the space at the cut is left to it.
#include "runtime/text/TokenStream.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

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

std::string documentName(const std::string &path) {
  return path == "-" ? "standard input" : path;
}

static StatusOr<int> openText(const std::string &path) {
  if (path == "-") {
    return STDIN_FILENO;
  }
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return Status::failure(path +
                           ": cannot open the file: " + std::strerror(errno));
  }
  return fd;
}

static void closeText(int fd) {
  if (fd > STDIN_FILENO) {
    close(fd);
  }
}

/// Reads up to `size` bytes; 0 at the end.
static StatusOr<size_t> readSome(int fd, char *data, size_t size,
                                 const std::string &name) {
  while (true) {
    ssize_t count = read(fd, data, size);
    if (count >= 0) {
      return static_cast<size_t>(count);
    }
    if (errno != EINTR) {
      return Status::failure(name + ": cannot read: " + std::strerror(errno));
    }
  }
}

StatusOr<TextFacts> factsOfText(const std::string &path) {
  FOT_ASSIGN_OR_RETURN(int fd, openText(path));
  TextFacts facts;
  ChecksumStream sum;
  std::vector<char> buffer(1 << 20);
  Status status;
  while (true) {
    auto count = readSome(fd, buffer.data(), buffer.size(), documentName(path));
    if (!count.ok()) {
      status = count.takeStatus();
      break;
    }
    if (*count == 0) {
      break;
    }
    facts.bytes += *count;
    sum.append(std::as_bytes(std::span(buffer.data(), *count)));
  }
  closeText(fd);
  FOT_RETURN_IF_ERROR(std::move(status));
  facts.checksum = sum.digest();
  return facts;
}

StatusOr<TokenStream> TokenStream::open(const std::string &path,
                                        const Tokenizer &tokenizer,
                                        bool addBos) {
  FOT_ASSIGN_OR_RETURN(int fd, openText(path));
  return TokenStream(documentName(path), fd, tokenizer, addBos);
}

TokenStream::TokenStream(std::string name, int fd, const Tokenizer &tokenizer,
                         bool addBos)
    : name(std::move(name)), fd(fd), tokenizer(&tokenizer), addBos(addBos) {}

TokenStream::TokenStream(TokenStream &&other) noexcept
    : name(std::move(other.name)), fd(std::exchange(other.fd, -1)),
      tokenizer(other.tokenizer), addBos(other.addBos), atStart(other.atStart),
      atEnd(other.atEnd), text(std::move(other.text)),
      textBegin(other.textBegin), numRead(other.numRead), used(other.used),
      sum(std::move(other.sum)), ready(std::move(other.ready)),
      ends(std::move(other.ends)), taken(other.taken) {}

TokenStream::~TokenStream() { closeText(fd); }

Status TokenStream::fill() {
  constexpr size_t kWanted = 2 * kTextPiece + 1;
  while (!atEnd && text.size() < kWanted) {
    size_t before = text.size();
    text.resize(kWanted);
    auto count = readSome(fd, text.data() + before, kWanted - before, name);
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
    return encoded.takeStatus().at(name);
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
