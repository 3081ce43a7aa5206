// Read-only file mappings through mmap.
#include "runtime/base/MappedFile.h"

#include "runtime/base/SystemFailure.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fot::rt {

StatusOr<MappedFile> MappedFile::open(const std::string &path) {
  // Without waiting for somebody to write to a pipe, which is refused anyway.
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return systemFailure(path, "open the file");
  }
  struct stat info;
  if (fstat(fd, &info) != 0) {
    Status status = systemFailure(path, "read the file's size");
    close(fd);
    return status;
  }
  if (!S_ISREG(info.st_mode)) {
    close(fd);
    return Status::failure(
        path + ": expected a regular file, found " +
        (S_ISDIR(info.st_mode) ? "a directory" : "something else"));
  }
  auto file = map(fd, path, static_cast<size_t>(info.st_size));
  close(fd);
  return file;
}

StatusOr<MappedFile> MappedFile::map(int fd, const std::string &path,
                                     size_t size) {
  MappedFile file;
  if (size != 0) {
    void *address = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (address == MAP_FAILED) {
      return systemFailure(path, "map the file into memory");
    }
    file.data = static_cast<const std::byte *>(address);
    file.size = size;
  }
  return file;
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : data(std::exchange(other.data, nullptr)),
      size(std::exchange(other.size, 0)) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(data, other.data);
  std::swap(size, other.size);
  return *this;
}

MappedFile::~MappedFile() {
  if (data) {
    munmap(const_cast<std::byte *>(data), size);
  }
}

/// Gives `advice` for the pages that [offset, offset + length) touches. Advice
/// only: a kernel that cannot follow it loses speed, nothing else.
static void advise(std::span<const std::byte> bytes, size_t offset,
                   size_t length, int advice) {
  static const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  if (offset >= bytes.size()) {
    return;
  }
  size_t begin = offset / page * page;
  size_t end = offset + std::min(length, bytes.size() - offset);
  madvise(const_cast<std::byte *>(bytes.data()) + begin, end - begin, advice);
}

void MappedFile::adviseHot(size_t offset, size_t length) const {
  advise(bytes(), offset, length, MADV_HUGEPAGE);
  advise(bytes(), offset, length, MADV_WILLNEED);
}

void MappedFile::adviseSoon(size_t offset, size_t length) const {
  advise(bytes(), offset, length, MADV_WILLNEED);
}

void MappedFile::adviseRandom() const { advise(bytes(), 0, size, MADV_RANDOM); }

} // namespace fot::rt
