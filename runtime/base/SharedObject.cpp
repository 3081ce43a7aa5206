// Loading goes through an anonymous file, because dlopen wants a path and an
// artifact should not need a writable directory.
#include "runtime/base/SharedObject.h"

#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace fot::rt {

/// Loads the object in the anonymous file `fd`, which is closed. dlopen knows
/// objects by name and would return a loaded one of the same name instead; the
/// name has the file's number in it, so the number has to be a new one.
static void *loadFile(int fd, std::string &error) {
  std::string path = "/proc/self/fd/" + std::to_string(fd);
  while (void *other = dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD)) {
    dlclose(other);
    int next = fcntl(fd, F_DUPFD_CLOEXEC, fd + 1);
    if (next < 0) {
      error = std::strerror(errno);
      close(fd);
      return nullptr;
    }
    close(fd);
    fd = next;
    path = "/proc/self/fd/" + std::to_string(fd);
  }
  void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = dlerror();
    error = reason ? reason : "unknown error";
  }
  close(fd);
  return handle;
}

StatusOr<SharedObject> SharedObject::load(std::span<const std::byte> elf,
                                          const std::string &name) {
  int fd = memfd_create("fot-code", MFD_CLOEXEC);
  if (fd < 0) {
    return Status::failure("cannot create memory for " + name + ": " +
                           std::strerror(errno));
  }
  for (std::span<const std::byte> left = elf; !left.empty();) {
    ssize_t count = write(fd, left.data(), left.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      Status status = Status::failure("cannot copy " + name +
                                      " to memory: " + std::strerror(errno));
      close(fd);
      return status;
    }
    left = left.subspan(static_cast<size_t>(count));
  }
  std::string error;
  void *handle = loadFile(fd, error);
  if (!handle) {
    return Status::failure("cannot load " + name + ": " + error);
  }
  return SharedObject(handle);
}

SharedObject::SharedObject(SharedObject &&other) noexcept
    : handle(std::exchange(other.handle, nullptr)) {}

SharedObject::~SharedObject() {
  if (handle) {
    dlclose(handle);
  }
}

void *SharedObject::find(const char *symbol) const {
  return dlsym(handle, symbol);
}

} // namespace fot::rt
