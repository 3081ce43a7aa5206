// O_TMPFILE and linkat, or a name of its own and rename.
#include "runtime/base/AsideFile.h"

#include <cerrno>
#include <climits>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

namespace fot::rt {

static std::string nameOf(int fd) {
  return "/proc/self/fd/" + std::to_string(fd);
}

/// A file without a name in the folder of `path`, or -1 where that cannot be or
/// could not be given `beside` as its name later.
static int openUnnamed(const std::string &path, const std::string &beside) {
  size_t slash = path.rfind('/');
  size_t name = slash == std::string::npos ? 0 : slash + 1;
  if (name == path.size() || beside.size() - name > NAME_MAX) {
    return -1;
  }
  std::string folder = name == 0 ? "." : path.substr(0, name);
  int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
  if (fd >= 0 && access(nameOf(fd).c_str(), F_OK) != 0) {
    close(fd); // without /proc it would have to stay unnamed
    return -1;
  }
  return fd;
}

AsideFile::AsideFile(AsideFile &&other) noexcept
    : path(std::exchange(other.path, {})),
      temporary(std::exchange(other.temporary, {})) {}

AsideFile &AsideFile::operator=(AsideFile &&other) noexcept {
  std::swap(path, other.path);
  std::swap(temporary, other.temporary);
  return *this;
}

void AsideFile::drop() {
  if (!temporary.empty()) {
    unlink(temporary.c_str());
  }
  path.clear();
  temporary.clear();
}

static std::string besideOf(const std::string &path) {
  return path + ".tmp-" + std::to_string(getpid());
}

int AsideFile::open(const std::string &wanted, Kind most) {
  drop();
  std::string beside = besideOf(wanted);
  int fd = most == Kind::Unnamed ? openUnnamed(wanted, beside) : -1;
  if (fd < 0) {
    fd = ::open(beside.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
      return -1;
    }
    temporary = std::move(beside);
  }
  path = wanted;
  return fd;
}

bool AsideFile::link(int fd, const std::string &name) const {
  return linkat(AT_FDCWD,
                temporary.empty() ? nameOf(fd).c_str() : temporary.c_str(),
                AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0;
}

bool AsideFile::place(int fd) {
  if (temporary.empty()) {
    // A link replaces nothing, so it takes two steps.
    std::string beside = besideOf(path);
    unlink(beside.c_str());
    if (!link(fd, beside)) {
      return false;
    }
    temporary = std::move(beside);
  }
  if (std::rename(temporary.c_str(), path.c_str()) != 0) {
    return false;
  }
  temporary.clear();
  path.clear();
  return true;
}

bool AsideFile::placeNew(int fd) {
  if (!temporary.empty() && renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD,
                                      path.c_str(), RENAME_NOREPLACE) == 0) {
    temporary.clear();
    path.clear();
    return true;
  }
  // A file system without that: a second name, which is never replaced.
  if (!temporary.empty() && errno != EINVAL && errno != ENOSYS) {
    return false;
  }
  if (!link(fd, path)) {
    return false;
  }
  drop();
  return true;
}

} // namespace fot::rt
