// The arguments of one entry point, tied to a session's buffers.
#ifndef FOT_RUNTIME_SESSION_BOUNDCALL_H
#define FOT_RUNTIME_SESSION_BOUNDCALL_H

#include "runtime/base/Status.h"
#include "runtime/memory/MemoryBank.h"
#include "runtime/session/Module.h"

#include "fot/kernel_abi.h"

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace fot::rt {

/// Where the window caches of a session lie in their common buffer: one
/// cache for each role and layer, shared by all entry points that name it.
class CacheLayout {
public:
  /// Adds the caches that `entry` names. Two entries must agree about a cache
  /// they share, and its window must be `window`.
  Status add(const schema::Entry &entry, uint64_t window);
  uint64_t bytes() const { return size; }
  /// Offset in bytes of the cache that `argument` names.
  uint64_t offset(const schema::Argument &argument) const;

private:
  struct Cache {
    uint64_t offset;
    schema::ElementType type;
    std::vector<int64_t> dims;
  };
  std::map<std::pair<schema::Role, int>, Cache> caches;
  uint64_t size = 0;
};

/// An entry point with the lists of arguments it is called with. Only the
/// fields below change from call to call.
class BoundCall {
public:
  /// Which of the optional arguments an entry point must have.
  struct Shape {
    bool tokens = false;  // Tokens, Logits and Position
    bool count = false;   // Count
    bool segment = false; // Segment
  };
  static StatusOr<BoundCall> bind(const EntryPoint &entry, Shape shape,
                                  uint32_t vocab, const CacheLayout &layout,
                                  std::byte *caches,
                                  std::span<const MemoryBank> banks);

  void setTokens(void *data, uint64_t count) {
    tensors[tokens].data = data;
    tensors[tokens].dims[0] = static_cast<int64_t>(count);
  }
  void setLogits(void *data, uint64_t rows) {
    tensors[logits].data = data;
    tensors[logits].dims[0] = static_cast<int64_t>(rows);
  }
  void setPosition(uint64_t value) {
    scalars[position] = static_cast<int64_t>(value);
  }
  void setCount(uint64_t value) {
    scalars[count] = static_cast<int64_t>(value);
  }
  void setSegment(uint64_t value) {
    scalars[segment] = static_cast<int64_t>(value);
  }
  /// `emptyMemories`: the code sees memories without an entry. `mirror` is the
  /// session's on a device, and null on a CPU.
  Status run(Module &module, void *workspace, DeviceMirror *mirror,
             bool emptyMemories = false) const;

private:
  Status addArgument(const schema::Argument &argument, uint32_t vocab,
                     const CacheLayout &layout, std::byte *caches,
                     std::span<const MemoryBank> banks);

  const EntryPoint *entry = nullptr;
  std::vector<fot_tensor> tensors;
  std::vector<int64_t> scalars;
  std::vector<const fot_memory *> memories, noMemories;
  int tokens = -1, logits = -1, position = -1, count = -1, segment = -1;
};

} // namespace fot::rt

#endif
