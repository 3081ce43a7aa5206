// What the parts of fot._runtime share: from the runtime's results to values or
// exceptions.
#ifndef FOT_PYTHON_BINDINGS_CONVERT_H
#define FOT_PYTHON_BINDINGS_CONVERT_H

#include "python/bindings/Raise.h"

#include "runtime/base/Status.h"

#include <nanobind/nanobind.h>

#include <string>
#include <utility>

namespace fot::python {

inline void check(const rt::Status &status, const char *kind = kError) {
  if (!status.ok()) {
    raise(kind, status.message());
  }
}

template <typename T> T take(rt::StatusOr<T> value, const char *kind = kError) {
  check(value.status(), kind);
  return std::move(*value);
}

/// The bytes of a file name or a text.
inline std::string text(const nanobind::bytes &bytes) {
  return std::string(bytes.c_str(), bytes.size());
}

/// Adds what works on banks alone to the module.
void addBanks(nanobind::module_ &m);

} // namespace fot::python

#endif
