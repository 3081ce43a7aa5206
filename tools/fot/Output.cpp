// Unbuffered writes: every token appears as soon as it is known.
#include "tools/fot/Output.h"

#include "runtime/base/SystemFailure.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace fot::tool {

using namespace fot::rt;

StatusOr<bool> writeOutput(std::string_view text) {
  while (!text.empty()) {
    ssize_t count = write(STDOUT_FILENO, text.data(), text.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      if (errno == EPIPE) {
        return false;
      }
      return Status::failure(std::string("cannot write to standard output: ") +
                             std::strerror(errno));
    }
    text.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

/// Everything until the end of `fd`, which failures call `name`.
static StatusOr<std::string> readAll(int fd, const std::string &name) {
  std::string text;
  char buffer[1 << 16];
  while (true) {
    ssize_t count = read(fd, buffer, sizeof(buffer));
    if (count == 0) {
      return text;
    }
    if (count < 0 && errno != EINTR) {
      return systemFailure(name, "read");
    }
    text.append(buffer, count > 0 ? static_cast<size_t>(count) : 0);
  }
}

StatusOr<std::string> readInput() {
  return readAll(STDIN_FILENO, "standard input");
}

StatusOr<std::string> readText(const std::string &path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return systemFailure(path, "open the file");
  }
  auto text = readAll(fd, path);
  close(fd);
  return text;
}

std::string sizeText(uint64_t bytes) {
  double value = static_cast<double>(bytes);
  const char *unit = "bytes";
  for (const char *next : {"kB", "MB", "GB"}) {
    if (value < 1000) {
      break;
    }
    value /= 1000;
    unit = next;
  }
  char digits[64];
  std::snprintf(digits, sizeof(digits), *unit == 'b' ? "%.0f %s" : "%.1f %s",
                value, unit);
  return digits;
}

ProgressLine::ProgressLine(std::string what, std::string unit, uint64_t total)
    : what(std::move(what)), unit(std::move(unit)), total(total),
      terminal(isatty(STDERR_FILENO)) {}

void ProgressLine::update(uint64_t done) {
  double now = watch.seconds();
  if (!terminal || now < 2 || now < last + 0.2 || done == 0) {
    return;
  }
  last = now;
  shown = true;
  double left =
      now * static_cast<double>(total - done) / static_cast<double>(done);
  std::fprintf(stderr, "\r\033[K%s: %llu of %llu %s, %.0f s left", what.c_str(),
               static_cast<unsigned long long>(done),
               static_cast<unsigned long long>(total), unit.c_str(), left);
}

ProgressLine::~ProgressLine() {
  if (shown) {
    std::fputs("\r\033[K", stderr);
  }
}

} // namespace fot::tool
