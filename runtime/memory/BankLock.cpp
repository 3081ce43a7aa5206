// Advisory locks: they bind writers of banks, which all ask for them.
#include "runtime/memory/BankLock.h"

#include "runtime/base/SystemFailure.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace fot::rt {

Status lockBank(int fd, const std::string &path) {
  if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
    return Status();
  }
  if (errno != EWOULDBLOCK) {
    return systemFailure(path, "lock the file");
  }
  return Status::failure(path + ": another process is writing to this bank; "
                                "wait until it is done, or write to another "
                                "file");
}

Status checkNobodyWrites(const std::string &path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return Status();
  }
  Status status = lockBank(fd, path);
  close(fd);
  return status;
}

void syncFolder(const std::string &path) {
  size_t slash = path.rfind('/');
  std::string folder = slash == std::string::npos ? "." : path.substr(0, slash);
  int fd = ::open(folder.empty() ? "/" : folder.c_str(),
                  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd >= 0) {
    // Some file systems cannot; then nothing more can be done.
    fsync(fd);
    close(fd);
  }
}

} // namespace fot::rt
