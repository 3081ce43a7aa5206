//===- EmulatedCode.cpp - GPU kernels on the emulated device --------------===//

#include "tools/dev/fot-check/EmulatedCode.h"

using namespace mlir::fot::check_tool;
using fot::rt::EmulatedDevice;

llvm::Expected<std::unique_ptr<EmulatedCode>>
EmulatedCode::load(llvm::StringRef elf, llvm::ArrayRef<std::string> kernels) {
  auto code = std::make_unique<EmulatedCode>();
  auto device = EmulatedDevice::create();
  if (!device.ok()) {
    return llvm::createStringError(device.status().message());
  }
  code->device = std::move(*device);
  auto bytes = std::as_bytes(std::span(elf.data(), elf.size()));
  auto module = code->device->load(bytes, "the kernels");
  if (!module.ok()) {
    return llvm::createStringError(module.status().message());
  }
  code->module = *module;
  for (const std::string &name : kernels) {
    auto number = code->device->kernel(**module, name);
    if (!number.ok()) {
      return llvm::createStringError(number.status().message());
    }
    code->numbers.push_back(*number);
  }
  return code;
}

void EmulatedCode::launch(void *context, uint32_t kernel,
                          const fot_launch *shape, void **arguments) {
  auto *code = static_cast<EmulatedCode *>(context);
  const uint32_t *grid = shape->grid, *block = shape->block;
  if (!code->problem.empty() || grid[0] * grid[1] * grid[2] == 0) {
    return;
  }
  auto done = code->device->launch(
      *code->module, code->numbers[kernel], {grid[0], grid[1], grid[2]},
      {block[0], block[1], block[2]}, shape->shared_bytes, arguments);
  if (!done.ok()) {
    code->problem = done.message();
  }
}

llvm::Error EmulatedCode::run(fot_entry entry, const fot_call &call,
                              llvm::ArrayRef<DeviceRange> ranges,
                              size_t numMemories, uint64_t order) {
  problem.clear();
  device->setSeed(order);
  std::vector<void *> registered;
  for (const DeviceRange &range : ranges) {
    if (range.bytes == 0) {
      continue;
    }
    auto done = device->registerHost(range.begin, range.bytes, range.name);
    if (!done.ok() && problem.empty()) {
      problem = done.message();
    } else {
      registered.push_back(range.begin);
    }
  }
  std::vector<uint64_t> memories;
  for (size_t i = 0; i < numMemories; ++i) {
    memories.push_back(reinterpret_cast<uint64_t>(call.memories[i]));
  }
  fot_device_host host = {*call.host, launch};
  host.host.struct_bytes = sizeof(host);
  host.host.context = this;
  fot_device_call deviceCall = {call, reinterpret_cast<uint64_t>(call.scalars),
                                memories.data()};
  deviceCall.call.struct_bytes = sizeof(deviceCall);
  deviceCall.call.host = &host.host;
  if (problem.empty() && entry(&deviceCall.call, 0, 1) != 0) {
    problem = "the entry point returned a failure";
  }
  for (void *begin : registered) {
    auto ignored = device->unregisterHost(begin);
    static_cast<void>(ignored);
  }
  return problem.empty() ? llvm::Error::success()
                         : llvm::createStringError(problem);
}
