//===- CpuLevel.cpp - what a code segment may assume of its CPU -----------===//

#include "passes/LowerCPU/CpuLevel.h"

#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <memory>

using namespace mlir;
using namespace mlir::fot;

// Every feature that code may use; the runtime knows how to detect each.
static const char *const kFeatures[] = {
    "amx-bf16",   "amx-int8", "amx-tile", "avx",     "avx2",       "avx512bf16",
    "avx512bw",   "avx512cd", "avx512dq", "avx512f", "avx512vbmi", "avx512vl",
    "avx512vnni", "bmi",      "bmi2",     "f16c",    "fma",        "lzcnt",
    "movbe",      "popcnt",   "sse3",     "sse4.1",  "sse4.2",     "ssse3"};

/// LLVM's x86-64 target, ready for use.
static const llvm::Target *x86Target() {
  static const llvm::Target *target = [] {
    llvm::InitializeNativeTarget();
    std::string error;
    return llvm::TargetRegistry::lookupTarget(
        llvm::Triple("x86_64-unknown-linux-gnu"), error);
  }();
  return target;
}

static CpuLevel fromPredicate(StringRef name, StringRef tune,
                              function_ref<bool(StringRef)> has) {
  CpuLevel level{name.str(), tune.str(), {}};
  for (const char *feature : kFeatures) {
    if (has(feature)) {
      level.features.push_back(feature);
    }
  }
  return level;
}

static CpuLevel fromLlvmCpu(StringRef name, StringRef cpu,
                            ArrayRef<StringRef> extra = {}) {
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  std::unique_ptr<llvm::MCSubtargetInfo> info(
      x86Target()->createMCSubtargetInfo(triple, cpu, ""));
  return fromPredicate(name, cpu, [&](StringRef feature) {
    return info->checkFeatures(("+" + feature).str()) ||
           llvm::is_contained(extra, feature);
  });
}

llvm::Expected<CpuLevel> CpuLevel::parse(StringRef name) {
  llvm::Triple triple("x86_64-unknown-linux-gnu");
  CpuLevel level;
  if (name == "native") {
    llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
    level = fromPredicate(name, llvm::sys::getHostCPUName(),
                          [&](StringRef f) { return host.lookup(f); });
  } else if (name == "x86-64-v3") {
    level = fromLlvmCpu(name, name);
  } else if (name == "avx512vnni") {
    // What every AVX-512 server CPU since 2019 has.
    level = fromLlvmCpu(name, "x86-64-v4", {"avx512vnni"});
  } else if (name == "amx") {
    // The level before it with what Intel's server CPUs added in 2023.
    level = fromLlvmCpu(name, "x86-64-v4",
                        {"avx512vnni", "amx-bf16", "amx-int8", "amx-tile"});
  } else {
    std::unique_ptr<llvm::MCSubtargetInfo> info(
        x86Target()->createMCSubtargetInfo(triple, "x86-64", ""));
    if (!info->isCPUStringValid(name)) {
      return llvm::createStringError(
          "unknown CPU level '%s': expected x86-64-v3, x86-64-v4, avx512vnni, "
          "amx, native, or a CPU that LLVM knows, such as znver4 or "
          "sapphirerapids",
          name.str().c_str());
    }
    level = fromLlvmCpu(name, name);
  }
  for (StringRef feature : {"avx2", "fma", "f16c"}) {
    if (!level.has(feature)) {
      return llvm::createStringError(
          "CPU level '%s' lacks %s: expected at least x86-64-v3",
          name.str().c_str(), feature.str().c_str());
    }
  }
  return level;
}
