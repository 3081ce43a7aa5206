//===- CompileGpu.cpp - from the NVVM dialect to PTX ----------------------===//
//
// Kernels are optimised once, under the NVPTX triple. From there the way forks:
// PTX for each architecture, and an object for the emulated device, which thus
// runs what a GPU gets.
//
//===----------------------------------------------------------------------===//

#include "passes/Emit/CompileGpu.h"

#include "passes/Emit/BuildId.h"
#include "passes/Emit/CompileElf.h"
#include "passes/Emit/OptimiseModule.h"
#include "passes/Emit/Ptxas.h"
#include "passes/LowerGPU/Emulate/EmulateKernels.h"
#include "passes/LowerGPU/Passes.h"

#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/Utils/Cloning.h"

#include <atomic>
#include <mutex>
#include <thread>

using namespace mlir;
using namespace mlir::fot;

namespace {
/// A GPU architecture, and the oldest PTX that knows it and what we use.
struct Architecture {
  StringRef name, ptx;
};
} // namespace

static const Architecture kArchitectures[] = {
    {"sm_80", "+ptx70"},   {"sm_86", "+ptx71"},  {"sm_89", "+ptx78"},
    {"sm_90", "+ptx78"},   {"sm_90a", "+ptx80"}, {"sm_100", "+ptx86"},
    {"sm_100a", "+ptx86"}, {"sm_120", "+ptx87"}, {"sm_120a", "+ptx87"}};

static const Architecture *findArchitecture(StringRef name) {
  const Architecture *found =
      llvm::find_if(kArchitectures, [&](const Architecture &each) {
        return each.name == name;
      });
  return found == std::end(kArchitectures) ? nullptr : found;
}

llvm::Error mlir::fot::checkGpuArchitecture(StringRef name) {
  if (findArchitecture(name)) {
    return llvm::Error::success();
  }
  std::string known;
  for (const Architecture &each : kArchitectures) {
    known += (known.empty() ? "" : ", ") + each.name.str();
  }
  return llvm::createStringError("expected a GPU architecture (" + known +
                                 "), found '" + name + "'");
}

static std::unique_ptr<llvm::TargetMachine>
createMachine(const Architecture &architecture) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeNVPTXTargetInfo();
    LLVMInitializeNVPTXTarget();
    LLVMInitializeNVPTXTargetMC();
    LLVMInitializeNVPTXAsmPrinter();
  });
  llvm::Triple triple("nvptx64-nvidia-cuda");
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  if (!target) {
    return nullptr;
  }
  llvm::TargetOptions options;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, architecture.name, architecture.ptx, options, std::nullopt,
      std::nullopt, llvm::CodeGenOptLevel::Aggressive));
}

/// LLVM takes `mma` for a function of its arguments that may be copied into one
/// side of a branch; then half a warp would skip it.
static void markConvergent(llvm::Module &module) {
  for (llvm::Function &function : module) {
    for (llvm::Instruction &instruction : llvm::instructions(function)) {
      auto *call = dyn_cast<llvm::IntrinsicInst>(&instruction);
      if (call &&
          call->getCalledFunction()->getName().starts_with("llvm.nvvm.mma.")) {
        call->setConvergent();
      }
    }
  }
}

static llvm::Expected<std::string> writePtx(llvm::Module &module,
                                            const Architecture &architecture) {
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(architecture);
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager manager;
  if (machine->addPassesToEmitFile(manager, stream, nullptr,
                                   llvm::CodeGenFileType::AssemblyFile)) {
    return llvm::createStringError("the NVPTX target cannot emit PTX");
  }
  manager.run(module);
  return std::string(bytes.begin(), bytes.end());
}

static std::string writeBitcode(const llvm::Module &module) {
  std::string bitcode;
  llvm::raw_string_ostream stream(bitcode);
  llvm::WriteBitcodeToFile(module, stream, /*ShouldPreserveUseListOrder=*/true);
  return bitcode;
}

namespace {
/// From the kernels' LLVM IR to code: each architecture and the emulated device
/// is a task of its own. A task takes what was made before from the cache, and
/// the first that has to make something optimises the kernels for all.
class GpuCompiler {
public:
  GpuCompiler(const GpuOptions &options, ArrayRef<Architecture> architectures,
              std::unique_ptr<llvm::Module> kernels);

  /// Fills in the codes and what else is made of kernels.
  llvm::Error run(CompiledGpu &result);

private:
  using Code = llvm::Expected<std::string>;

  const std::string &optimised();
  Code make(StringRef what, StringRef architecture,
            function_ref<Code(std::unique_ptr<llvm::Module>)> compile);
  llvm::Error compileArchitecture(const Architecture &architecture,
                                  GpuCode &code, std::string &note);
  llvm::Error assemble(GpuCode &code);

  const GpuOptions &options;
  ArrayRef<Architecture> architectures;
  std::unique_ptr<llvm::Module> kernels;
  std::string source; ///< bitcode before optimisation
  std::string bitcode, text;
  std::once_flag once; ///< of `bitcode` and `text`, and of `kernels`' change
  std::string ptxas, ptxasBuild;
};
} // namespace

GpuCompiler::GpuCompiler(const GpuOptions &options,
                         ArrayRef<Architecture> architectures,
                         std::unique_ptr<llvm::Module> module)
    : options(options), architectures(architectures),
      kernels(std::move(module)), source(writeBitcode(*kernels)),
      ptxas(findPtxas()) {
  if (!ptxas.empty()) {
    ptxasBuild = ptxasVersion(ptxas);
  }
}

/// The kernels' bitcode after optimisation.
const std::string &GpuCompiler::optimised() {
  std::call_once(once, [&] {
    optimiseModule(*kernels, *createMachine(architectures.front()),
                   llvm::PipelineTuningOptions());
    // The order of uses, which code generation depends on, is that of a copy.
    bitcode = writeBitcode(*llvm::CloneModule(*kernels));
    if (options.keepText) {
      llvm::raw_string_ostream stream(text);
      stream << *kernels;
    }
  });
  return bitcode;
}

/// What `compile` makes of the optimised kernels, or has made before.
GpuCompiler::Code
GpuCompiler::make(StringRef what, StringRef architecture,
                  function_ref<Code(std::unique_ptr<llvm::Module>)> compile) {
  bool cached = !options.keepText && !compilerBuildId().empty();
  std::string key = KernelCache::keyOf({what, compilerBuildId(), architecture,
                                        architectures.front().name, source});
  if (cached) {
    if (std::optional<std::string> kept = options.cache.find(key)) {
      return std::move(*kept);
    }
  }
  llvm::LLVMContext context; // of this thread
  auto module = llvm::parseBitcodeFile({optimised(), "kernels"}, context);
  if (!module) {
    return module.takeError();
  }
  Code code = compile(std::move(*module));
  if (code && cached) {
    options.cache.keep(key, *code);
  }
  return code;
}

/// A cubin is kept with what ptxas said of it, behind that text's length.
llvm::Error GpuCompiler::assemble(GpuCode &code) {
  std::string key =
      KernelCache::keyOf({"cubin", ptxasBuild, code.architecture, code.ptx});
  bool cached = !options.keepText && !ptxasBuild.empty();
  std::optional<std::string> kept =
      cached ? options.cache.find(key) : std::nullopt;
  AssembledCode made;
  auto [length, rest] = (kept ? StringRef(*kept) : StringRef()).split(':');
  size_t bytes;
  if (!length.getAsInteger(10, bytes) && bytes <= rest.size()) {
    made = {rest.drop_front(bytes).str(), rest.take_front(bytes).str()};
  } else {
    llvm::Expected<AssembledCode> done =
        assemblePtx(ptxas, code.architecture, code.ptx);
    if (!done) {
      return done.takeError();
    }
    made = std::move(*done);
    if (cached) {
      options.cache.keep(key, std::to_string(made.log.size()) + ":" + made.log +
                                  made.cubin);
    }
  }
  code.assembled = parsePtxasLog(made.log);
  code.cubin = std::move(made.cubin);
  return llvm::Error::success();
}

llvm::Error GpuCompiler::compileArchitecture(const Architecture &architecture,
                                             GpuCode &code, std::string &note) {
  code.architecture = architecture.name.str();
  Code ptx = make("ptx " + architecture.ptx.str(), architecture.name,
                  [&](std::unique_ptr<llvm::Module> module) {
                    return writePtx(*module, architecture);
                  });
  if (!ptx) {
    return ptx.takeError();
  }
  code.ptx = std::move(*ptx);
  if (!ptxas.empty()) {
    // What ptxas refuses the driver may still take.
    note = llvm::toString(assemble(code));
  }
  return llvm::Error::success();
}

llvm::Error GpuCompiler::run(CompiledGpu &result) {
  size_t count = architectures.size();
  result.codes.resize(count);
  std::vector<std::string> errors(count + 1), notes(count);
  auto compile = [&](size_t task) -> llvm::Error {
    if (task < count) {
      return compileArchitecture(architectures[task], result.codes[task],
                                 notes[task]);
    }
    Code emulated = make("emulated", "", [](auto module) {
      return emulateKernels(std::move(module));
    });
    if (emulated) {
      result.emulated = std::move(*emulated);
    }
    return emulated.takeError();
  };
  std::atomic<size_t> next{0};
  auto work = [&] {
    for (size_t task = next++; task <= count; task = next++) {
      errors[task] = llvm::toString(compile(task));
    }
  };
  std::vector<std::thread> helpers;
  for (unsigned i = 1; i < options.threads; ++i) {
    helpers.emplace_back(work);
  }
  work();
  for (std::thread &helper : helpers) {
    helper.join();
  }
  for (const std::string &error : errors) {
    if (!error.empty()) {
      return llvm::createStringError(error);
    }
  }
  result.llvmIr = std::move(text);
  result.note =
      llvm::join(llvm::make_filter_range(
                     notes, [](StringRef note) { return !note.empty(); }),
                 "; ");
  return llvm::Error::success();
}

/// The module of kernels, taken out of `module`.
static OwningOpRef<ModuleOp> takeKernels(ModuleOp module) {
  for (auto nested : module.getOps<ModuleOp>()) {
    if (nested->hasAttr(kKernelsAttr)) {
      nested->remove();
      return nested;
    }
  }
  return {};
}

static GpuKernelFacts factsOf(LLVM::LLVMFuncOp kernel) {
  GpuKernelFacts facts;
  facts.name = kernel.getName().str();
  if (auto title = kernel->getAttrOfType<StringAttr>(kTitleAttr)) {
    facts.title = title.str();
  }
  if (auto size = kernel->getAttrOfType<DenseI32ArrayAttr>("nvvm.reqntid")) {
    facts.threads = size[0];
  }
  if (auto bytes = kernel->getAttrOfType<IntegerAttr>(kSharedAttr)) {
    facts.launchShared = bytes.getInt();
  }
  if (auto reads = kernel->getAttrOfType<DenseI64ArrayAttr>(kKeyReadsAttr)) {
    facts.readTokens = reads[0];
    facts.readTimes = reads[1];
  }
  if (auto launches = kernel->getAttrOfType<DictionaryAttr>(kLaunchesAttr)) {
    for (NamedAttribute entry : launches) {
      auto numbers = cast<DenseI64ArrayAttr>(entry.getValue()).asArrayRef();
      GpuKernelUse &use = facts.uses[entry.getName().str()];
      use.launches = numbers[0];
      llvm::copy(numbers.slice(1, 4), use.bytes.begin());
      llvm::copy(numbers.slice(5, 4), use.ops.begin());
    }
  }
  return facts;
}

llvm::Expected<CompiledGpu> mlir::fot::compileGpu(ModuleOp module,
                                                  ArrayRef<std::string> entries,
                                                  const GpuOptions &options) {
  OwningOpRef<ModuleOp> kernels = takeKernels(module);
  SmallVector<Architecture> architectures;
  if (auto names = module->getAttrOfType<ArrayAttr>(kGpuAttr)) {
    for (auto name : names.getAsRange<StringAttr>()) {
      if (llvm::Error error = checkGpuArchitecture(name)) {
        return std::move(error);
      }
      architectures.push_back(*findArchitecture(name));
    }
  }
  if (!kernels || architectures.empty()) {
    return llvm::createStringError(
        "expected a module of GPU kernels and an architecture");
  }
  CompiledGpu result;
  for (auto name : (*kernels)
                       ->getAttrOfType<ArrayAttr>(kKernelsAttr)
                       .getAsRange<StringAttr>()) {
    result.kernels.push_back(name.str());
    result.facts.push_back(
        factsOf(kernels->lookupSymbol<LLVM::LLVMFuncOp>(name)));
  }
  CpuLevel host{"cuda-host", "generic", {}};
  llvm::Expected<CompiledCode> elf =
      compileElf(module, host, entries, ElfOptions());
  if (!elf) {
    return elf.takeError();
  }
  result.host = std::move(elf->elf);

  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code =
      translateModuleToLLVMIR(*kernels, context, "kernels");
  std::unique_ptr<llvm::TargetMachine> machine =
      createMachine(architectures.front());
  if (!code || !machine) {
    return llvm::createStringError(
        code ? "this LLVM has no NVPTX target"
             : "the lowered GPU kernels are not valid LLVM IR");
  }
  code->setTargetTriple(machine->getTargetTriple());
  code->setDataLayout(machine->createDataLayout());
  markConvergent(*code);
  llvm::Error error =
      GpuCompiler(options, architectures, std::move(code)).run(result);
  if (error) {
    return std::move(error);
  }
  return result;
}
