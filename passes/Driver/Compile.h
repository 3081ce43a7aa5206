//===- Compile.h - what fotc does, as a library -----------------*- C++ -*-===//
//
// The driver tool and the Python package both call this: a request in users'
// words, defaults resolved against the checkpoint, phases run, an artifact or
// IR written.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_DRIVER_COMPILE_H
#define FOT_PASSES_DRIVER_COMPILE_H

#include "passes/Emit/Calibration.h"
#include "passes/Emit/Progress.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mlir::fot {

struct CompiledGpu;

/// A request in the words of the command line (docs: contract of fotc). Empty
/// or absent means the default.
struct CompileRequest {
  std::string model;  ///< checkpoint, or IR when compileFrom is set
  std::string output; ///< artifact; IR with compileTo ("-": standard output)
  std::vector<std::string> targets;
  std::vector<std::string> cpuLevels;
  std::vector<std::string> cudaArchitectures;
  std::string weights;      ///< keep, f32, f16, bf16, q8_0, q4_0
  std::string memoryLayers; ///< "8,16:0+2", all, none, auto
  std::string memory;       ///< dense, topk:K
  std::string memoryDtype;  ///< f32, f16, bf16, int8
  std::string windowDtype;  ///< f32, f16, bf16
  std::optional<int64_t> window, lastContext;
  std::optional<int64_t> prefillTokens;
  std::string fusion; ///< full, none
  std::set<std::string> disabledPasses;
  std::map<std::string, std::string> phasePipelines;
  std::vector<std::string> passPlugins;
  std::string compileTo, compileFrom; ///< phase names
  std::string dumpPhases;             ///< a directory
  std::string remarks;     ///< regular expression over categories; empty: none
  std::string remarksFile; ///< remarks in LLVM's YAML; empty: none
  unsigned threads = 0;
  /// Folder of kernels compiled before; empty: the user's; "none": none.
  std::string kernelCache;
  CompileProgress progress;
  /// Told, in a sentence, what the artifact does not reproduce exactly.
  std::function<void(llvm::StringRef sentence)> note;
  /// Shown the code for GPUs, if there is any.
  std::function<void(const CompiledGpu &)> gpu;
  /// Chooses the memory layers for `auto`; it needs the runtime, which this
  /// library does without.
  std::function<llvm::Expected<Calibration>(const CompileRequest &)> calibrate;
  std::optional<Calibration> calibration; ///< its result, for the artifact
};

/// That the request itself makes no sense, as opposed to failing work.
class UsageError : public llvm::ErrorInfo<UsageError> {
public:
  static char ID;
  explicit UsageError(std::string sentence) : sentence(std::move(sentence)) {}
  void log(llvm::raw_ostream &stream) const override { stream << sentence; }
  std::error_code convertToErrorCode() const override {
    return std::make_error_code(std::errc::invalid_argument);
  }

private:
  std::string sentence;
};

/// Carries the request out. Errors are one sentence; the output is written
/// whole or not at all.
llvm::Error compile(const CompileRequest &request);

} // namespace mlir::fot

#endif
