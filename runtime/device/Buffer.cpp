// Memory that compiled code works on, of the host or of a device.
#include "runtime/device/Buffer.h"

#include <cstring>
#include <utility>

namespace fot::rt {

StatusOr<Buffer> Buffer::allocate(Device *device, uint64_t bytes,
                                  const std::string &purpose) {
  Buffer buffer;
  if (!device) {
    FOT_ASSIGN_OR_RETURN(buffer.host, AlignedBuffer::allocate(bytes, purpose));
  } else if (bytes != 0) {
    FOT_ASSIGN_OR_RETURN(buffer.address, device->allocate(bytes, purpose));
    buffer.device = device;
  }
  buffer.length = bytes;
  return buffer;
}

StatusOr<Buffer> Buffer::allocateMapped(Device &device, uint64_t bytes,
                                        const std::string &purpose) {
  Buffer buffer;
  FOT_ASSIGN_OR_RETURN(buffer.mapped, device.allocateMapped(bytes, purpose));
  buffer.address = buffer.mapped.address;
  buffer.device = &device;
  buffer.length = bytes;
  return buffer;
}

Buffer::Buffer(Buffer &&other) noexcept { *this = std::move(other); }

Buffer &Buffer::operator=(Buffer &&other) noexcept {
  std::swap(host, other.host);
  std::swap(device, other.device);
  std::swap(address, other.address);
  std::swap(mapped, other.mapped);
  std::swap(length, other.length);
  return *this;
}

Buffer::~Buffer() {
  if (isMapped()) {
    device->freeMapped(mapped);
  } else if (device) {
    device->free(address);
  }
}

std::byte *Buffer::data() const {
  return device ? reinterpret_cast<std::byte *>(address)
                : const_cast<AlignedBuffer &>(host).data();
}

Status Buffer::write(const void *from, uint64_t bytes, uint64_t offset) {
  if (device && !isMapped()) {
    return device->upload(address + offset, from, bytes);
  }
  auto *begin = isMapped() ? static_cast<std::byte *>(mapped.host) : data();
  std::memcpy(begin + offset, from, bytes);
  return Status();
}

Status Buffer::read(void *to, uint64_t bytes, uint64_t offset) const {
  if (device && !isMapped()) {
    return device->download(to, address + offset, bytes);
  }
  auto *begin = isMapped() ? static_cast<std::byte *>(mapped.host) : data();
  std::memcpy(to, begin + offset, bytes);
  return Status();
}

} // namespace fot::rt
