//===- EmulateKernels.cpp - NVPTX code to an object for the emulator ------===//
//
// The steps in order, and code generation. There is no optimisation after the
// retargeting: what runs is what the optimiser made for the GPU.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Emulate/EmulateKernels.h"

#include "passes/Emit/CompileElf.h"
#include "passes/LowerGPU/Emulate/Retarget.h"

#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/DebugInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Linker/Linker.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include "llvm/TargetParser/Triple.h"

#include <mutex>

using namespace llvm;
using namespace mlir::fot::emulate;

// What the code generator calls by itself: rounding of f32 to bf16, to nearest
// and ties to even; NaNs stay NaNs.
static const char kSupportIr[] = R"(
define hidden bfloat @__truncsfbf2(float %number) nounwind {
  %bits = bitcast float %number to i32
  %shifted = lshr i32 %bits, 16
  %odd = and i32 %shifted, 1
  %bias = add i32 %odd, 32767
  %sum = add i32 %bits, %bias
  %rounded = lshr i32 %sum, 16
  %quiet = or i32 %shifted, 64
  %nan = fcmp uno float %number, 0.0
  %chosen = select i1 %nan, i32 %quiet, i32 %rounded
  %half = trunc i32 %chosen to i16
  %result = bitcast i16 %half to bfloat
  ret bfloat %result
}
)";

static std::unique_ptr<TargetMachine> createMachine() {
  static std::once_flag once;
  std::call_once(once, [] {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
  });
  Triple triple("x86_64-unknown-linux-gnu");
  std::string error;
  const Target *target = TargetRegistry::lookupTarget(triple, error);
  return std::unique_ptr<TargetMachine>(target->createTargetMachine(
      triple, "x86-64-v3", "", TargetOptions(), Reloc::PIC_, CodeModel::Small,
      CodeGenOptLevel::Default));
}

static Error addSupport(Module &module) {
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> support = parseIR(
      MemoryBufferRef(kSupportIr, "support"), diagnostic, module.getContext());
  support->setTargetTriple(module.getTargetTriple());
  support->setDataLayout(module.getDataLayout());
  if (Linker::linkModules(module, std::move(support))) {
    return createStringError("the support functions do not link");
  }
  return Error::success();
}

static Expected<std::string> generate(Module &module, TargetMachine &machine) {
  TargetLibraryInfoImpl library(machine.getTargetTriple());
  library.disableAllFunctions();
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  legacy::PassManager manager;
  manager.add(new TargetLibraryInfoWrapperPass(library));
  if (machine.addPassesToEmitFile(manager, stream, nullptr,
                                  CodeGenFileType::ObjectFile)) {
    return createStringError("the x86-64 target cannot emit objects");
  }
  manager.run(module);
  return std::string(bytes.begin(), bytes.end());
}

Expected<std::string>
mlir::fot::emulateKernels(std::unique_ptr<Module> module) {
  Expected<Description> description = describe(*module);
  if (!description) {
    return description.takeError();
  }
  StripDebugInfo(*module);
  module->setModuleInlineAsm("");
  std::unique_ptr<TargetMachine> machine = createMachine();
  module->setTargetTriple(machine->getTargetTriple());
  module->setDataLayout(machine->createDataLayout());
  if (Error error = placeShared(*module, *description)) {
    return std::move(error);
  }
  if (Error error = rewrite(*module, *description)) {
    return std::move(error);
  }
  if (Error error = addSupport(*module)) {
    return std::move(error);
  }
  for (Function &function : *module) {
    if (!function.isDeclaration()) {
      function.addFnAttr("target-cpu", machine->getTargetCPU());
    }
  }
  std::string problems;
  raw_string_ostream stream(problems);
  if (verifyModule(*module, &stream)) {
    return createStringError("the code for the emulated device is not valid: " +
                             problems);
  }
  Expected<std::string> object = generate(*module, *machine);
  if (!object) {
    return object.takeError();
  }
  return linkElf(*object);
}
