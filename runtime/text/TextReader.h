// Where the bytes of a text come from.
#ifndef FOT_RUNTIME_TEXT_TEXTREADER_H
#define FOT_RUNTIME_TEXT_TEXTREADER_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fot::rt {

/// A file, standard input, or bytes that the caller keeps.
struct TextSource {
  TextSource(std::string path) : path(std::move(path)) {}
  TextSource(std::string name, std::string_view bytes)
      : path(std::move(name)), bytes(bytes) {}

  bool isStandardInput() const { return !bytes && path == "-"; }
  /// What the text is called in sentences and banks.
  std::string name() const {
    return isStandardInput() ? "standard input" : path;
  }

  std::string path; // "-": standard input
  std::optional<std::string_view> bytes;
};

class TextReader {
public:
  static StatusOr<TextReader> open(const TextSource &source);
  TextReader(TextReader &&other) noexcept;
  TextReader &operator=(TextReader &&) = delete;
  ~TextReader();

  const std::string &name() const { return called; }
  /// Reads up to `size` bytes; 0 at the end.
  StatusOr<size_t> read(char *data, size_t size);

private:
  TextReader(std::string name, int fd, std::string_view left)
      : called(std::move(name)), fd(fd), left(left) {}

  std::string called;
  int fd; // -1: `left` is read
  std::string_view left;
};

/// Size and XXH3-64 of a whole text.
struct TextFacts {
  uint64_t bytes = 0, checksum = 0;
};
StatusOr<TextFacts> factsOfText(const TextSource &source);

/// Bytes of all texts, 0 when that cannot be known; a failure for one that is
/// not there, or is a directory.
StatusOr<uint64_t> sizeOfTexts(std::span<const TextSource> sources);

} // namespace fot::rt

#endif
