// Anonymous mappings, over-mapped and trimmed to huge-page alignment.
#include "runtime/base/AlignedBuffer.h"

#include "runtime/base/Checked.h"

#include <sys/mman.h>
#include <utility>

namespace fot::rt {

static constexpr uint64_t kPage = 4096;
static constexpr uint64_t kHugePage = 2u << 20;
/// Far above what a machine has, far below where sums of sizes overflow.
static constexpr uint64_t kLargest = uint64_t(1) << 46;

StatusOr<AlignedBuffer> AlignedBuffer::allocate(uint64_t bytes,
                                                const std::string &purpose) {
  AlignedBuffer buffer;
  if (bytes == 0) {
    return buffer;
  }
  auto failure = [&] {
    return Status::failure("cannot allocate " + std::to_string(bytes) +
                           " bytes of memory for " + purpose);
  };
  if (bytes > kLargest) {
    return failure();
  }
  bool huge = bytes >= kHugePage;
  uint64_t size = alignUp(bytes, huge ? kHugePage : kPage);
  uint64_t slack = huge ? kHugePage : 0;
  void *address = mmap(nullptr, size + slack, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (address == MAP_FAILED) {
    return failure();
  }
  auto start = reinterpret_cast<uintptr_t>(address);
  if (huge) {
    uintptr_t aligned = alignUp(start, kHugePage);
    if (aligned != start) {
      munmap(address, aligned - start);
    }
    if (uintptr_t tail = start + slack - aligned) {
      munmap(reinterpret_cast<void *>(aligned + size), tail);
    }
    start = aligned;
    madvise(reinterpret_cast<void *>(start), size, MADV_HUGEPAGE);
  }
  buffer.begin = reinterpret_cast<std::byte *>(start);
  buffer.length = bytes;
  buffer.mapped = size;
  return buffer;
}

AlignedBuffer::AlignedBuffer(AlignedBuffer &&other) noexcept
    : begin(std::exchange(other.begin, nullptr)),
      length(std::exchange(other.length, 0)),
      mapped(std::exchange(other.mapped, 0)) {}

AlignedBuffer &AlignedBuffer::operator=(AlignedBuffer &&other) noexcept {
  std::swap(begin, other.begin);
  std::swap(length, other.length);
  std::swap(mapped, other.mapped);
  return *this;
}

AlignedBuffer::~AlignedBuffer() {
  if (begin) {
    munmap(begin, mapped);
  }
}

} // namespace fot::rt
