// Files and pipes by their descriptors, other bytes where they lie.
#include "runtime/text/TextReader.h"

#include "runtime/base/Checksum.h"
#include "runtime/base/SystemFailure.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>
#include <utility>
#include <vector>

namespace fot::rt {

static Status cannotOpen(const TextSource &source) {
  return systemFailure(source.path, "open the file");
}

StatusOr<TextReader> TextReader::open(const TextSource &source) {
  if (source.bytes) {
    return TextReader(source.name(), -1, *source.bytes);
  }
  int fd = source.isStandardInput()
               ? STDIN_FILENO
               : ::open(source.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return cannotOpen(source);
  }
  return TextReader(source.name(), fd, {});
}

TextReader::TextReader(TextReader &&other) noexcept
    : called(std::move(other.called)), fd(std::exchange(other.fd, -1)),
      left(other.left) {}

TextReader::~TextReader() {
  if (fd > STDIN_FILENO) {
    close(fd);
  }
}

StatusOr<size_t> TextReader::read(char *data, size_t size) {
  if (fd < 0) {
    size_t count = left.copy(data, size);
    left.remove_prefix(count);
    return count;
  }
  while (true) {
    ssize_t count = ::read(fd, data, size);
    if (count >= 0) {
      return static_cast<size_t>(count);
    }
    if (errno != EINTR) {
      return systemFailure(called, "read");
    }
  }
}

StatusOr<TextFacts> factsOfText(const TextSource &source) {
  FOT_ASSIGN_OR_RETURN(TextReader reader, TextReader::open(source));
  TextFacts facts;
  ChecksumStream sum;
  std::vector<char> buffer(1 << 20);
  while (true) {
    FOT_ASSIGN_OR_RETURN(size_t count,
                         reader.read(buffer.data(), buffer.size()));
    if (count == 0) {
      break;
    }
    facts.bytes += count;
    sum.append(std::as_bytes(std::span(buffer.data(), count)));
  }
  facts.checksum = sum.digest();
  return facts;
}

StatusOr<uint64_t> sizeOfTexts(std::span<const TextSource> sources) {
  uint64_t total = 0;
  bool known = true;
  for (const TextSource &source : sources) {
    if (source.bytes) {
      total += source.bytes->size();
      continue;
    }
    if (source.isStandardInput()) {
      known = false;
      continue;
    }
    if (access(source.path.c_str(), R_OK) != 0) {
      return cannotOpen(source);
    }
    std::error_code error;
    if (std::filesystem::is_directory(source.path, error)) {
      return Status::failure(source.path +
                             ": expected a file, found a directory");
    }
    uint64_t size = std::filesystem::file_size(source.path, error);
    known = known && !error;
    total += error ? 0 : size;
  }
  return known ? total : 0;
}

} // namespace fot::rt
