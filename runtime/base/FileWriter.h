// Output files that appear complete or not at all.
#ifndef FOT_RUNTIME_BASE_FILEWRITER_H
#define FOT_RUNTIME_BASE_FILEWRITER_H

#include "runtime/base/AsideFile.h"
#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fot::rt {

/// Writes a file that is there under its name from commit() on, whole, and
/// without a commit never. A name that exists and is not that of a regular file
/// (a device, a pipe) is written directly.
class FileWriter {
public:
  static StatusOr<FileWriter> create(const std::string &path);
  FileWriter(FileWriter &&other) noexcept;
  FileWriter &operator=(FileWriter &&) = delete;
  ~FileWriter();

  /// Appends at the end. Buffered: a full disk may show up later, but never
  /// after commit().
  Status write(std::span<const std::byte> bytes);
  Status write(std::string_view text);
  /// Appends zeros up to the next multiple of `alignment`.
  Status pad(uint64_t alignment);
  /// Overwrites bytes that were written before.
  Status writeAt(uint64_t offset, std::span<const std::byte> bytes);
  /// Number of bytes written so far.
  uint64_t offset() const { return flushed + pending.size(); }
  /// Makes the file visible under its name.
  Status commit();

private:
  FileWriter() = default;
  Status flush();
  Status writeAll(std::span<const std::byte> bytes);

  std::string path;
  AsideFile aside; // not pending: written directly
  int fd = -1;
  uint64_t flushed = 0;
  std::vector<std::byte> pending;
};

} // namespace fot::rt

#endif
