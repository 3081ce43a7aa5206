//===- Describe.cpp - what is in a module of GPU code ---------------------===//
//
// Finds kernels, what they may be launched with, and every instruction that the
// emulator will hear of, with the text by which it will name them.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Emulate/Retarget.h"

#include "runtime/include/fot/emulator_abi.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/ConstantRange.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsNVPTX.h"
#include "llvm/IR/ModuleSlotTracker.h"

using namespace llvm;
using namespace mlir::fot::emulate;

/// The instruction without what follows its operands.
static std::string textOf(const Instruction &instruction,
                          ModuleSlotTracker &slots) {
  std::string text;
  raw_string_ostream stream(text);
  instruction.print(stream, slots);
  StringRef line = StringRef(text).trim();
  line = line.take_front(line.find(", !"));
  line = line.take_front(line.find(" #"));
  return line.trim().str();
}

static std::string placeOf(const Instruction &instruction,
                           ModuleSlotTracker &slots) {
  if (const DebugLoc &location = instruction.getDebugLoc()) {
    return (location->getFilename() + ":" + Twine(location.getLine())).str();
  }
  std::string text = "block ";
  raw_string_ostream stream(text);
  instruction.getParent()->printAsOperand(stream, /*PrintType=*/false, slots);
  return text;
}

/// Whether the accessed memory is the thread's own, so that a check would only
/// cost time: its variables, and parameters that are passed by address.
static bool isOwn(const Value *pointer) {
  const Value *object = getUnderlyingObject(pointer);
  const auto *argument = dyn_cast<Argument>(object);
  return isa<AllocaInst>(object) || (argument && argument->hasByValAttr());
}

/// Fills in what `instruction` accesses; false if there is nothing to check.
static bool describeAccess(const Instruction &instruction, Site &site) {
  const DataLayout &layout = instruction.getModule()->getDataLayout();
  const Value *pointer = getLoadStorePointerOperand(&instruction);
  Type *type = pointer ? getLoadStoreType(&instruction) : nullptr;
  if (pointer) {
    site.access =
        isa<LoadInst>(instruction) ? FOT_ACCESS_READ : FOT_ACCESS_WRITE;
    site.access |= instruction.isAtomic() ? FOT_ACCESS_ATOMIC : 0;
    site.alignment = getLoadStoreAlignment(&instruction).value();
  } else if (const auto *update = dyn_cast<AtomicRMWInst>(&instruction)) {
    pointer = update->getPointerOperand();
    type = update->getValOperand()->getType();
    site.alignment = update->getAlign().value();
  } else if (const auto *swap = dyn_cast<AtomicCmpXchgInst>(&instruction)) {
    pointer = swap->getPointerOperand();
    type = swap->getNewValOperand()->getType();
    site.alignment = swap->getAlign().value();
  } else {
    return false;
  }
  if (isa<AtomicRMWInst, AtomicCmpXchgInst>(instruction)) {
    site.access = FOT_ACCESS_READ | FOT_ACCESS_WRITE | FOT_ACCESS_ATOMIC;
  }
  site.bytes = layout.getTypeStoreSize(type).getFixedValue();
  unsigned space = pointer->getType()->getPointerAddressSpace();
  site.space = space == 3                 ? FOT_SPACE_SHARED
               : space == 1 || space == 4 ? FOT_SPACE_GLOBAL
                                          : FOT_SPACE_ANY;
  return !isOwn(pointer);
}

static Error refuse(const Function &function, const Twine &what) {
  return createStringError("function '" + function.getName() + "' has " + what +
                           ", which the emulated device cannot run");
}

/// Looks at one call; fails if it cannot be emulated.
static Error checkCall(const CallInst &call, ModuleSlotTracker &slots) {
  if (call.isInlineAsm() || !call.getCalledFunction()) {
    return refuse(
        *call.getFunction(),
        Twine(call.isInlineAsm() ? "inline assembly" : "an indirect call") +
            " `" + textOf(call, slots) + "`");
  }
  return Error::success();
}

static void addReachable(Function &function, SetVector<Function *> &reachable) {
  if (function.isDeclaration() || !reachable.insert(&function)) {
    return;
  }
  for (Instruction &instruction : instructions(function)) {
    if (auto *call = dyn_cast<CallInst>(&instruction)) {
      addReachable(*call->getCalledFunction(), reachable);
    }
  }
}

/// Reads "x,y,z" of a function attribute.
static std::array<uint32_t, 3> readExtent(const Function &function,
                                          StringRef attribute) {
  std::array<uint32_t, 3> extent = {0, 0, 0};
  if (!function.hasFnAttribute(attribute)) {
    return extent;
  }
  SmallVector<StringRef, 3> parts;
  function.getFnAttribute(attribute).getValueAsString().split(parts, ',');
  for (size_t i = 0; i < 3; ++i) {
    extent[i] = 1;
    if (i < parts.size() && parts[i].trim().getAsInteger(10, extent[i])) {
      extent[i] = 0;
    }
  }
  return extent;
}

/// What the optimiser took for granted about the size of a block: ranges of
/// the registers that depend on it.
static void readAssumedBlock(Kernel &kernel, const CallInst &call) {
  static const Intrinsic::ID threads[] = {Intrinsic::nvvm_read_ptx_sreg_tid_x,
                                          Intrinsic::nvvm_read_ptx_sreg_tid_y,
                                          Intrinsic::nvvm_read_ptx_sreg_tid_z};
  static const Intrinsic::ID sizes[] = {Intrinsic::nvvm_read_ptx_sreg_ntid_x,
                                        Intrinsic::nvvm_read_ptx_sreg_ntid_y,
                                        Intrinsic::nvvm_read_ptx_sreg_ntid_z};
  Intrinsic::ID id = call.getIntrinsicID();
  std::optional<ConstantRange> range = call.getRange();
  if (const MDNode *node = call.getMetadata(LLVMContext::MD_range)) {
    range = getConstantRangeFromMetadata(*node);
  }
  if (!range || range->isFullSet() || range->isEmptySet()) {
    return;
  }
  for (size_t i = 0; i < 3; ++i) {
    if (id == threads[i] || id == sizes[i]) {
      uint64_t largest = range->getUnsignedMax().getZExtValue();
      uint32_t size = static_cast<uint32_t>(largest + (id == threads[i]));
      uint32_t &bound = kernel.maxBlock[i];
      bound = bound ? std::min(bound, size) : size;
    }
    if (id == sizes[i] && range->isSingleElement()) {
      kernel.block[i] =
          static_cast<uint32_t>(range->getUnsignedMax().getZExtValue());
    }
  }
}

static Kernel describeKernel(Function &function) {
  Kernel kernel;
  kernel.function = &function;
  kernel.name = function.getName().str();
  addReachable(function, kernel.reachable);
  for (Argument &argument : function.args()) {
    if (argument.hasByValAttr()) {
      kernel.byAddress.push_back(argument.getArgNo());
    }
  }
  kernel.block = readExtent(function, "nvvm.reqntid");
  std::array<uint32_t, 3> limit = readExtent(function, "nvvm.maxntid");
  kernel.maxThreads = limit[0] * limit[1] * limit[2];
  const DataLayout &layout = function.getParent()->getDataLayout();
  for (Function *reached : kernel.reachable) {
    for (Instruction &instruction : instructions(*reached)) {
      if (auto *call = dyn_cast<CallInst>(&instruction)) {
        readAssumedBlock(kernel, *call);
      }
      if (auto *room = dyn_cast<AllocaInst>(&instruction)) {
        if (auto size = room->getAllocationSize(layout)) {
          kernel.stackBytes += size->getFixedValue();
        }
      }
    }
  }
  return kernel;
}

Expected<Description> mlir::fot::emulate::describe(Module &module) {
  Description description;
  ModuleSlotTracker slots(&module);
  for (Function &function : module) {
    if (function.isDeclaration()) {
      continue;
    }
    slots.incorporateFunction(function);
    for (Instruction &instruction : instructions(function)) {
      Site site;
      bool wanted = describeAccess(instruction, site);
      if (auto *call = dyn_cast<CallInst>(&instruction)) {
        if (Error error = checkCall(*call, slots)) {
          return std::move(error);
        }
        wanted = isOperation(*call);
      }
      if (!wanted) {
        continue;
      }
      site.function = function.getName().str();
      site.text = textOf(instruction, slots);
      site.place = placeOf(instruction, slots);
      description.siteOf[&instruction] = description.sites.size();
      description.sites.push_back(std::move(site));
    }
  }
  StringSet<> annotated;
  if (NamedMDNode *nodes = module.getNamedMetadata("nvvm.annotations")) {
    for (MDNode *node : nodes->operands()) {
      auto *key = node->getNumOperands() >= 2
                      ? dyn_cast_or_null<MDString>(node->getOperand(1))
                      : nullptr;
      auto *value = mdconst::dyn_extract_or_null<Function>(node->getOperand(0));
      if (key && value && key->getString() == "kernel") {
        annotated.insert(value->getName());
      }
    }
  }
  for (Function &function : module) {
    if (!function.isDeclaration() &&
        (function.getCallingConv() == CallingConv::PTX_Kernel ||
         annotated.contains(function.getName()))) {
      description.kernels.push_back(describeKernel(function));
    }
  }
  if (description.kernels.empty()) {
    return createStringError("there is no kernel in the module '" +
                             module.getName() + "'");
  }
  return description;
}
