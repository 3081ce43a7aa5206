#include "runtime/device/emulated/Fiber.h"

#include <cerrno>
#include <cstring>
#include <string>
#include <sys/mman.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#define FOT_UNPOISON(address, bytes)                                           \
  __asan_unpoison_memory_region(address, bytes)
#endif
#endif
#ifndef FOT_UNPOISON
#define FOT_UNPOISON(address, bytes)
#endif

#if !defined(__x86_64__)
#error "the emulated device runs on x86-64 only"
#endif

asm(R"(
.text
.globl fot_fiber_switch
.hidden fot_fiber_switch
.type fot_fiber_switch, @function
fot_fiber_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size fot_fiber_switch, .-fot_fiber_switch
.hidden fot_fiber_start
.type fot_fiber_start, @function
fot_fiber_start:
  movq %r12, %rdi
  callq *%r13
  ud2
.size fot_fiber_start, .-fot_fiber_start
)");

extern "C" void fot_fiber_start();

namespace fot::rt::emulated {

FiberStacks::~FiberStacks() {
  if (memory) {
    munmap(memory, count * kStride);
  }
}

Status FiberStacks::reserve(uint32_t wanted) {
  if (wanted <= count) {
    return {};
  }
  void *room = mmap(nullptr, wanted * kStride, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (room == MAP_FAILED) {
    return Status::failure("cannot get memory for " + std::to_string(wanted) +
                           " emulated threads: " + std::strerror(errno));
  }
  if (memory) {
    munmap(memory, count * kStride);
  }
  memory = static_cast<std::byte *>(room);
  count = wanted;
  for (uint32_t i = 0; i < count; ++i) {
    mprotect(memory + i * kStride, kGuardBytes, PROT_NONE);
  }
  return {};
}

void *FiberStacks::prepare(uint32_t index, void (*run)(void *),
                           void *argument) {
  std::byte *bottom = memory + index * kStride + kGuardBytes;
  FOT_UNPOISON(bottom, kStackBytes);
  // Tops lie apart in the cache's sets, as stacks are used alike.
  size_t shift = (index % 16) * 192;
  auto *top = reinterpret_cast<void **>(bottom + kStackBytes - 64 - shift);
  // What fot_fiber_switch pops: r15, r14, r13, r12, rbx, rbp, return address.
  void **stack = top - 7;
  stack[0] = nullptr;
  stack[1] = nullptr;
  stack[2] = reinterpret_cast<void *>(run);
  stack[3] = argument;
  stack[4] = nullptr;
  stack[5] = nullptr;
  stack[6] = reinterpret_cast<void *>(&fot_fiber_start);
  return stack;
}

} // namespace fot::rt::emulated
