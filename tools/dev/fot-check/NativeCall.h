//===- NativeCall.h - one call of compiled code -----------------*- C++ -*-===//
//
// Lays the evaluator's arguments out as kernel_abi.h says, runs the entry
// point, and reads what it left behind.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_TOOLS_DEV_FOT_CHECK_NATIVECALL_H
#define FOT_TOOLS_DEV_FOT_CHECK_NATIVECALL_H

#include "dialects/Reference/Values.h"
#include "tools/dev/fot-check/NativeCode.h"

#include <deque>

namespace mlir::fot::check_tool {

/// Memory of a number of bytes, 64-byte aligned, with marks behind it that
/// tell if someone wrote too far.
class MarkedBuffer {
public:
  explicit MarkedBuffer(int64_t bytes);
  /// Bytes are 0xFF at first: NaN for all float types.
  uint8_t *data() { return bytes.get(); }
  const uint8_t *data() const { return bytes.get(); }
  int64_t size() const { return used; }
  bool intact() const;

private:
  struct Free {
    void operator()(uint8_t *pointer) const;
  };
  std::unique_ptr<uint8_t[], Free> bytes;
  int64_t used;
};

/// How memories are laid out.
struct MemoryPlan {
  int64_t appended = 0;             ///< entries that there is room for
  ArrayRef<int64_t> muted;          ///< key-value heads
  int64_t sealed = 0;               ///< entries of a sealed segment; 0: none is
  const NativeCode *seal = nullptr; ///< code that seals
  int64_t heads = 0, k = 0;         ///< of winners; 0: they are not asked for
};

class NativeCall {
public:
  /// `types` are those of the function's arguments.
  NativeCall(const NativeCode &code, ArrayRef<Type> types,
             ArrayRef<reference::RuntimeValue> arguments,
             const MemoryPlan &plan);

  /// Runs the entry with that many workers; kernels of a GPU in an order of
  /// that number. Fails if it returns a failure or wrote behind a buffer.
  /// Returns the seconds taken.
  llvm::Expected<double> run(unsigned threads);

  /// The bytes of tensor argument `index`.
  ArrayRef<uint8_t> bytes(unsigned index) const {
    const MarkedBuffer &buffer = buffers[places[index]];
    return {buffer.data(), static_cast<size_t>(buffer.size())};
  }
  /// What is wrong with the winners that the last run wrote; empty: nothing.
  std::string winnersProblem() const;
  /// What all runs counted, of all memories.
  std::vector<int64_t> counters() const;
  /// The numbers of tensor argument `index`, as the call left them. Sums of a8
  /// blocks that are wrong make the block's numbers NaN.
  std::vector<double> tensor(unsigned index) const;
  /// Entries [begin, end) of memory argument `index`: keys, then values, each
  /// [heads][entries][headDim].
  std::vector<double> memory(unsigned index, int64_t begin, int64_t end) const;

private:
  struct Segment {
    MarkedBuffer keys, values, index;
  };
  struct Winners {
    std::vector<int64_t> entries;
    std::vector<float> logits, softmax;
    fot_winners view;
  };
  struct Memory {
    MemoryType type;
    std::deque<Segment> buffers;
    std::vector<fot_segment> segments;
    std::vector<uint8_t> muted;
    std::vector<int64_t> counters;
    std::unique_ptr<Winners> winners;
    fot_memory view;
  };
  void addTensor(RankedTensorType type, const reference::TensorValue &value);
  void addMemory(const reference::MemoryValue &value, const MemoryPlan &plan);
  void addWinners(Memory &memory, const MemoryPlan &plan);
  void seal(Memory &memory, const NativeCode &code);
  llvm::Error work(const fot_call &call, unsigned threads);
  llvm::Error launch(const fot_call &call, unsigned order);

  const NativeCode &code;
  SmallVector<Type> types;
  std::vector<int> places; ///< of each argument in its list
  std::deque<MarkedBuffer> buffers;
  std::vector<fot_tensor> tensors;
  std::vector<int64_t> scalars;
  std::deque<Memory> memories;
  MarkedBuffer workspace;
};

} // namespace mlir::fot::check_tool

#endif
