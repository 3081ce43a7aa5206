// From work to Python that listens to it.
#ifndef FOT_PYTHON_BINDINGS_LISTENER_H
#define FOT_PYTHON_BINDINGS_LISTENER_H

#include <nanobind/nanobind.h>

#include <exception>
#include <string>
#include <utility>

namespace fot::python {

/// Tells a function of Python, or None, how far work is that runs without the
/// interpreter lock, and lets Control-C through. What either raises stops the
/// work and is raised in the end.
class Listener {
public:
  explicit Listener(nanobind::object function)
      : function(std::move(function)) {}

  /// Takes the lock; false to stop. `what` may be a file name.
  bool tell(const std::string &what, double done);
  /// Needs the lock.
  void rethrow() const {
    if (raised) {
      std::rethrow_exception(raised);
    }
  }

private:
  nanobind::object function;
  std::exception_ptr raised;
};

inline bool Listener::tell(const std::string &what, double done) {
  nanobind::gil_scoped_acquire acquired;
  if (raised) {
    return false;
  }
  try {
    if (PyErr_CheckSignals() != 0) {
      throw nanobind::python_error();
    }
    if (!function.is_none()) {
      // A file name need not be UTF-8: as os.fsdecode has it.
      function(nanobind::steal(PyUnicode_DecodeFSDefaultAndSize(
                   what.data(), static_cast<Py_ssize_t>(what.size()))),
               done);
    }
  } catch (...) {
    raised = std::current_exception();
  }
  return !raised;
}

} // namespace fot::python

#endif
