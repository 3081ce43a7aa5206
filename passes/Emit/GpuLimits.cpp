//===- GpuLimits.cpp - what GPUs of an architecture can hold --------------===//

#include "passes/Emit/GpuLimits.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir::fot;

/// Registers are given to a warp in such portions, and there are as many parts
/// of a multiprocessor that a warp can belong to.
constexpr int64_t kRegisterPortion = 256, kWarpParts = 4, kWarpThreads = 32;
/// Shared memory is given in such portions; one block's worth of it is taken by
/// the system.
constexpr int64_t kSharedPortion = 128, kReservedShared = 1024;

namespace {
struct Generation {
  llvm::StringLiteral architecture;
  GpuLimits limits;
  llvm::ArrayRef<GpuProduct> products;
};
} // namespace

// Written down from memory of data sheets and white papers of NVIDIA, not
// compared with them since (HGX B200 was): A100 (2021), A10 (2021), GA102 white
// paper, L4 (2023), Ada white paper, H100 and H200 SXM, HGX B200, RTX Blackwell
// white paper. Where only sparse rates are given, their half.
constexpr double kGiga = 1e9, kTera = 1e12;
static const GpuProduct kSm80[] = {
    {"A100 SXM 80 GB", 2039 * kGiga, 19.5 * kTera, 312 * kTera, 624 * kTera}};
static const GpuProduct kSm86[] = {
    {"A10", 600 * kGiga, 31.2 * kTera, 125 * kTera, 250 * kTera},
    {"RTX 3090", 936 * kGiga, 35.6 * kTera, 71 * kTera, 284 * kTera}};
static const GpuProduct kSm89[] = {
    {"L4", 300 * kGiga, 30.3 * kTera, 121 * kTera, 242 * kTera},
    {"RTX 4090", 1008 * kGiga, 82.6 * kTera, 165.2 * kTera, 660.6 * kTera}};
static const GpuProduct kSm90[] = {
    {"H100 SXM", 3350 * kGiga, 67 * kTera, 989 * kTera, 1979 * kTera},
    {"H200 SXM", 4800 * kGiga, 67 * kTera, 989 * kTera, 1979 * kTera}};
static const GpuProduct kSm100[] = {
    {"B200", 7700 * kGiga, 75 * kTera, 2250 * kTera, 4500 * kTera}};
static const GpuProduct kSm120[] = {
    {"RTX 5090", 1792 * kGiga, 104.8 * kTera, 209.5 * kTera, 838 * kTera}};

// Limits: CUDA C++ programming guide, technical specifications by compute
// capability.
static const Generation kGenerations[] = {
    {"sm_80", {2048, 32, 164 << 10}, kSm80},
    {"sm_86", {1536, 16, 100 << 10}, kSm86},
    {"sm_89", {1536, 24, 100 << 10}, kSm89},
    {"sm_90", {2048, 32, 228 << 10}, kSm90},
    {"sm_100", {2048, 32, 228 << 10}, kSm100},
    {"sm_120", {1536, 24, 100 << 10}, kSm120}};

static const Generation *find(llvm::StringRef architecture) {
  architecture.consume_back("a");
  for (const Generation &each : kGenerations) {
    if (each.architecture == architecture) {
      return &each;
    }
  }
  return nullptr;
}

GpuLimits mlir::fot::gpuLimits(llvm::StringRef architecture) {
  const Generation *found = find(architecture);
  return found ? found->limits : GpuLimits();
}

llvm::ArrayRef<GpuProduct>
mlir::fot::gpuProducts(llvm::StringRef architecture) {
  const Generation *found = find(architecture);
  return found ? found->products : llvm::ArrayRef<GpuProduct>();
}

int64_t mlir::fot::residentBlocks(const GpuLimits &limits, int64_t threads,
                                  int64_t registers, int64_t sharedBytes) {
  int64_t warps = llvm::divideCeil(threads, kWarpThreads);
  if (warps == 0) {
    return 0;
  }
  int64_t blocks =
      std::min(limits.blocks, limits.threads / (warps * kWarpThreads));
  if (registers > 0) {
    int64_t ofWarp = llvm::alignTo(registers * kWarpThreads, kRegisterPortion);
    int64_t perPart = limits.registers / kWarpParts / ofWarp;
    blocks = std::min(blocks, perPart * kWarpParts / warps);
  }
  int64_t shared = llvm::alignTo(sharedBytes, kSharedPortion) + kReservedShared;
  return std::min(blocks, limits.sharedBytes / shared);
}
