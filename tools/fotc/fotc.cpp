//===- fotc.cpp - the driver: checkpoint in, artifact out -----------------===//
//
// Only the command line lives here; passes/Driver does the work.
//
//===----------------------------------------------------------------------===//

#include "passes/Driver/Compile.h"
#include "passes/Driver/OutputText.h"
#include "passes/Emit/CompileGpu.h"
#include "passes/Pipeline/Phases.h"
#include "tools/EmptyValues.h"
#include "tools/fotc/Report.h"
#include "tools/fotc/bench-op/BenchOp.h"
#include "tools/fotc/calibrate/Calibrate.h"

#include <CLI/CLI.hpp>

#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>
#include <unistd.h>

using namespace mlir::fot;

static const char kExamples[] = R"(
Examples:
  fotc SmolLM2.gguf -o smollm2.fotm
      compile for this family of CPUs, weights as they are
  fotc long_llama_3b/ -o 3b.fotm --weights=q8_0
      a LongLLaMA checkpoint: memory layers and window from its config.json
  fotc SmolLM2.gguf -o m.fotm --memory-layers=all --memory=topk:8 --window=512
      give a plain model a memory of everything it has read
  fotc SmolLM2.gguf --compile-to=fusion -o fused.mlir
  fotc fused.mlir --compile-from=fusion -o m.fotm
      stop at a phase, look, change, and go on
)";

namespace {
/// One line on a terminal, from the second second on, with the time that a long
/// step is going to take.
class Progress {
public:
  bool operator()(llvm::StringRef what, double done) {
    auto now = std::chrono::steady_clock::now();
    if (what != current) {
      current = what.str();
      begin = now;
    }
    if (!isatty(STDERR_FILENO) || now - start < std::chrono::seconds(2) ||
        now - last < std::chrono::milliseconds(100)) {
      return true;
    }
    last = now;
    shown = true;
    llvm::errs() << "\r\033[K" << what << "  " << int(100 * done) << " %";
    // Where a step takes long, people want to know how long.
    double passed = std::chrono::duration<double>(now - begin).count();
    if (passed > 5 && done > 0.01) {
      llvm::errs() << ", " << int(passed / done * (1 - done)) << " s left";
    }
    return true; // Control-C ends the process
  }
  ~Progress() {
    if (shown) {
      llvm::errs() << "\r\033[K";
    }
  }

private:
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point begin; // of the current step
  std::chrono::steady_clock::time_point last;
  std::string current;
  bool shown = false;
};
} // namespace

/// An exit code, once standard output has what was written to it.
static int finish(int code) {
  if (llvm::Error error = flushOutput()) {
    llvm::errs() << "error: " << llvm::toString(std::move(error)) << "\n";
    return 1;
  }
  return code;
}

static void listPhases() {
  for (const Phase &phase : phases()) {
    llvm::outs() << llvm::left_justify(phase.name, 11) << phase.summary << "\n";
  }
}

/// Splits "phase=pipeline" arguments.
static bool parsePhasePipelines(const std::vector<std::string> &arguments,
                                CompileRequest &request) {
  for (const std::string &argument : arguments) {
    size_t equals = argument.find('=');
    if (equals == std::string::npos) {
      llvm::errs()
          << "error: --phase-pipeline: expected PHASE=PIPELINE, found '"
          << argument << "'\n";
      return false;
    }
    request.phasePipelines[argument.substr(0, equals)] =
        argument.substr(equals + 1);
  }
  return true;
}

static int runBenchOp(const bench::Action &measure) {
  bench::Outcome outcome;
  {
    Progress progress;
    outcome = measure(std::ref(progress));
  }
  if (outcome.code != 0) {
    llvm::errs() << "error: " << outcome.sentence << "\n";
  }
  return outcome.code;
}

int main(int argc, char **argv) {
  CompileRequest request;
  std::vector<std::string> disabled, pipelines;
  bool list = false, report = false;
  std::string reportFile;
  CLI::App app("fotc compiles a LLaMA-family checkpoint into one artifact.");
  app.footer(kExamples);
  app.set_help_flag("-h,--help", "this text");
  app.add_option("MODEL", request.model,
                 "Hugging Face directory, GGUF file, or IR (--compile-from)");
  app.add_option("-o,--output", request.output, "artifact to write");
  app.add_option("--target", request.targets, "cpu (default), cuda, or both")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--cpu", request.cpuLevels,
                 "CPU levels, one code segment each: x86-64-v3, x86-64-v4, "
                 "avx512vnni, amx, native, znver4, ... (default: "
                 "x86-64-v3,avx512vnni,amx)")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--cuda-arch", request.cudaArchitectures,
                 "GPU architectures, for --target=cuda: sm_80, sm_86, sm_89, "
                 "sm_90, sm_90a, sm_100a, sm_120a, ... (default: sm_80,sm_90)")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--weights", request.weights,
                 "keep (default), f32, f16, bf16, q8_0, q4_0");
  app.add_option("--memory-layers", request.memoryLayers,
                 "layers that own a memory: 8,16,24, or 8:0+2 for two of a "
                 "layer's key-value heads, all, none, or auto: measured "
                 "(default: from the checkpoint)");
  app.add_option(
      "--memory", request.memory,
      "dense, or topk:K (default: dense for LongLLaMA, else topk:8)");
  app.add_option(
      "--memory-dtype", request.memoryDtype,
      "f32, f16, bf16, int8 (default: from the checkpoint, else bf16)");
  app.add_option("--window", request.window, "tokens of the local window");
  app.add_option("--window-dtype", request.windowDtype,
                 "f32, f16, bf16: how the window's keys and values are stored "
                 "(default: f32)");
  app.add_option("--last-context", request.lastContext,
                 "tokens of a long prompt that stay in the window");
  app.add_option("--prefill-tokens", request.prefillTokens,
                 "most tokens computed at once (default 256)");
  app.add_option("--threads", request.threads,
                 "threads to compile with (default: all cores)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  app.add_option("--kernel-cache", request.kernelCache,
                 "folder of code compiled before, or none (default: in the "
                 "user's cache folder)");
  app.add_option("--compile-to", request.compileTo,
                 "stop after this phase and print IR");
  app.add_option("--compile-from", request.compileFrom,
                 "MODEL is IR as this phase leaves it");
  app.add_option("--dump-phases", request.dumpPhases,
                 "keep the IR of every phase, LLVM IR and assembly in DIR");
  app.add_flag("--list-phases", list, "print the phases and stop");
  app.add_option("--fusion", request.fusion, "full (default) or none");
  app.add_option("--disable-pass", disabled, "leave out a fusion pass")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--phase-pipeline", pipelines,
                 "PHASE=PIPELINE: other passes for a phase")
      ->allow_extra_args(false)
      ->take_all();
  app.add_option("--load-pass-plugin", request.passPlugins,
                 "shared object with more passes")
      ->allow_extra_args(false)
      ->take_all();
  app.add_flag("--report", report,
               "print what prefill and decode move and compute, region by "
               "region, and the time this machine needs for it at least; of "
               "GPU kernels, registers and the time by data sheets");
  app.add_option("--report-file", reportFile,
                 "write that to a file: .json, .svg, or else text");
  app.add_option("--remarks", request.remarks,
                 "print what passes did and why not, for passes that match");
  app.add_option("--remarks-file", request.remarksFile,
                 "the same as YAML, for LLVM's tools; all passes without "
                 "--remarks");
  bench::Action benchOp;
  bench::addBenchOp(app, benchOp);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &success) {
    return app.exit(success);
  } catch (const CLI::ParseError &error) {
    llvm::errs() << "error: " << error.what() << " (see fotc --help)\n";
    return 2;
  }
  std::string wrong = ::fot::tool::emptyValue(app, {});
  if (!wrong.empty()) {
    llvm::errs() << "error: " << wrong << " (see fotc --help)\n";
    return 2;
  }
  if (list) {
    listPhases();
    return finish(0);
  }
  if (benchOp) {
    return finish(runBenchOp(benchOp));
  }
  if (request.model.empty()) {
    llvm::errs() << "error: expected a checkpoint, found no MODEL argument "
                    "(see fotc --help)\n";
    return 2;
  }
  request.disabledPasses.insert(disabled.begin(), disabled.end());
  if (!parsePhasePipelines(pipelines, request)) {
    return 2;
  }
  report |= !reportFile.empty();
  if (report && !request.compileTo.empty()) {
    llvm::errs() << "error: --report: expected an artifact to report on, found "
                    "--compile-to (see fotc --help)\n";
    return 2;
  }
  int code = 0;
  std::string sentence;
  {
    Progress progress;
    request.progress = std::ref(progress);
    request.calibrate = calibrate;
    request.note = [](llvm::StringRef sentence) {
      llvm::errs() << "note: " << sentence << "\n";
    };
    std::optional<CompiledGpu> gpu;
    if (report) {
      request.gpu = [&](const CompiledGpu &code) { gpu = code; };
    }
    llvm::Error error = compile(request);
    if (!error && report) {
      error = reportBounds(request.output, reportFile, request.threads,
                           gpu ? &*gpu : nullptr);
    }
    llvm::handleAllErrors(
        std::move(error),
        [&](const UsageError &error) {
          sentence = error.message();
          code = 2;
        },
        [&](const llvm::ErrorInfoBase &error) {
          sentence = error.message();
          code = 1;
        });
  }
  if (code != 0) {
    llvm::errs() << "error: " << sentence << "\n";
    return code;
  }
  return finish(0);
}
