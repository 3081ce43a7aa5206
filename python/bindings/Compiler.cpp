// fot._compiler: what fotc does, for Python. It links LLVM, so fot.compile
// imports it only when it is called.
#include "passes/Driver/Compile.h"
#include "python/bindings/Listener.h"
#include "python/bindings/Raise.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/set.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <chrono>
#include <mutex>

namespace nb = nanobind;
using namespace mlir::fot;

namespace {

/// How a compilation ended: well, when `kind` is null.
struct Outcome {
  const char *kind = nullptr;
  std::string sentence;
};

/// Without the interpreter lock. The linker inside keeps global state: one
/// compilation at a time.
Outcome run(const CompileRequest &request) {
  static std::timed_mutex turn;
  std::unique_lock<std::timed_mutex> lock(turn, std::defer_lock);
  Outcome outcome;
  while (!lock.try_lock_for(std::chrono::milliseconds(100))) {
    if (!request.progress("waiting for another compilation", 0)) {
      return outcome; // what the listener raised says why
    }
  }
  llvm::handleAllErrors(
      compile(request),
      [&](const UsageError &error) {
        outcome = {fot::python::kUsageError, error.message()};
      },
      [&](const llvm::ErrorInfoBase &error) {
        outcome = {fot::python::kError, error.message()};
      });
  return outcome;
}

} // namespace

/// Returns the compiler's notes.
static std::vector<std::string> compileRequest(CompileRequest &request,
                                               nb::object progress) {
  fot::python::Listener listener(std::move(progress));
  std::vector<std::string> notes;
  request.note = [&](llvm::StringRef sentence) {
    notes.push_back(sentence.str());
  };
  request.progress = [&](llvm::StringRef what, double done) {
    return listener.tell(what.str(), done);
  };
  Outcome outcome;
  {
    nb::gil_scoped_release released;
    outcome = run(request);
  }
  request.progress = nullptr;
  request.note = nullptr;
  listener.rethrow();
  if (outcome.kind) {
    // At Control-C LLVM removes its temporary files, so that work with them
    // fails before anybody is told of progress.
    if (PyErr_CheckSignals() != 0) {
      throw nb::python_error();
    }
    fot::python::raise(outcome.kind, outcome.sentence);
  }
  return notes;
}

NB_MODULE(_compiler, m) {
  nb::class_<CompileRequest>(m, "Request")
      .def(nb::init<>())
      .def_prop_rw(
          "model", [](const CompileRequest &r) { return r.model; },
          [](CompileRequest &r, const nb::bytes &path) {
            r.model.assign(path.c_str(), path.size());
          })
      .def_prop_rw(
          "output", [](const CompileRequest &r) { return r.output; },
          [](CompileRequest &r, const nb::bytes &path) {
            r.output.assign(path.c_str(), path.size());
          })
      .def_rw("target", &CompileRequest::targets)
      .def_rw("cpu", &CompileRequest::cpuLevels)
      .def_rw("weights", &CompileRequest::weights)
      .def_rw("memory_layers", &CompileRequest::memoryLayers)
      .def_rw("memory", &CompileRequest::memory)
      .def_rw("memory_dtype", &CompileRequest::memoryDtype)
      .def_rw("window_dtype", &CompileRequest::windowDtype)
      .def_rw("window", &CompileRequest::window)
      .def_rw("last_context", &CompileRequest::lastContext)
      .def_rw("prefill_tokens", &CompileRequest::prefillTokens)
      .def_rw("fusion", &CompileRequest::fusion)
      .def_rw("disable_pass", &CompileRequest::disabledPasses)
      .def_rw("phase_pipeline", &CompileRequest::phasePipelines)
      .def_rw("load_pass_plugin", &CompileRequest::passPlugins)
      .def_rw("compile_to", &CompileRequest::compileTo)
      .def_rw("compile_from", &CompileRequest::compileFrom)
      .def_rw("dump_phases", &CompileRequest::dumpPhases)
      .def_rw("remarks", &CompileRequest::remarks)
      .def_rw("threads", &CompileRequest::threads);
  m.def("compile", &compileRequest, nb::arg("request"),
        nb::arg("progress").none());
}
