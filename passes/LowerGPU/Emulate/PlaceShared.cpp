//===- PlaceShared.cpp - where shared variables lie -----------------------===//
//
// All blocks share one arena, one after the other, in which a kernel's shared
// variables have fixed offsets. Between them are gaps, so that an index that is
// out of bounds does not reach another variable.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Emulate/Retarget.h"

#include "llvm/IR/Instructions.h"
#include "llvm/Support/Alignment.h"

using namespace llvm;
using namespace mlir::fot::emulate;

static constexpr uint64_t kGap = 64;
static constexpr uint64_t kArena = 256 * 1024;

/// The functions in which `value` is used, constants in between included.
/// False if something else than code uses it.
static bool findUsers(const Value &value, SetVector<const Function *> &users) {
  for (const User *user : value.users()) {
    if (const auto *instruction = dyn_cast<Instruction>(user)) {
      users.insert(instruction->getFunction());
    } else if (!isa<Constant>(user) || isa<GlobalValue>(user) ||
               !findUsers(*user, users)) {
      return false;
    }
  }
  return true;
}

/// Places one variable behind all that its kernels have already.
static Error place(GlobalVariable &global, Description &description) {
  SetVector<const Function *> users;
  if (!findUsers(global, users)) {
    return createStringError("the address of shared variable '" +
                             global.getName() +
                             "' is stored in another variable, which the "
                             "emulated device cannot run");
  }
  const DataLayout &layout = global.getParent()->getDataLayout();
  uint64_t bytes = layout.getTypeAllocSize(global.getValueType());
  Align alignment = std::max(global.getAlign().valueOrOne(),
                             layout.getABITypeAlign(global.getValueType()));
  if (!bytes) {
    // What a launch asks for begins at 16 bytes at least on a GPU.
    alignment = std::max(alignment, Align(16));
  }
  SmallVector<Kernel *> kernels;
  uint64_t offset = 0;
  for (Kernel &kernel : description.kernels) {
    bool uses = any_of(users, [&](const Function *function) {
      return kernel.reachable.contains(const_cast<Function *>(function));
    });
    if (uses) {
      kernels.push_back(&kernel);
      offset = std::max<uint64_t>(offset, kernel.sharedBytes);
    }
  }
  offset = alignTo(offset, alignment);
  if (bytes && alignment < kGap && offset % (2 * alignment.value()) == 0) {
    // Aligned as declared and not by accident better than that, so that an
    // access that needs more is found.
    offset += alignment.value();
  }
  uint64_t end = offset + bytes + (bytes ? kGap : 0);
  if (end > kArena) {
    return createStringError(
        "the shared variables of '" +
        (kernels.empty() ? global.getName().str() : kernels.front()->name) +
        "' take more than the 256 KiB that the emulated device has");
  }
  for (Kernel *kernel : kernels) {
    kernel->variables.push_back(description.variables.size());
    kernel->sharedBytes = end;
    kernel->declaredShared = alignTo(kernel->declaredShared, alignment) + bytes;
  }
  description.variables.push_back({&global, global.getName().str(),
                                   static_cast<uint32_t>(offset),
                                   static_cast<uint32_t>(bytes)});
  return Error::success();
}

Error mlir::fot::emulate::placeShared(Module &module,
                                      Description &description) {
  SmallVector<GlobalVariable *> fixed;
  SmallVector<GlobalVariable *> open;
  for (GlobalVariable &global : module.globals()) {
    if (global.getAddressSpace() == 3) {
      uint64_t bytes =
          module.getDataLayout().getTypeAllocSize(global.getValueType());
      (bytes ? fixed : open).push_back(&global);
    }
  }
  fixed.append(open);
  for (GlobalVariable *global : fixed) {
    if (Error error = place(*global, description)) {
      return error;
    }
  }
  return Error::success();
}
