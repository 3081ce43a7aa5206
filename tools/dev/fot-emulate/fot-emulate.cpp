//===- fot-emulate.cpp - one GPU kernel on the emulated device ------------===//
//
// Loads optimised NVPTX code (.ll or .bc), runs a kernel on the emulated device
// and prints its buffers. For tests of kernels and of the emulator.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Emulate/EmulateKernels.h"
#include "runtime/device/emulated/EmulatedDevice.h"
#include "tools/dev/fot-emulate/Argument.h"

#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"

#include <chrono>

using namespace llvm;
using namespace fot::emulate_tool;
using ::fot::rt::EmulatedDevice;
using ::fot::rt::EmulatedModule;
using ::fot::rt::EmulationOptions;
using ::fot::rt::Extent;
using ::fot::rt::Status;
using ::fot::rt::StatusOr;

namespace {
/// The command line. A copy, because the linker, being part of the process,
/// resets all options.
struct Settings {
  std::string file, kernel;
  Extent grid, block;
  unsigned shared = 0;
  unsigned seeds = 1;
  bool checkShared = true;
  bool times = false;
  std::vector<KernelArgument> arguments;
};
} // namespace

static int failed(const Twine &sentence, int code = 1) {
  errs() << "error: " << sentence << "\n";
  return code;
}

/// Reads "X", "X,Y" or "X,Y,Z".
static bool parseExtent(StringRef text, Extent &extent) {
  uint32_t *parts[] = {&extent.x, &extent.y, &extent.z};
  for (uint32_t *part : parts) {
    auto [head, tail] = text.split(',');
    if (head.getAsInteger(10, *part)) {
      return false;
    }
    if (tail.empty()) {
      return true;
    }
    text = tail;
  }
  return false;
}

static Expected<Settings> readCommandLine(int argc, char **argv) {
  static cl::opt<std::string> file(cl::Positional, cl::desc("FILE.ll"),
                                   cl::Required);
  static cl::opt<std::string> kernel("kernel", cl::desc("The kernel to run"),
                                     cl::value_desc("NAME"), cl::Required);
  static cl::opt<std::string> grid("grid", cl::desc("Blocks: X[,Y[,Z]]"),
                                   cl::init("1"));
  static cl::opt<std::string> block("block", cl::desc("Threads: X[,Y[,Z]]"),
                                    cl::init("32"));
  static cl::opt<unsigned> shared(
      "shared", cl::desc("Bytes of dynamic shared memory"), cl::init(0));
  static cl::opt<unsigned> seeds(
      "seeds", cl::desc("Run in so many orders, which must agree"),
      cl::init(1));
  static cl::opt<bool> unchecked("no-shared-checks",
                                 cl::desc("Do not look for races"));
  static cl::opt<bool> times("time", cl::desc("Print how long a launch took"));
  static cl::list<std::string> arguments(
      "arg", cl::desc("In order: TYPE=NUMBER or TYPE[COUNT]=zeros|iota|random|"
                      "NUMBER, with a + in front if it is to be printed; TYPE "
                      "is i8, i32, i64, f16, bf16 or f32"));
  cl::ParseCommandLineOptions(argc, argv, "Runs a GPU kernel on the CPU\n");
  Settings settings;
  settings.file = file;
  settings.kernel = kernel;
  settings.shared = shared;
  settings.seeds = seeds;
  settings.checkShared = !unchecked;
  settings.times = times;
  if (!parseExtent(grid, settings.grid) ||
      !parseExtent(block, settings.block)) {
    return createStringError("--grid and --block want X, X,Y or X,Y,Z");
  }
  for (const std::string &text : arguments) {
    Expected<KernelArgument> argument = KernelArgument::parse(text);
    if (!argument) {
      return argument.takeError();
    }
    settings.arguments.push_back(std::move(*argument));
  }
  return settings;
}

/// Runs the kernel once; the contents of buffers are left in `arguments`.
static Status runOnce(EmulatedDevice &device, EmulatedModule &module,
                      uint32_t kernel, const Settings &settings,
                      std::vector<KernelArgument> &arguments, double &seconds) {
  std::vector<void *> memory;
  std::vector<void *> values;
  memory.reserve(arguments.size());
  for (auto [index, argument] : enumerate(arguments)) {
    if (!argument.isBuffer) {
      values.push_back(argument.bytes.data());
      continue;
    }
    FOT_ASSIGN_OR_RETURN(void *buffer,
                         device.allocate(argument.bytes.size(),
                                         "argument " + std::to_string(index)));
    memory.push_back(buffer);
    FOT_RETURN_IF_ERROR(device.copyToDevice(buffer, argument.bytes.data(),
                                            argument.bytes.size()));
    values.push_back(&memory.back());
  }
  auto begin = std::chrono::steady_clock::now();
  FOT_RETURN_IF_ERROR(device.launch(module, kernel, settings.grid,
                                    settings.block, settings.shared,
                                    values.data()));
  seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin)
          .count();
  size_t next = 0;
  for (KernelArgument &argument : arguments) {
    if (argument.isBuffer) {
      void *buffer = memory[next++];
      FOT_RETURN_IF_ERROR(device.copyToHost(argument.bytes.data(), buffer,
                                            argument.bytes.size()));
      FOT_RETURN_IF_ERROR(device.release(buffer));
    }
  }
  return {};
}

/// Runs the kernel in all orders and prints its buffers.
static int run(const Settings &settings, const std::string &elf) {
  EmulationOptions options;
  options.checkShared = settings.checkShared;
  StatusOr<std::unique_ptr<EmulatedDevice>> device =
      EmulatedDevice::create(options);
  if (!device.ok()) {
    return failed(device.status().message());
  }
  StatusOr<EmulatedModule *> module = (*device)->load(
      std::as_bytes(std::span(elf.data(), elf.size())), settings.file);
  if (!module.ok()) {
    return failed(module.status().message());
  }
  StatusOr<uint32_t> kernel = (*device)->kernel(**module, settings.kernel);
  if (!kernel.ok()) {
    return failed(kernel.status().message());
  }
  std::vector<KernelArgument> first;
  for (unsigned seed = 0; seed < settings.seeds; ++seed) {
    std::vector<KernelArgument> arguments = settings.arguments;
    (*device)->setSeed(seed);
    double seconds = 0;
    Status status =
        runOnce(**device, **module, *kernel, settings, arguments, seconds);
    if (!status.ok()) {
      return failed(
          status.message() +
          (seed ? " (order " + std::to_string(seed) + ")" : std::string()));
    }
    if (settings.times) {
      outs() << "seconds: " << seconds << "\n";
    }
    if (seed == 0) {
      first = std::move(arguments);
      continue;
    }
    for (auto [index, argument] : enumerate(arguments)) {
      if (argument.bytes != first[index].bytes) {
        return failed("argument " + Twine(index) +
                      " comes out different in order " + Twine(seed));
      }
    }
  }
  for (auto [index, argument] : enumerate(first)) {
    if (argument.print) {
      outs() << "argument " << index << ": " << argument.show() << "\n";
    }
  }
  return 0;
}

int main(int argc, char **argv) {
  InitLLVM init(argc, argv);
  Expected<Settings> settings = readCommandLine(argc, argv);
  if (!settings) {
    return failed(toString(settings.takeError()), 2);
  }
  LLVMContext context;
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module =
      parseIRFile(settings->file, diagnostic, context);
  if (!module) {
    return failed("cannot read '" + settings->file +
                  "': " + diagnostic.getMessage());
  }
  Expected<std::string> elf = mlir::fot::emulateKernels(std::move(module));
  if (!elf) {
    return failed(toString(elf.takeError()));
  }
  return run(*settings, *elf);
}
