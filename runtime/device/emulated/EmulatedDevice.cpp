// Memory is the host's, every allocation with room around it that no kernel may
// touch; the arena of shared memory lies on a 256 KiB boundary, so that the low
// bits of an address are the offset, as they are on a GPU.
#include "runtime/device/emulated/EmulatedDevice.h"

#include "runtime/device/emulated/EmulatedModule.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <sys/mman.h>

namespace fot::rt {

using namespace emulated;

static constexpr size_t kAlignment = 256;

struct EmulatedDevice::State {
  ~State();

  EmulationOptions options;
  MemoryMap memory;
  uint64_t allocated = 0;
  std::vector<std::unique_ptr<EmulatedModule>> modules;
  void *reserved = nullptr;
  uint8_t *arena = nullptr;
  Block block;
  /// What the modules' `known` ranges hold for.
  uint64_t generation = 0;
  const void *lastKernel = nullptr;
  uint32_t lastDynamic = 0;
};

EmulatedDevice::State::~State() {
  for (const auto &[begin, range] : memory.all()) {
    if (range.kind == MemoryRange::Kind::Device) {
      std::free(reinterpret_cast<void *>(begin - kAlignment));
    }
  }
  if (reserved) {
    munmap(reserved, 3 * kArenaBytes);
  }
}

EmulatedDevice::EmulatedDevice(std::unique_ptr<State> state)
    : state(std::move(state)) {}
EmulatedDevice::~EmulatedDevice() = default;

StatusOr<std::unique_ptr<EmulatedDevice>>
EmulatedDevice::create(const EmulationOptions &options) {
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
      !__builtin_cpu_supports("f16c")) {
    return Status::failure("the emulated device needs a CPU with AVX2, FMA "
                           "and F16C (x86-64-v3), which this one is not");
  }
  if (options.maxSharedBytes > kArenaBytes - kAlignment) {
    return Status::failure("the emulated device has at most " +
                           std::to_string(kArenaBytes - kAlignment) +
                           " bytes of shared memory, not " +
                           std::to_string(options.maxSharedBytes));
  }
  auto state = std::make_unique<State>();
  state->options = options;
  FOT_RETURN_IF_ERROR(state->block.create());
  // One boundary is in there, and room on both sides that is not mapped.
  void *room = mmap(nullptr, 3 * kArenaBytes, PROT_NONE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room != MAP_FAILED) {
    state->reserved = room;
    auto begin = reinterpret_cast<uintptr_t>(room);
    begin = (begin + kArenaBytes) & ~(kArenaBytes - 1);
    state->arena = reinterpret_cast<uint8_t *>(begin);
  }
  if (!state->reserved ||
      mprotect(state->arena, kArenaBytes, PROT_READ | PROT_WRITE) != 0) {
    return Status::failure(
        std::string("cannot get memory for the emulated device: ") +
        std::strerror(errno));
  }
  return std::unique_ptr<EmulatedDevice>(new EmulatedDevice(std::move(state)));
}

StatusOr<void *> EmulatedDevice::allocate(size_t bytes,
                                          const std::string &name) {
  if (bytes > bytesLeft()) {
    return Status::failure("the emulated device has " +
                           std::to_string(bytesLeft()) + " bytes left, and '" +
                           name + "' needs " + std::to_string(bytes));
  }
  size_t size = std::max<size_t>(bytes, 1);
  size_t padded = (size + 3 * kAlignment - 1) & ~(kAlignment - 1);
  auto *room =
      padded < size
          ? nullptr
          : static_cast<std::byte *>(std::aligned_alloc(kAlignment, padded));
  if (!room) {
    return Status::failure("cannot get " + std::to_string(bytes) +
                           " bytes for '" + name + "'");
  }
  std::byte *memory = room + kAlignment;
  std::memset(memory, 0xff, size);
  Status status = state->memory.add(
      reinterpret_cast<uintptr_t>(memory),
      {name, size, MemoryRange::Kind::Device, /*constant=*/false});
  if (!status.ok()) {
    std::free(room);
    return status;
  }
  state->allocated += size;
  return static_cast<void *>(memory);
}

Status EmulatedDevice::release(void *memory) {
  if (!memory) {
    return {};
  }
  auto begin = reinterpret_cast<uintptr_t>(memory);
  const MemoryMap::Entry *entry = state->memory.find(begin);
  uint64_t bytes = entry ? entry->second.bytes : 0;
  FOT_RETURN_IF_ERROR(state->memory.remove(begin, MemoryRange::Kind::Device)
                          .at("cannot release memory of the emulated device"));
  state->allocated -= bytes;
  std::free(reinterpret_cast<void *>(begin - kAlignment));
  return {};
}

uint64_t EmulatedDevice::bytesLeft() const {
  return state->options.memoryBytes - state->allocated;
}

Status EmulatedDevice::registerHost(void *memory, size_t bytes,
                                    const std::string &name) {
  return state->memory.add(
      reinterpret_cast<uintptr_t>(memory),
      {name, bytes, MemoryRange::Kind::Host, /*constant=*/false});
}

Status EmulatedDevice::unregisterHost(void *memory) {
  return state->memory
      .remove(reinterpret_cast<uintptr_t>(memory), MemoryRange::Kind::Host)
      .at("cannot take host memory from the emulated device");
}

Status EmulatedDevice::copyToDevice(void *to, const void *from, size_t bytes) {
  FOT_RETURN_IF_ERROR(
      state->memory.check(reinterpret_cast<uintptr_t>(to), bytes)
          .at("cannot copy to the emulated device"));
  std::memmove(to, from, bytes);
  return {};
}

Status EmulatedDevice::copyToHost(void *to, const void *from, size_t bytes) {
  FOT_RETURN_IF_ERROR(
      state->memory.check(reinterpret_cast<uintptr_t>(from), bytes)
          .at("cannot copy from the emulated device"));
  std::memmove(to, from, bytes);
  return {};
}

Status EmulatedDevice::copyOnDevice(void *to, const void *from, size_t bytes) {
  FOT_RETURN_IF_ERROR(
      state->memory.check(reinterpret_cast<uintptr_t>(from), bytes)
          .at("cannot copy on the emulated device"));
  return copyToDevice(to, from, bytes);
}

Status EmulatedDevice::fill(void *to, uint8_t byte, size_t bytes) {
  FOT_RETURN_IF_ERROR(
      state->memory.check(reinterpret_cast<uintptr_t>(to), bytes)
          .at("cannot fill memory of the emulated device"));
  std::memset(to, byte, bytes);
  return {};
}

StatusOr<EmulatedModule *> EmulatedDevice::load(std::span<const std::byte> elf,
                                                const std::string &name) {
  FOT_ASSIGN_OR_RETURN(std::unique_ptr<EmulatedModule> module,
                       EmulatedModule::load(elf, name));
  const fot_emulated_module &table = module->table();
  for (uint32_t i = 0; i < table.num_globals; ++i) {
    const fot_emulated_global &global = table.globals[i];
    if (global.bytes == 0) {
      continue;
    }
    FOT_RETURN_IF_ERROR(
        state->memory
            .add(reinterpret_cast<uintptr_t>(global.address),
                 {global.name, global.bytes, MemoryRange::Kind::Variable,
                  global.constant != 0})
            .at(name));
  }
  state->modules.push_back(std::move(module));
  return state->modules.back().get();
}

StatusOr<uint32_t> EmulatedDevice::kernel(const EmulatedModule &module,
                                          const std::string &name) const {
  const fot_emulated_module &table = module.table();
  for (uint32_t i = 0; i < table.num_kernels; ++i) {
    if (name == table.kernels[i].name) {
      return i;
    }
  }
  return Status::failure(module.name() + " lacks the kernel '" + name + "'");
}

void EmulatedDevice::setSeed(uint64_t seed) { state->options.seed = seed; }

static std::string show(Extent extent) {
  return std::to_string(extent.x) + " x " + std::to_string(extent.y) + " x " +
         std::to_string(extent.z);
}

/// What cuLaunchKernel would refuse, and what the code takes for granted.
static Status checkLaunch(const fot_emulated_kernel &kernel, Extent grid,
                          Extent block, uint32_t dynamicBytes,
                          const EmulationOptions &options) {
  std::string name = std::string("kernel '") + kernel.name + "'";
  uint64_t threads = uint64_t(block.x) * block.y * block.z;
  if (threads == 0 || block.x > 1024 || block.y > 1024 || block.z > 64 ||
      threads > kMaxThreads) {
    return Status::failure(name + " is launched with blocks of " + show(block) +
                           " threads; up to 1024 x 1024 x 64 "
                           "and 1024 together are possible");
  }
  if (!grid.x || !grid.y || !grid.z || grid.x > 0x7fffffff || grid.y > 65535 ||
      grid.z > 65535) {
    return Status::failure(name + " is launched with a grid of " + show(grid) +
                           " blocks; 1 to 2147483647 x 65535 x 65535 are "
                           "possible");
  }
  uint32_t size[3] = {block.x, block.y, block.z};
  for (int i = 0; i < 3; ++i) {
    if ((kernel.block[i] && size[i] != kernel.block[i]) ||
        (kernel.max_block[i] && size[i] > kernel.max_block[i])) {
      uint32_t wanted = kernel.block[i] ? kernel.block[i] : kernel.max_block[i];
      return Status::failure(name + " is launched with blocks of " +
                             show(block) + " threads, but was compiled for " +
                             (kernel.block[i] ? "" : "at most ") +
                             std::to_string(wanted) + " in " + "xyz"[i]);
    }
  }
  if (kernel.max_threads && threads > kernel.max_threads) {
    return Status::failure(name + " is launched with blocks of " + show(block) +
                           " threads, but was compiled for at "
                           "most " +
                           std::to_string(kernel.max_threads));
  }
  uint64_t shared = uint64_t(kernel.declared_shared) + dynamicBytes;
  if (shared > options.maxSharedBytes ||
      uint64_t(kernel.shared_bytes) + dynamicBytes > kArenaBytes) {
    return Status::failure(name + " needs " + std::to_string(shared) +
                           " bytes of shared memory; a block has " +
                           std::to_string(options.maxSharedBytes));
  }
  if (kernel.stack_bytes > FiberStacks::kOwnBytes) {
    return Status::failure(name + " needs " +
                           std::to_string(kernel.stack_bytes) +
                           " bytes of local memory per thread; the emulated "
                           "device has " +
                           std::to_string(FiberStacks::kOwnBytes));
  }
  return {};
}

/// The kernel's variables by offset, the dynamic one with its size.
static std::vector<fot_emulated_variable>
variablesOf(const fot_emulated_module &module,
            const fot_emulated_kernel &kernel, uint32_t dynamicBytes) {
  std::vector<fot_emulated_variable> variables;
  for (uint32_t i = 0; i < kernel.num_variables; ++i) {
    variables.push_back(module.variables[kernel.variables[i]]);
    if (variables.back().bytes == 0) {
      variables.back().bytes = dynamicBytes;
    }
  }
  std::sort(
      variables.begin(), variables.end(), [](const auto &a, const auto &b) {
        return std::pair(a.offset, a.bytes) < std::pair(b.offset, b.bytes);
      });
  return variables;
}

Status EmulatedDevice::launch(EmulatedModule &module, uint32_t kernel,
                              Extent grid, Extent block,
                              uint32_t dynamicSharedBytes, void **arguments) {
  fot_emulated_module &table = module.table();
  if (kernel >= table.num_kernels) {
    return Status::failure(module.name() + " has " +
                           plural(table.num_kernels, "kernel") +
                           ", and none of number " + std::to_string(kernel));
  }
  LaunchContext context;
  context.kernel = &table.kernels[kernel];
  FOT_RETURN_IF_ERROR(checkLaunch(*context.kernel, grid, block,
                                  dynamicSharedBytes, state->options));
  if (state->generation != state->memory.generation() ||
      state->lastKernel != context.kernel ||
      state->lastDynamic != dynamicSharedBytes) {
    module.forget();
    state->generation = state->memory.generation();
    state->lastKernel = context.kernel;
    state->lastDynamic = dynamicSharedBytes;
  }
  context.module = &table;
  context.variables = variablesOf(table, *context.kernel, dynamicSharedBytes);
  context.memory = &state->memory;
  context.known = module.known.data();
  context.arena = state->arena;
  context.sharedBytes = context.kernel->shared_bytes + dynamicSharedBytes;
  context.checkShared = state->options.checkShared;
  context.arguments = arguments;
  uint32_t gridSize[3] = {grid.x, grid.y, grid.z};
  uint32_t blockSize[3] = {block.x, block.y, block.z};
  std::copy_n(gridSize, 3, context.grid);
  std::copy_n(blockSize, 3, context.block);
  table.shared = state->arena;
  FOT_RETURN_IF_ERROR(state->block.begin(context, state->options.seed));
  // Blocks in order, or from some place on in strides that meet each once.
  uint64_t count = uint64_t(grid.x) * grid.y * grid.z;
  uint64_t seed = state->options.seed;
  uint64_t stride = 1;
  if (seed) {
    stride = seed * 0x9e3779b97f4a7c15u % count;
    while (std::gcd(stride, count) != 1) {
      ++stride;
    }
  }
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t b = static_cast<uint64_t>(
        (static_cast<unsigned __int128>(i) * stride + seed) % count);
    FOT_RETURN_IF_ERROR(
        state->block.run(static_cast<uint32_t>(b % grid.x),
                         static_cast<uint32_t>(b / grid.x % grid.y),
                         static_cast<uint32_t>(b / grid.x / grid.y)));
  }
  return {};
}

} // namespace fot::rt
