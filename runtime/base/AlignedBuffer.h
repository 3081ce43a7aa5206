// Zeroed memory from the kernel, aligned for vector loads and huge pages.
#ifndef FOT_RUNTIME_BASE_ALIGNEDBUFFER_H
#define FOT_RUNTIME_BASE_ALIGNEDBUFFER_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace fot::rt {

/// Anonymous memory, zero-filled, page-aligned; from 2 MiB on aligned to 2 MiB
/// and marked for huge pages. Pages are taken when first touched.
class AlignedBuffer {
public:
  /// `purpose` appears in the failure: "cannot allocate N bytes for PURPOSE".
  static StatusOr<AlignedBuffer> allocate(uint64_t bytes,
                                          const std::string &purpose);
  AlignedBuffer() = default;
  AlignedBuffer(AlignedBuffer &&other) noexcept;
  AlignedBuffer &operator=(AlignedBuffer &&other) noexcept;
  ~AlignedBuffer();

  std::byte *data() { return begin; }
  const std::byte *data() const { return begin; }
  size_t size() const { return length; }
  template <typename T> T *as() { return reinterpret_cast<T *>(begin); }

private:
  std::byte *begin = nullptr;
  size_t length = 0; // what was asked for
  size_t mapped = 0; // what munmap gets
};

} // namespace fot::rt

#endif
