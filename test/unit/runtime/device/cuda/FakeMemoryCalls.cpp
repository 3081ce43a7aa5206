// The fake driver's entry points for devices, contexts, memory and streams.
// Names and arguments are those of cuda.h.
#include "test/unit/runtime/device/cuda/FakeDriver.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

using namespace fake;

FAKE_CALL cuInit(unsigned flags) {
  FAKE_ENTER(false);
  if (flags != 0) {
    return driver.misuse(InvalidValue, "flags have to be 0");
  }
  driver.initialised = true;
  return Success;
}

FAKE_CALL cuDriverGetVersion(int *version) {
  FAKE_ENTER(false);
  *version = driver.version;
  return Success;
}

FAKE_CALL cuDeviceGetCount(int *count) {
  FAKE_ENTER(false);
  *count = driver.numDevices;
  return Success;
}

FAKE_CALL cuDeviceGet(int *device, int ordinal) {
  FAKE_ENTER(false);
  if (ordinal < 0 || ordinal >= driver.numDevices) {
    return driver.misuse(InvalidDevice, "no such GPU");
  }
  *device = ordinal;
  return Success;
}

FAKE_CALL cuDeviceGetName(char *name, int length, int device) {
  FAKE_ENTER(false);
  if (length <= 0 || device >= driver.numDevices) {
    return driver.misuse(InvalidValue, "no room, or no such GPU");
  }
  std::strncpy(name, "Fake GPU", static_cast<size_t>(length));
  return Success;
}

FAKE_CALL cuDeviceGetAttribute(int *value, int attribute, int device) {
  FAKE_ENTER(false);
  if (device >= driver.numDevices || (attribute != 75 && attribute != 76)) {
    return driver.misuse(InvalidValue, "no such GPU or attribute");
  }
  *value = attribute == 75 ? driver.capability / 10 : driver.capability % 10;
  return Success;
}

FAKE_CALL cuDevicePrimaryCtxRetain(void **context, int device) {
  FAKE_ENTER(false);
  if (device >= driver.numDevices) {
    return driver.misuse(InvalidDevice, "no such GPU");
  }
  if (int error = driver.start()) {
    return error;
  }
  ++driver.contexts;
  *context = &driver;
  return Success;
}

FAKE_CALL cuDevicePrimaryCtxRelease_v2(int device) {
  FAKE_ENTER(false);
  if (device >= driver.numDevices || driver.contexts == 0) {
    return driver.misuse(InvalidContext, "nobody retained it");
  }
  --driver.contexts;
  return Success;
}

FAKE_CALL cuCtxSetCurrent(void *context) {
  FAKE_ENTER(false);
  if (context && (context != &driver || driver.contexts == 0)) {
    return driver.misuse(InvalidContext, "no such context");
  }
  Driver::current = context != nullptr;
  return Success;
}

FAKE_CALL cuGetErrorString(int error, const char **text) {
  switch (error) {
  case InvalidValue:
    *text = "invalid argument";
    break;
  case OutOfMemory:
    *text = "out of memory";
    break;
  case NoBinaryForGpu:
    *text = "no kernel image is available for execution on the device";
    break;
  case InvalidPtx:
    *text = "a PTX JIT compilation failed";
    break;
  case NotFound:
    *text = "named symbol not found";
    break;
  case LaunchFailed:
    *text = "unspecified launch failure";
    break;
  default:
    *text = nullptr;
    return InvalidValue;
  }
  return Success;
}

FAKE_CALL cuMemGetInfo_v2(size_t *free, size_t *total) {
  FAKE_ENTER();
  *total = driver.memoryBytes;
  *free = driver.memoryBytes - driver.usedBytes;
  return Success;
}

FAKE_CALL cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  FAKE_ENTER();
  if (bytes == 0) {
    return driver.misuse(InvalidValue, "0 bytes");
  }
  auto room = driver.device->allocate(
      bytes, "allocation " + std::to_string(driver.memory.size()));
  if (!room.ok()) {
    return OutOfMemory;
  }
  *address = reinterpret_cast<uint64_t>(*room);
  driver.memory[*address] = bytes;
  driver.usedBytes += bytes;
  driver.peakBytes = std::max(driver.peakBytes, driver.usedBytes);
  return Success;
}

/// What is queued may still use memory that goes, so it happens first.
static void drainAll(Driver &driver) {
  driver.streams.each([&](Stream &stream) { driver.drain(stream); });
}

FAKE_CALL cuMemFree_v2(uint64_t address) {
  FAKE_ENTER(true, true);
  auto place = driver.memory.find(address);
  if (place == driver.memory.end()) {
    return driver.misuse(InvalidValue, "frees what is not allocated");
  }
  driver.usedBytes -= place->second;
  driver.memory.erase(place);
  drainAll(driver);
  auto done = driver.device->release(reinterpret_cast<void *>(address));
  return done.ok() ? driver.sticky : int(InvalidValue);
}

FAKE_CALL cuMemHostAlloc(void **address, size_t bytes, unsigned flags) {
  FAKE_ENTER();
  if (bytes == 0 || flags > 7) {
    return driver.misuse(InvalidValue, "0 bytes, or unknown flags");
  }
  void *room = std::aligned_alloc(4096, (bytes + 4095) / 4096 * 4096);
  if (!room) {
    return OutOfMemory;
  }
  // Only what was mapped for devices may be used by kernels.
  if ((flags & 2) != 0 &&
      !driver.device->registerHost(room, bytes, "pinned memory").ok()) {
    std::free(room);
    return OutOfMemory;
  }
  driver.pinned[static_cast<std::byte *>(room)] = bytes;
  *address = room;
  return Success;
}

FAKE_CALL cuMemHostGetDevicePointer_v2(uint64_t *address, void *host,
                                       unsigned flags) {
  FAKE_ENTER();
  if (flags != 0 || !driver.isPinned(host, 1)) {
    return driver.misuse(InvalidValue, "memory that is not pinned");
  }
  *address = reinterpret_cast<uint64_t>(host);
  return Success;
}

FAKE_CALL cuMemFreeHost(void *address) {
  FAKE_ENTER(true, true);
  if (driver.pinned.erase(static_cast<std::byte *>(address)) == 0) {
    return driver.misuse(InvalidValue, "frees what is not allocated");
  }
  drainAll(driver);
  auto unmapped = driver.device->unregisterHost(address);
  static_cast<void>(unmapped);
  std::free(address);
  return driver.sticky;
}

FAKE_CALL cuStreamCreate(void **stream, unsigned flags) {
  FAKE_ENTER();
  if (flags > 1) {
    return driver.misuse(InvalidValue, "unknown flags");
  }
  *stream = driver.streams.make();
  return Success;
}

FAKE_CALL cuStreamSynchronize(void *handle) {
  FAKE_ENTER();
  Stream *stream = driver.streams.find(handle);
  return stream ? driver.drain(*stream)
                : driver.misuse(InvalidHandle, "no such stream");
}

FAKE_CALL cuStreamDestroy_v2(void *handle) {
  FAKE_ENTER(true, true);
  Stream *stream = driver.streams.find(handle);
  if (!stream) {
    return driver.misuse(InvalidHandle, "no such stream");
  }
  int code = driver.drain(*stream);
  driver.streams.remove(stream);
  return code;
}

/// A failed copy is noted, as nothing else says what was wrong with it.
static int copied(Driver &driver, fot::rt::Status status) {
  return status.ok() ? int(Success)
                     : driver.misuse(InvalidValue, status.message());
}

FAKE_CALL cuMemcpyHtoDAsync_v2(uint64_t to, const void *from, size_t bytes,
                               void *handle) {
  FAKE_ENTER();
  Stream *stream = driver.streams.find(handle);
  if (!stream) {
    return driver.misuse(InvalidHandle, "no such stream");
  }
  auto *target = reinterpret_cast<void *>(to);
  if (driver.isPinned(from, bytes)) {
    // Is read when its turn comes, not now.
    return driver.queue(*stream, [&driver, target, from, bytes] {
      return copied(driver, driver.device->copyToDevice(target, from, bytes));
    });
  }
  const auto *first = static_cast<const std::byte *>(from);
  std::vector<std::byte> staged(first, first + bytes);
  return driver.queue(*stream, [&driver, target, staged] {
    return copied(driver, driver.device->copyToDevice(target, staged.data(),
                                                      staged.size()));
  });
}

FAKE_CALL cuMemcpyDtoHAsync_v2(void *to, uint64_t from, size_t bytes,
                               void *handle) {
  FAKE_ENTER();
  Stream *stream = driver.streams.find(handle);
  if (!stream) {
    return driver.misuse(InvalidHandle, "no such stream");
  }
  driver.bytesToHost += bytes;
  auto *source = reinterpret_cast<void *>(from);
  int code = driver.queue(*stream, [&driver, to, source, bytes] {
    return copied(driver, driver.device->copyToHost(to, source, bytes));
  });
  // To memory that is not pinned it is over when the call returns.
  return code || driver.isPinned(to, bytes) ? code : driver.drain(*stream);
}
