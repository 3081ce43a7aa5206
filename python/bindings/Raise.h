// How both extension modules fail: as the exceptions of python/fot/_errors.py.
#ifndef FOT_PYTHON_BINDINGS_RAISE_H
#define FOT_PYTHON_BINDINGS_RAISE_H

#include <nanobind/nanobind.h>

#include <string>

namespace fot::python {

/// Which exception: "Error", the work failed, or "UsageError", the request
/// makes no sense.
inline constexpr const char *kError = "Error";
inline constexpr const char *kUsageError = "UsageError";

/// Raises fot.Error or fot.UsageError with a sentence, on one line. Needs the
/// interpreter lock.
[[noreturn]] inline void raise(const char *kind, std::string sentence) {
  for (char &c : sentence) {
    c = c == '\n' ? ' ' : c;
  }
  // A sentence may quote a file name, which need not be UTF-8.
  nanobind::object text = nanobind::steal(PyUnicode_DecodeUTF8(
      sentence.data(), static_cast<Py_ssize_t>(sentence.size()),
      "backslashreplace"));
  nanobind::object type = nanobind::module_::import_("fot._errors").attr(kind);
  PyErr_SetObject(type.ptr(), text.ptr());
  throw nanobind::python_error();
}

} // namespace fot::python

#endif
