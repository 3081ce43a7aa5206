// A file mapped read-only into memory.
#ifndef FOT_RUNTIME_BASE_MAPPEDFILE_H
#define FOT_RUNTIME_BASE_MAPPEDFILE_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <span>
#include <string>

namespace fot::rt {

/// A whole regular file, mapped read-only and private. Pages are shared with
/// every other process that maps the file. Who truncates a mapped file makes
/// its readers fail (SIGBUS); writers of ours rename instead.
class MappedFile {
public:
  static StatusOr<MappedFile> open(const std::string &path);
  /// The first `size` bytes of a regular file that is open for reading. The
  /// descriptor may be closed afterwards; `path` appears in failures.
  static StatusOr<MappedFile> map(int fd, const std::string &path, size_t size);
  MappedFile() = default;
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return {data, size}; }

  /// Tells the kernel that [offset, offset + length) will be read soon and
  /// over and over: start reading it, in huge pages where the file system can.
  void adviseHot(size_t offset, size_t length) const;
  /// Tells the kernel that [offset, offset + length) will be read soon.
  void adviseSoon(size_t offset, size_t length) const;
  /// Tells the kernel that few bytes will be read, anywhere: nothing is to be
  /// read ahead.
  void adviseRandom() const;

private:
  const std::byte *data = nullptr;
  size_t size = 0;
};

} // namespace fot::rt

#endif
