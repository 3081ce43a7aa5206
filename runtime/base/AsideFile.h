// A file that is written before it has its name.
#ifndef FOT_RUNTIME_BASE_ASIDEFILE_H
#define FOT_RUNTIME_BASE_ASIDEFILE_H

#include <string>

namespace fot::rt {

/// Names a file that is written beside `path`, which it takes when it is
/// complete. Where the file system can, the file has no name until then, so
/// that nothing is left of it even if the process is killed; elsewhere it is
/// PATH.tmp-PID. The descriptor is the caller's. Failures are in errno.
class AsideFile {
public:
  enum class Kind { Unnamed, Named };

  AsideFile() = default;
  AsideFile(AsideFile &&other) noexcept;
  AsideFile &operator=(AsideFile &&other) noexcept;
  ~AsideFile() { drop(); }

  /// Opens a new, empty file for `path`: a descriptor, or -1. `most` is tried
  /// first.
  int open(const std::string &path, Kind most = Kind::Unnamed);
  /// Whether there is a file that has not been placed.
  bool pending() const { return !path.empty(); }
  /// Gives the file of descriptor `fd` its name, in place of any other of that
  /// name.
  bool place(int fd);
  /// The same, but a file that is there already is a failure, EEXIST.
  bool placeNew(int fd);

private:
  bool link(int fd, const std::string &name) const;
  void drop();

  std::string path, temporary; // no temporary: it has no name
};

} // namespace fot::rt

#endif
