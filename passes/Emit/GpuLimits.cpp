//===- GpuLimits.cpp - what GPUs of an architecture can hold --------------===//

#include "passes/Emit/GpuLimits.h"

#include "llvm/Support/MathExtras.h"

#include <algorithm>

using namespace mlir::fot;

/// Registers are given to a warp in such portions, and there are as many parts
/// of a multiprocessor that a warp can belong to. As cuda_occupancy.h of CUDA
/// 13.0 has it (cudaOccRegAllocationGranularity,
/// cudaOccSubPartitionsPerMultiprocessor).
constexpr int64_t kRegisterPortion = 256, kWarpParts = 4, kWarpThreads = 32;
/// Shared memory is given in such portions (cudaOccSMemAllocationGranularity);
/// so much of a block's is the driver's (libcu++'s arch_traits_t,
/// reserved_shared_memory_per_block).
constexpr int64_t kSharedPortion = 128, kReservedShared = 1024;

namespace {
struct Generation {
  llvm::StringLiteral architecture;
  GpuLimits limits;
  llvm::ArrayRef<GpuProduct> products;
};
} // namespace

// Of NVIDIA's data sheets and white papers, as tables that quote them have
// them; docs/gpu-lowering.md says which of the figures were found nowhere.
// Where only sparse rates are given, their half.
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

// Compared with cuda_occupancy.h of CUDA 13.0 (cudaOccMaxBlocksPerMulti-
// processor) and, threads, shared memory and registers too, with libcu++'s
// table of compute capabilities (cuda/__device/arch_traits.h of NVIDIA's CCCL,
// 2026).
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
