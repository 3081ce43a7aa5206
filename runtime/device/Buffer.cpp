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

Buffer::Buffer(Buffer &&other) noexcept { *this = std::move(other); }

Buffer &Buffer::operator=(Buffer &&other) noexcept {
  std::swap(host, other.host);
  std::swap(device, other.device);
  std::swap(address, other.address);
  std::swap(length, other.length);
  return *this;
}

Buffer::~Buffer() {
  if (device) {
    device->free(address);
  }
}

std::byte *Buffer::data() const {
  return device ? reinterpret_cast<std::byte *>(address)
                : const_cast<AlignedBuffer &>(host).data();
}

Status Buffer::write(const void *from, uint64_t bytes) {
  if (device) {
    return device->upload(address, from, bytes);
  }
  std::memcpy(host.data(), from, bytes);
  return Status();
}

Status Buffer::read(void *to, uint64_t bytes) const {
  if (device) {
    return device->download(to, address, bytes);
  }
  std::memcpy(to, host.data(), bytes);
  return Status();
}

} // namespace fot::rt
