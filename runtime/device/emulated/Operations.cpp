#include "runtime/device/emulated/Operations.h"

#include <algorithm>

namespace fot::rt::emulated {

fot_emulated_call findOperation(std::string_view name) {
  // Addresses are the same in all spaces: ".p3" says nothing.
  size_t dot = name.rfind(".p");
  if (dot != name.npos && dot + 3 == name.size() && name.back() >= '0' &&
      name.back() <= '9') {
    name.remove_suffix(3);
  }
  for (std::span<const Operation> group :
       {barrierOperations(), copyOperations(), mathOperations(),
        matrixOperations(), warpOperations()}) {
    auto found = std::find_if(
        group.begin(), group.end(),
        [&](const Operation &operation) { return operation.name == name; });
    if (found != group.end()) {
      return found->call;
    }
  }
  return nullptr;
}

void checkAccess(void *pointer, const void *memory, uint32_t index) {
  Thread &thread = asThread(pointer);
  Block &block = *thread.block;
  const LaunchContext &launch = block.launch();
  auto address = reinterpret_cast<uintptr_t>(memory);
  const Known &known = launch.known[index];
  if (address - known.begin > known.span || address & known.alignmentMask) {
    block.learn(thread, address, index);
  }
  uintptr_t offset = address - reinterpret_cast<uintptr_t>(launch.arena);
  if (offset < kArenaBytes && launch.checkShared &&
      !block.shadow().accessWords(Block::accessor(thread),
                                  static_cast<uint32_t>(offset), known.bytes,
                                  known.access, index)) {
    ConflictReport found = block.shadow().access(
        Block::accessor(thread), static_cast<uint32_t>(offset), known.bytes,
        known.access, index);
    if (found.kind != Conflict::None) {
      block.report(thread, found, known.access, known.bytes, index);
    }
  }
}

} // namespace fot::rt::emulated
