//===- NativeRun.cpp - running a call -------------------------------------===//
//
// On workers of the CPU, or, if host code asks for launches, on the emulated
// device, whose kernels see the call's memory where it lies.
//
//===----------------------------------------------------------------------===//

#include "tools/dev/fot-check/NativeCall.h"

#include <barrier>
#include <chrono>
#include <thread>

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::check_tool;

/// Runs the entry with that many workers.
llvm::Error NativeCall::work(const fot_call &call, unsigned threads) {
  std::vector<int32_t> codes(threads);
  auto work = [&](unsigned worker) {
    codes[worker] = code.entry()(&call, worker, threads);
  };
  std::vector<std::thread> others;
  for (unsigned worker = 1; worker < threads; ++worker) {
    others.emplace_back(work, worker);
  }
  work(0);
  for (std::thread &other : others) {
    other.join();
  }
  if (llvm::any_of(codes, [](int32_t code) { return code != 0; })) {
    return llvm::createStringError("the entry point returned a failure");
  }
  return llvm::Error::success();
}

llvm::Error NativeCall::launch(const fot_call &call, unsigned order) {
  std::vector<DeviceRange> ranges;
  auto add = [&](const void *begin, size_t bytes, StringRef name) {
    ranges.push_back({const_cast<void *>(begin), bytes, name.str()});
  };
  auto addBuffer = [&](const MarkedBuffer &buffer, StringRef name) {
    add(buffer.data(), buffer.size(), name);
  };
  add(code.weights(), code.weightsSize(), "the weights");
  addBuffer(workspace, "the workspace");
  add(scalars.data(), scalars.size() * sizeof(int64_t), "the scalars");
  for (auto [i, buffer] : llvm::enumerate(buffers)) {
    addBuffer(buffer, "tensor " + std::to_string(i));
  }
  for (const Memory &memory : memories) {
    add(&memory.view, sizeof(memory.view), "a memory");
    add(memory.segments.data(), memory.segments.size() * sizeof(fot_segment),
        "a memory's segments");
    add(memory.muted.data(), memory.muted.size(), "the muted heads");
    for (const Segment &segment : memory.buffers) {
      addBuffer(segment.keys, "a segment's keys");
      addBuffer(segment.values, "a segment's values");
    }
  }
  // 0 is the order of numbers.
  return code.kernels()->run(code.entry(), call, ranges, memories.size(),
                             order == 1 ? 0 : order);
}

llvm::Expected<double> NativeCall::run(unsigned threads) {
  std::barrier<> barrier(threads);
  fot_host host = {sizeof(fot_host), FOT_KERNEL_ABI_VERSION, &barrier,
                   [](void *context, uint32_t) {
                     static_cast<std::barrier<> *>(context)->arrive_and_wait();
                   }};
  std::vector<const fot_memory *> views;
  for (const Memory &memory : memories) {
    views.push_back(&memory.view);
  }
  fot_call call = {
      sizeof(fot_call), FOT_KERNEL_ABI_VERSION, &host,          code.weights(),
      workspace.data(), tensors.data(),         scalars.data(), views.data()};
  auto start = std::chrono::steady_clock::now();
  if (llvm::Error error =
          code.kernels() ? launch(call, threads) : work(call, threads)) {
    return error;
  }
  std::chrono::duration<double> taken =
      std::chrono::steady_clock::now() - start;
  bool intact = workspace.intact();
  for (const MarkedBuffer &buffer : buffers) {
    intact &= buffer.intact();
  }
  for (const Memory &memory : memories) {
    for (const Segment &segment : memory.buffers) {
      intact &= segment.keys.intact() && segment.values.intact() &&
                segment.index.intact();
    }
  }
  if (!intact) {
    return llvm::createStringError("the code wrote behind the end of a buffer");
  }
  return taken.count();
}
