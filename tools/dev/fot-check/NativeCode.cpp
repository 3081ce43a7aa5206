//===- NativeCode.cpp - a function, compiled and loaded -------------------===//

#include "tools/dev/fot-check/NativeCode.h"

#include "passes/Emit/CompileElf.h"
#include "passes/Emit/CompileGpu.h"
#include "passes/Emit/WeightPacker.h"
#include "passes/LowerCPU/Passes.h"
#include "passes/Pipeline/Phases.h"
#include "passes/Support/ModelFacts.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cstdlib>
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::check_tool;

static size_t phaseIndex(StringRef name) {
  return findPhase(name) - phases().data();
}

/// Keeps `text` as DIR/NAME.EXTENSION; what does not get written is no reason
/// to stop.
static void dump(const CompileChoices &choices, StringRef name,
                 StringRef extension, StringRef text) {
  llvm::SmallString<256> path(choices.dumpDir);
  llvm::sys::path::append(path, name + "." + choices.level + "." + extension);
  std::error_code code;
  llvm::raw_fd_ostream stream(path, code);
  if (!code) {
    stream << text;
  }
}

/// The workspace that the lowered entry point asks for.
static int64_t workspaceOf(ModuleOp module) {
  auto entries = module->getAttrOfType<ArrayAttr>(kEntriesAttr);
  auto entry = cast<DictionaryAttr>(entries[0]);
  auto bytes = entry.getAs<IntegerAttr>("workspace_bytes");
  return bytes ? bytes.getInt() : 0;
}

/// The code of a lowered module: what runs on the CPU, and the kernels.
llvm::Expected<std::string> NativeCode::makeElf(ModuleOp nested, StringRef name,
                                                const CompileChoices &choices) {
  bool keepText = !choices.dumpDir.empty();
  if (choices.level == kEmulated) {
    GpuOptions gpu;
    gpu.keepText = keepText;
    llvm::Expected<CompiledGpu> code = compileGpu(nested, {name.str()}, gpu);
    if (!code) {
      return code.takeError();
    }
    if (keepText) {
      dump(choices, name, "ll", code->llvmIr);
      dump(choices, name, "ptx", code->codes[0].ptx);
    }
    auto kernels = EmulatedCode::load(code->emulated, code->kernels);
    if (!kernels) {
      return kernels.takeError();
    }
    emulated = std::move(*kernels);
    return std::move(code->host);
  }
  llvm::Expected<CpuLevel> level = CpuLevel::parse(choices.level);
  if (!level) {
    return level.takeError();
  }
  ElfOptions elf;
  elf.keepText = keepText;
  llvm::Expected<CompiledCode> code =
      compileElf(nested, *level, {name.str()}, elf);
  if (!code) {
    return code.takeError();
  }
  if (keepText) {
    dump(choices, name, "ll", code->llvmIr);
    dump(choices, name, "s", code->assembly);
  }
  return std::move(code->elf);
}

llvm::Expected<std::unique_ptr<NativeCode>>
NativeCode::compile(ModuleOp module, StringRef name,
                    const CompileChoices &choices) {
  bool keepText = !choices.dumpDir.empty();
  CompilerOptions options;
  if (choices.level == kEmulated) {
    options.cpuLevels.clear();
    options.cudaArchitectures = {"sm_80"};
  } else {
    options.cpuLevels = {choices.level};
  }
  options.fuse = choices.fuse;
  auto keepPhase = [&](size_t phase, ModuleOp now) {
    if (keepText) {
      std::string text;
      llvm::raw_string_ostream stream(text);
      now.print(stream);
      dump(choices, name, phases()[phase].name.str() + ".mlir", text);
    }
    return success();
  };
  if (failed(runPhases(module, options, phaseIndex("memory"),
                       phaseIndex("lower"), keepPhase))) {
    return llvm::createStringError("the phases fail; see the diagnostics");
  }
  auto nested = *module.getOps<ModuleOp>().begin();
  auto result = std::make_unique<NativeCode>();
  llvm::Expected<std::string> elf = result->makeElf(nested, name, choices);
  if (!elf) {
    return elf.takeError();
  }
  result->workspace = workspaceOf(module);
  WeightReader reader(choices.weightDirectory);
  std::vector<uint8_t> bytes;
  auto collect = [&](ArrayRef<uint8_t> piece) {
    bytes.insert(bytes.end(), piece.begin(), piece.end());
    return llvm::Error::success();
  };
  if (llvm::Error error = packWeights(module, reader, 1, collect, [](uint64_t) {
        return llvm::Error::success();
      })) {
    return error;
  }
  result->weightBytes = static_cast<uint8_t *>(
      std::aligned_alloc(64, llvm::alignTo(bytes.size() + 1, 64)));
  llvm::copy(bytes, result->weightBytes);
  result->weightsUsed = bytes.size();
  if (llvm::Error error = result->load(*elf, name)) {
    return error;
  }
  return result;
}

llvm::Error NativeCode::load(StringRef elf, StringRef name) {
  // Open as long as the code is loaded: loaded code is known by its path, which
  // has the file's number. The emulated device, which closes its files, calls
  // the process `self`.
  file = memfd_create("fot-check", MFD_CLOEXEC);
  if (file < 0 ||
      write(file, elf.data(), elf.size()) != static_cast<ssize_t>(elf.size())) {
    return llvm::createStringError("cannot write the code into memory");
  }
  std::string path =
      "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(file);
  library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    return llvm::createStringError(std::string("cannot load the code: ") +
                                   dlerror());
  }
  auto *version =
      static_cast<uint32_t *>(dlsym(library, "fot_kernel_abi_version"));
  function = reinterpret_cast<fot_entry>(dlsym(library, name.str().c_str()));
  if (!version || *version != FOT_KERNEL_ABI_VERSION || !function) {
    return llvm::createStringError("expected code of kernel ABI " +
                                   llvm::Twine(FOT_KERNEL_ABI_VERSION) +
                                   " that exports '" + name + "'");
  }
  return llvm::Error::success();
}

NativeCode::~NativeCode() {
  if (library) {
    dlclose(library);
  }
  if (file >= 0) {
    close(file);
  }
  std::free(weightBytes);
}
