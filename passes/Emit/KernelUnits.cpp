//===- KernelUnits.cpp - a module cut into kernels ------------------------===//

#include "passes/Emit/KernelUnits.h"

#include "passes/Emit/KernelCache.h"

#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/Transforms/Utils/Cloning.h"

#include <map>

using namespace mlir::fot;

/// A module with one function of `module`, and the constants that it names.
static std::unique_ptr<llvm::Module> isolate(const llvm::Module &module,
                                             const llvm::Function &kernel) {
  llvm::ValueToValueMapTy map;
  std::unique_ptr<llvm::Module> result =
      llvm::CloneModule(module, map, [&](const llvm::GlobalValue *global) {
        return global == &kernel || (llvm::isa<llvm::GlobalVariable>(global) &&
                                     global->hasLocalLinkage());
      });
  auto *copy = llvm::cast<llvm::Function>(map.lookup(&kernel));
  auto dropUnused = [](auto &&globals) {
    for (auto &global : llvm::make_early_inc_range(globals)) {
      global.removeDeadConstantUsers();
      if (global.use_empty()) {
        global.eraseFromParent();
      }
    }
  };
  dropUnused(llvm::make_filter_range(
      result->functions(),
      [&](const llvm::Function &function) { return &function != copy; }));
  dropUnused(result->globals());
  copy->setName(kKernelName);
  copy->setLinkage(llvm::GlobalValue::ExternalLinkage);
  copy->setVisibility(llvm::GlobalValue::HiddenVisibility);
  // Names that say where the kernel came from would be part of its key.
  result->setModuleIdentifier("");
  result->setSourceFileName("");
  return result;
}

std::vector<KernelUnit>
mlir::fot::takeKernels(llvm::Module &module,
                       llvm::ArrayRef<std::string> entries,
                       llvm::StringRef salt) {
  llvm::SmallVector<llvm::Function *> kernels;
  for (llvm::Function &function : module) {
    if (!function.isDeclaration() &&
        !llvm::is_contained(entries, function.getName())) {
      kernels.push_back(&function);
    }
  }
  std::vector<KernelUnit> units;
  std::map<std::string, llvm::Function *> known;
  for (llvm::Function *kernel : kernels) {
    KernelUnit unit;
    llvm::raw_svector_ostream stream(unit.bitcode);
    llvm::WriteBitcodeToFile(*isolate(module, *kernel), stream);
    unit.key = KernelCache::keyOf(
        {salt, llvm::StringRef(unit.bitcode.data(), unit.bitcode.size())});
    auto [same, isNew] = known.try_emplace(unit.key, kernel);
    if (!isNew) {
      kernel->replaceAllUsesWith(same->second);
      kernel->eraseFromParent();
      continue;
    }
    unit.symbol = "fot_kernel_" + unit.key;
    kernel->deleteBody();
    kernel->setName(unit.symbol);
    kernel->setLinkage(llvm::GlobalValue::ExternalLinkage);
    kernel->setVisibility(llvm::GlobalValue::HiddenVisibility);
    units.push_back(std::move(unit));
  }
  return units;
}
