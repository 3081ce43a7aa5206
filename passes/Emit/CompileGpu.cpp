//===- CompileGpu.cpp - from the NVVM dialect to PTX ----------------------===//
//
// Kernels are optimised once, under the NVPTX triple. From there the way forks:
// PTX for each architecture, and an object for the emulated device, which thus
// runs what a GPU gets.
//
//===----------------------------------------------------------------------===//

#include "passes/Emit/CompileGpu.h"

#include "passes/Emit/CompileElf.h"
#include "passes/Emit/OptimiseModule.h"
#include "passes/Emit/Ptxas.h"
#include "passes/LowerGPU/Emulate/EmulateKernels.h"
#include "passes/LowerGPU/Passes.h"

#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/StringExtras.h"
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

static llvm::Expected<std::string> writePtx(const llvm::Module &module,
                                            const Architecture &architecture) {
  std::unique_ptr<llvm::Module> copy = llvm::CloneModule(module);
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(architecture);
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager manager;
  if (machine->addPassesToEmitFile(manager, stream, nullptr,
                                   llvm::CodeGenFileType::AssemblyFile)) {
    return llvm::createStringError("the NVPTX target cannot emit PTX");
  }
  manager.run(*copy);
  return std::string(bytes.begin(), bytes.end());
}

/// Makes cubins, each by a process of its own, where ptxas is installed. What
/// it refuses is a note of the same index.
static void assembleAll(MutableArrayRef<GpuCode> codes,
                        MutableArrayRef<std::string> notes) {
  std::string ptxas = findPtxas();
  if (ptxas.empty()) {
    return;
  }
  std::vector<std::thread> processes;
  for (auto [code, note] : llvm::zip_equal(codes, notes)) {
    processes.emplace_back([&ptxas, &code = code, &note = note] {
      llvm::Expected<AssembledCode> done =
          assemblePtx(ptxas, code.architecture, code.ptx);
      if (done) {
        code.cubin = std::move(done->cubin);
        code.assembled = std::move(done->kernels);
      } else {
        note = llvm::toString(done.takeError());
      }
    });
  }
  for (std::thread &process : processes) {
    process.join();
  }
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
                                                  bool keepText) {
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
  registerBuiltinDialectTranslation(*module.getContext());
  registerLLVMDialectTranslation(*module.getContext());
  registerNVVMDialectTranslation(*module.getContext());
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
  optimiseModule(*code, *machine, llvm::PipelineTuningOptions());
  if (keepText) {
    llvm::raw_string_ostream stream(result.llvmIr);
    stream << *code;
  }
  for (const Architecture &architecture : architectures) {
    llvm::Expected<std::string> ptx = writePtx(*code, architecture);
    if (!ptx) {
      return ptx.takeError();
    }
    result.codes.push_back({architecture.name.str(), std::move(*ptx), "", {}});
  }
  std::vector<std::string> notes(result.codes.size());
  std::thread assembler([&] { assembleAll(result.codes, notes); });
  llvm::Expected<std::string> emulated = emulateKernels(std::move(code));
  assembler.join();
  result.note =
      llvm::join(llvm::make_filter_range(
                     notes, [](StringRef note) { return !note.empty(); }),
                 "; ");
  if (!emulated) {
    return emulated.takeError();
  }
  result.emulated = std::move(*emulated);
  return result;
}
