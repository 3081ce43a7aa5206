//===- FinishedLevels.cpp - CPU levels compiled before --------------------===//

#include "passes/Emit/FinishedLevels.h"

#include "dialects/FoT/FoTDialect.h"
#include "passes/Emit/BuildId.h"
#include "passes/LowerCPU/CpuLevel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::fot;

FinishedLevels::FinishedLevels(ModuleOp module, ArrayRef<std::string> levels,
                               ArrayRef<std::string> others,
                               const KernelCache &cache)
    : cache(cache) {
  if (levels.empty() || !cache.keepsSomething() || compilerBuildId().empty()) {
    return;
  }
  // What fot-expand-cpu-levels copies for every level, in full. Passes before
  // it may decide by what else is asked for.
  std::string ir;
  llvm::raw_string_ostream stream(ir);
  for (Operation &op : *module.getBody()) {
    if (isa<WeightOp, func::FuncOp>(op)) {
      op.print(stream);
      stream << '\n';
    }
  }
  std::string beside = llvm::join(others, ",");
  for (const std::string &name : levels) {
    llvm::Expected<CpuLevel> level = CpuLevel::parse(name);
    if (!level) {
      llvm::consumeError(level.takeError());
      continue;
    }
    std::string features = llvm::join(level->features, ",");
    std::string key =
        KernelCache::keyOf({"level", compilerBuildId(), level->name,
                            level->tune, features, beside, ir});
    if (std::optional<std::string> elf = cache.find(key)) {
      found[name] = std::move(*elf);
    }
    keys[name] = std::move(key);
  }
}

std::vector<std::string> FinishedLevels::names() const {
  std::vector<std::string> names;
  for (const auto &[name, elf] : found) {
    names.push_back(name);
  }
  return names;
}

const std::string *FinishedLevels::find(llvm::StringRef level) const {
  auto place = found.find(level);
  return place == found.end() ? nullptr : &place->second;
}

void FinishedLevels::keep(llvm::StringRef level, llvm::StringRef elf) const {
  auto key = keys.find(level);
  if (key != keys.end()) {
    cache.keep(key->second, elf);
  }
}
