// A shared object whose bytes are in memory, loaded into this process.
#ifndef FOT_RUNTIME_BASE_SHAREDOBJECT_H
#define FOT_RUNTIME_BASE_SHAREDOBJECT_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <span>
#include <string>

namespace fot::rt {

/// Stays loaded as long as this lives. Two objects of the same bytes have
/// variables of their own.
class SharedObject {
public:
  /// Loads an ELF image. `name` says in failures what it is.
  static StatusOr<SharedObject> load(std::span<const std::byte> elf,
                                     const std::string &name);
  SharedObject(SharedObject &&other) noexcept;
  SharedObject &operator=(SharedObject &&) = delete;
  ~SharedObject();

  /// The address of an exported symbol, or nullptr.
  void *find(const char *symbol) const;

private:
  explicit SharedObject(void *handle) : handle(handle) {}

  void *handle;
};

} // namespace fot::rt

#endif
