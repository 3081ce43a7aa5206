//===- CompileElf.cpp - from the LLVM dialect to a shared object ----------===//
//
// The one place where LLVM's optimiser, code generator and linker are used.
//
//===----------------------------------------------------------------------===//

#include "passes/Emit/CompileElf.h"
#include "passes/Emit/KernelUnits.h"
#include "passes/Emit/OptimiseModule.h"

#include "runtime/include/fot/kernel_abi.h"

#include "lld/Common/Driver.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/NVVM/NVVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/Bitcode/BitcodeReader.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/Utils/Cloning.h"

#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

LLD_HAS_DRIVER(elf)

using namespace mlir;
using namespace mlir::fot;

/// To be raised with any change here that changes objects.
constexpr int kCodeVersion = 1;

// memcpy and friends, which the code generator may call whatever we say; they
// resolve inside the object. volatile keeps them from becoming calls of
// themselves.
static const char kSupportIr[] = R"(
define hidden ptr @memset(ptr %p, i32 %c, i64 %n) #0 {
entry:
  %byte = trunc i32 %c to i8
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %done = icmp eq i64 %i, %n
  br i1 %done, label %exit, label %body
body:
  %at = getelementptr i8, ptr %p, i64 %i
  store volatile i8 %byte, ptr %at
  %next = add i64 %i, 1
  br label %head
exit:
  ret ptr %p
}
define hidden ptr @memcpy(ptr %p, ptr %q, i64 %n) #0 {
entry:
  br label %head
head:
  %i = phi i64 [ 0, %entry ], [ %next, %body ]
  %done = icmp eq i64 %i, %n
  br i1 %done, label %exit, label %body
body:
  %from = getelementptr i8, ptr %q, i64 %i
  %byte = load volatile i8, ptr %from
  %at = getelementptr i8, ptr %p, i64 %i
  store volatile i8 %byte, ptr %at
  %next = add i64 %i, 1
  br label %head
exit:
  ret ptr %p
}
attributes #0 = { nounwind "no-builtins" }
)";

static std::unique_ptr<llvm::TargetMachine>
createMachine(const CpuLevel &level) {
  static std::once_flag once;
  std::call_once(once, [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
  });
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(triple, error);
  std::string features;
  for (const std::string &feature : level.features) {
    features += "+" + feature + ",";
  }
  if (level.hasAvx512()) {
    features += "-prefer-256-bit,";
  }
  if (!features.empty()) {
    features.pop_back();
  }
  llvm::TargetOptions options;
  return std::unique_ptr<llvm::TargetMachine>(target->createTargetMachine(
      triple, "x86-64", features, options, llvm::Reloc::PIC_,
      llvm::CodeModel::Small, llvm::CodeGenOptLevel::Aggressive));
}

/// Attributes, linkage and what every object exports.
static void prepare(llvm::Module &module, llvm::TargetMachine &machine,
                    const CpuLevel &level, ArrayRef<std::string> entries) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  for (llvm::Function &function : module) {
    if (function.isDeclaration()) {
      continue;
    }
    bool exported = llvm::is_contained(entries, function.getName());
    function.setLinkage(exported ? llvm::GlobalValue::ExternalLinkage
                                 : llvm::GlobalValue::InternalLinkage);
    if (!exported) {
      // Kernels are called once per layer: copies would only bloat the code.
      function.addFnAttr(llvm::Attribute::NoInline);
    }
    function.addFnAttr("no-builtins");
    function.addFnAttr(llvm::Attribute::NoUnwind);
    function.addFnAttr("target-features", machine.getTargetFeatureString());
    function.addFnAttr("target-cpu", "x86-64");
    function.addFnAttr("tune-cpu", level.tune);
  }
  auto *i32 = llvm::Type::getInt32Ty(module.getContext());
  new llvm::GlobalVariable(module, i32, /*isConstant=*/true,
                           llvm::GlobalValue::ExternalLinkage,
                           llvm::ConstantInt::get(i32, FOT_KERNEL_ABI_VERSION),
                           "fot_kernel_abi_version");
}

static llvm::Expected<std::string>
generate(llvm::Module &module, llvm::TargetMachine &machine,
         const llvm::TargetLibraryInfoImpl &library,
         llvm::CodeGenFileType kind) {
  llvm::SmallVector<char, 0> bytes;
  llvm::raw_svector_ostream stream(bytes);
  llvm::legacy::PassManager manager;
  manager.add(new llvm::TargetLibraryInfoWrapperPass(library));
  if (machine.addPassesToEmitFile(manager, stream, nullptr, kind)) {
    return llvm::createStringError("the x86-64 target cannot emit objects");
  }
  manager.run(module);
  return std::string(bytes.begin(), bytes.end());
}

// lld works on files and is not reentrant.
llvm::Expected<std::string> mlir::fot::linkElf(ArrayRef<std::string> objects) {
  static std::mutex mutex;
  std::lock_guard<std::mutex> lock(mutex);
  llvm::SmallString<128> directory;
  if (std::error_code code =
          llvm::sys::fs::createUniqueDirectory("fotc", directory)) {
    return llvm::createStringError(
        code, "cannot create a temporary directory: " + code.message());
  }
  std::string elfPath = (directory + "/code.so").str();
  llvm::scope_exit cleanUp(
      [&] { llvm::sys::fs::remove_directories(directory); });
  SmallVector<std::string> paths;
  for (const std::string &object : objects) {
    paths.push_back((directory + "/" + llvm::Twine(paths.size()) + ".o").str());
    std::error_code code;
    llvm::raw_fd_ostream stream(paths.back(), code);
    stream << object;
    stream.close();
    if (code || stream.has_error()) {
      stream.clear_error();
      return llvm::createStringError("cannot write '" + paths.back() + "'");
    }
  }
  std::string messages;
  llvm::raw_string_ostream log(messages);
  SmallVector<const char *> arguments = {"ld.lld",
                                         "-shared",
                                         "-nostdlib",
                                         "--no-undefined",
                                         "-z",
                                         "noexecstack",
                                         "--hash-style=gnu",
                                         "--build-id=none",
                                         "--gc-sections",
                                         "-s",
                                         "-o",
                                         elfPath.c_str()};
  for (const std::string &path : paths) {
    arguments.push_back(path.c_str());
  }
  lld::Result result =
      lld::lldMain(arguments, log, log, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0) {
    return llvm::createStringError("the generated code does not link: " +
                                   messages);
  }
  auto buffer = llvm::MemoryBuffer::getFile(elfPath);
  if (!buffer) {
    return llvm::createStringError(buffer.getError(),
                                   "cannot read '" + elfPath + "'");
  }
  return (*buffer)->getBuffer().str();
}

namespace {
/// Compiles the kernels and the entry points of one level.
class ElfCompiler {
public:
  ElfCompiler(const CpuLevel &level, const ElfOptions &options)
      : level(level), options(options) {}

  llvm::Expected<CompiledCode> compile(ModuleOp module,
                                       ArrayRef<std::string> entries);

private:
  struct Object {
    std::string bytes, error;
    CompiledCode text;
  };

  llvm::Error generateCode(llvm::Module &module, bool isEntry, Object &object);
  void compileKernel(const KernelUnit &unit, Object &object);
  std::string salt();

  const CpuLevel &level;
  const ElfOptions &options;
};
} // namespace

/// What decides about an object beside its LLVM IR.
std::string ElfCompiler::salt() {
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(level);
  return (machine->getTargetTriple().str() + " " +
          machine->getTargetFeatureString() + " " + level.tune + " " +
          LLVM_VERSION_STRING + " " + std::to_string(kCodeVersion))
      .str();
}

llvm::Error ElfCompiler::generateCode(llvm::Module &module, bool isEntry,
                                      Object &object) {
  std::unique_ptr<llvm::TargetMachine> machine = createMachine(level);
  llvm::TargetLibraryInfoImpl library(machine->getTargetTriple());
  library.disableAllFunctions();
  // Kernels are vectorised and unrolled as they should be.
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = false;
  tuning.SLPVectorization = false;
  tuning.LoopUnrolling = false;
  optimiseModule(module, *machine, tuning, &library);
  if (isEntry) {
    // After optimisation, so that nothing recognises them as what they are.
    llvm::SMDiagnostic diagnostic;
    std::unique_ptr<llvm::Module> support =
        llvm::parseIR(llvm::MemoryBufferRef(kSupportIr, "support"), diagnostic,
                      module.getContext());
    support->setTargetTriple(module.getTargetTriple());
    support->setDataLayout(module.getDataLayout());
    if (llvm::Linker::linkModules(module, std::move(support))) {
      return llvm::createStringError("the support functions do not link");
    }
  }
  if (options.keepText) {
    llvm::raw_string_ostream stream(object.text.llvmIr);
    stream << module;
    std::unique_ptr<llvm::Module> copy = llvm::CloneModule(module);
    auto assembly =
        generate(*copy, *machine, library, llvm::CodeGenFileType::AssemblyFile);
    if (!assembly) {
      return assembly.takeError();
    }
    object.text.assembly = std::move(*assembly);
  }
  auto bytes =
      generate(module, *machine, library, llvm::CodeGenFileType::ObjectFile);
  if (!bytes) {
    return bytes.takeError();
  }
  object.bytes = std::move(*bytes);
  return llvm::Error::success();
}

/// May run in any thread.
void ElfCompiler::compileKernel(const KernelUnit &unit, Object &object) {
  if (options.stopped && *options.stopped) {
    object.error = "stopped while compiling kernels";
    return;
  }
  // A cached object has no text.
  if (!options.keepText) {
    if (std::optional<std::string> kept = options.cache.find(unit.key)) {
      object.bytes = std::move(*kept);
      return;
    }
  }
  llvm::LLVMContext context;
  auto module = llvm::parseBitcodeFile(
      llvm::MemoryBufferRef(StringRef(unit.bitcode.data(), unit.bitcode.size()),
                            "kernel"),
      context);
  llvm::Error error = module.takeError();
  if (!error) {
    (*module)->getFunction(kKernelName)->setName(unit.symbol);
    error = generateCode(**module, /*isEntry=*/false, object);
  }
  if (error) {
    object.error = llvm::toString(std::move(error));
    return;
  }
  options.cache.keep(unit.key, object.bytes);
}

llvm::Expected<CompiledCode>
ElfCompiler::compile(ModuleOp source, ArrayRef<std::string> entries) {
  llvm::LLVMContext context;
  registerTranslations(*source.getContext());
  std::unique_ptr<llvm::Module> module =
      translateModuleToLLVMIR(source, context, level.name);
  if (!module) {
    return llvm::createStringError("the lowered module is not valid LLVM IR");
  }
  prepare(*module, *createMachine(level), level, entries);
  std::vector<KernelUnit> units = takeKernels(*module, entries, salt());

  // The last is the entry points'.
  std::vector<Object> objects(units.size() + 1);
  std::atomic<size_t> next{0};
  auto work = [&] {
    for (size_t i = next++; i < units.size(); i = next++) {
      compileKernel(units[i], objects[i]);
    }
  };
  std::vector<std::thread> helpers;
  for (unsigned i = 1; i < options.threads; ++i) {
    helpers.emplace_back(work);
  }
  llvm::Error error = generateCode(*module, /*isEntry=*/true, objects.back());
  work();
  for (std::thread &helper : helpers) {
    helper.join();
  }
  if (error) {
    return error;
  }

  CompiledCode result;
  SmallVector<std::string> bytes;
  for (Object &object : objects) {
    if (!object.error.empty()) {
      return llvm::createStringError(object.error);
    }
    bytes.push_back(std::move(object.bytes));
    result.llvmIr += object.text.llvmIr;
    result.assembly += object.text.assembly;
  }
  auto elf = linkElf(bytes);
  if (!elf) {
    return elf.takeError();
  }
  result.elf = std::move(*elf);
  return result;
}

void mlir::fot::registerTranslations(MLIRContext &context) {
  registerBuiltinDialectTranslation(context);
  registerLLVMDialectTranslation(context);
  registerNVVMDialectTranslation(context);
}

llvm::Expected<CompiledCode>
mlir::fot::compileElf(ModuleOp module, const CpuLevel &level,
                      ArrayRef<std::string> entries,
                      const ElfOptions &options) {
  return ElfCompiler(level, options).compile(module, entries);
}
