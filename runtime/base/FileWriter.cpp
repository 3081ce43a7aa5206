// Buffered writes to a file aside.
#include "runtime/base/FileWriter.h"

#include "runtime/base/Checked.h"
#include "runtime/base/SystemFailure.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fot::rt {

static constexpr size_t kBufferBytes = 1u << 18;

StatusOr<FileWriter> FileWriter::create(const std::string &path) {
  FileWriter writer;
  writer.path = path;
  struct stat info;
  bool exists = stat(path.c_str(), &info) == 0;
  if (exists && S_ISDIR(info.st_mode)) {
    return Status::failure(path +
                           ": expected a file to write, found a directory");
  }
  if (exists && !S_ISREG(info.st_mode)) {
    writer.fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  } else {
    writer.fd = writer.aside.open(path);
  }
  if (writer.fd < 0) {
    return systemFailure(path, "create the file");
  }
  writer.pending.reserve(kBufferBytes);
  return writer;
}

FileWriter::FileWriter(FileWriter &&other) noexcept
    : path(std::move(other.path)), aside(std::move(other.aside)),
      fd(std::exchange(other.fd, -1)), flushed(other.flushed),
      pending(std::move(other.pending)) {}

FileWriter::~FileWriter() {
  if (fd >= 0) {
    close(fd);
  }
}

Status FileWriter::writeAll(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return systemFailure(path, "write");
    }
    bytes = bytes.subspan(static_cast<size_t>(count));
    flushed += static_cast<uint64_t>(count);
  }
  return Status();
}

Status FileWriter::flush() {
  FOT_RETURN_IF_ERROR(writeAll(pending));
  pending.clear();
  return Status();
}

Status FileWriter::write(std::span<const std::byte> bytes) {
  if (pending.size() + bytes.size() > kBufferBytes) {
    FOT_RETURN_IF_ERROR(flush());
  }
  if (bytes.size() >= kBufferBytes) {
    return writeAll(bytes);
  }
  pending.insert(pending.end(), bytes.begin(), bytes.end());
  return Status();
}

Status FileWriter::write(std::string_view text) {
  return write(std::as_bytes(std::span(text.data(), text.size())));
}

Status FileWriter::pad(uint64_t alignment) {
  static constexpr std::byte zeros[4096] = {};
  uint64_t missing = alignUp(offset(), alignment) - offset();
  while (missing != 0) {
    uint64_t count = std::min<uint64_t>(missing, sizeof(zeros));
    FOT_RETURN_IF_ERROR(write(std::span(zeros, count)));
    missing -= count;
  }
  return Status();
}

Status FileWriter::writeAt(uint64_t offset, std::span<const std::byte> bytes) {
  FOT_RETURN_IF_ERROR(flush());
  while (!bytes.empty()) {
    ssize_t count =
        pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return systemFailure(path, "write");
    }
    offset += static_cast<uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return Status();
}

Status FileWriter::commit() {
  FOT_RETURN_IF_ERROR(flush());
  // What closing may say of writing has to be known before the file appears.
  int other = dup(fd);
  if (other < 0 || close(std::exchange(fd, other)) != 0) {
    return systemFailure(path, "write");
  }
  if (aside.pending() && !aside.place(fd)) {
    return systemFailure(path, "put the finished file in place");
  }
  close(std::exchange(fd, -1));
  return Status();
}

} // namespace fot::rt
