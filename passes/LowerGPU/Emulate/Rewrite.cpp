//===- Rewrite.cpp - GPU code to x86-64 code with calls -------------------===//
//
// One function at a time: what x86-64 lacks becomes a call through the table of
// operations, shared variables become offsets from the arena's start, and each
// access gets a call of the check in front.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Emulate/Retarget.h"

#include "runtime/include/fot/emulator_abi.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/IntrinsicsNVPTX.h"
#include "llvm/IR/ReplaceConstant.h"

#include <cstddef>

using namespace llvm;
using namespace mlir::fot::emulate;

/// Functions of one number that x86-64 code would call a library for.
static bool isMathCall(Intrinsic::ID id) {
  switch (id) {
  case Intrinsic::exp:
  case Intrinsic::exp2:
  case Intrinsic::exp10:
  case Intrinsic::log:
  case Intrinsic::log2:
  case Intrinsic::log10:
  case Intrinsic::sin:
  case Intrinsic::cos:
  case Intrinsic::tanh:
  case Intrinsic::pow:
  case Intrinsic::round:
    return true;
  default:
    return false;
  }
}

bool mlir::fot::emulate::isOperation(const CallInst &call) {
  const Function *callee = call.getCalledFunction();
  Intrinsic::ID id = callee->getIntrinsicID();
  if (id == Intrinsic::not_intrinsic) {
    return callee->isDeclaration();
  }
  return callee->getName().starts_with("llvm.nvvm.") || isMathCall(id) ||
         isa<AnyMemIntrinsic>(call) || id == Intrinsic::trap ||
         id == Intrinsic::masked_load || id == Intrinsic::masked_store ||
         id == Intrinsic::masked_gather || id == Intrinsic::masked_scatter;
}

/// Where in fot_emulated_ids the value of an intrinsic is, or nothing.
static std::optional<uint64_t> idOffset(Intrinsic::ID id) {
  static const Intrinsic::ID order[] = {Intrinsic::nvvm_read_ptx_sreg_tid_x,
                                        Intrinsic::nvvm_read_ptx_sreg_tid_y,
                                        Intrinsic::nvvm_read_ptx_sreg_tid_z,
                                        Intrinsic::nvvm_read_ptx_sreg_ctaid_x,
                                        Intrinsic::nvvm_read_ptx_sreg_ctaid_y,
                                        Intrinsic::nvvm_read_ptx_sreg_ctaid_z,
                                        Intrinsic::nvvm_read_ptx_sreg_ntid_x,
                                        Intrinsic::nvvm_read_ptx_sreg_ntid_y,
                                        Intrinsic::nvvm_read_ptx_sreg_ntid_z,
                                        Intrinsic::nvvm_read_ptx_sreg_nctaid_x,
                                        Intrinsic::nvvm_read_ptx_sreg_nctaid_y,
                                        Intrinsic::nvvm_read_ptx_sreg_nctaid_z,
                                        Intrinsic::nvvm_read_ptx_sreg_laneid};
  static_assert(offsetof(fot_emulated_ids, tid) == 0 &&
                offsetof(fot_emulated_ids, ctaid) == 12 &&
                offsetof(fot_emulated_ids, ntid) == 24 &&
                offsetof(fot_emulated_ids, nctaid) == 36 &&
                offsetof(fot_emulated_ids, lane) == 48);
  const auto *found = llvm::find(order, id);
  if (found == std::end(order)) {
    return std::nullopt;
  }
  return 4 * static_cast<uint64_t>(found - std::begin(order));
}

namespace {

/// Rewrites one function.
class FunctionRewriter {
public:
  using Work = SmallVector<std::pair<Instruction *, uint32_t>>;

  /// `work`: the function's instructions that are sites, and their numbers.
  FunctionRewriter(Function &function, const Description &description,
                   Tables &tables, Work work)
      : function(function), description(description), tables(tables),
        work(std::move(work)), builder(function.getContext()) {}

  void run();

private:
  void prepare();
  void replaceShared();
  void replaceCall(CallInst &call, uint32_t site);
  Value *mathCall(CallInst &call, uint32_t site);
  Value *operate(StringRef name, ArrayRef<Value *> arguments, Type *result,
                 uint32_t site);
  void check(Instruction &access, uint32_t site);
  Value *slot(unsigned index) {
    return builder.CreateConstInBoundsGEP1_64(
        builder.getInt8Ty(), slots, index * sizeof(fot_emulated_slot));
  }

  Function &function;
  const Description &description;
  Tables &tables;
  Work work;
  IRBuilder<> builder;
  Value *thread = nullptr;
  Value *shared = nullptr;
  AllocaInst *slots = nullptr;
  unsigned numSlots = 1;
};

} // namespace

/// Loads what stays the same for a thread, once.
void FunctionRewriter::prepare() {
  builder.SetInsertPoint(&*function.getEntryBlock().getFirstInsertionPt());
  Type *pointer = builder.getPtrTy();
  slots = builder.CreateAlloca(builder.getInt8Ty());
  slots->setAlignment(Align(16));
  thread = builder.CreateLoad(
      pointer, tables.field(builder, offsetof(fot_emulated_module, thread)),
      "thread");
  shared = builder.CreateLoad(
      pointer, tables.field(builder, offsetof(fot_emulated_module, shared)),
      "shared");
}

void FunctionRewriter::replaceShared() {
  for (const Variable &variable : description.variables) {
    SmallVector<Use *> uses;
    for (Use &use : variable.global->uses()) {
      auto *user = dyn_cast<Instruction>(use.getUser());
      if (user && user->getFunction() == &function) {
        uses.push_back(&use);
      }
    }
    if (uses.empty()) {
      continue;
    }
    builder.SetInsertPoint(cast<Instruction>(shared)->getNextNode());
    Value *address = builder.CreateConstInBoundsGEP1_64(
        builder.getInt8Ty(), shared, variable.offset);
    address = builder.CreateAddrSpaceCast(address, variable.global->getType());
    for (Use *use : uses) {
      use->set(address);
    }
  }
}

static unsigned resultSlots(Type *type) {
  if (auto *members = dyn_cast<StructType>(type)) {
    return members->getNumElements();
  }
  return type->isVoidTy() ? 0 : 1;
}

/// i1 has no bytes of its own in memory.
static Type *inMemory(Type *type) {
  return type->isIntegerTy(1) ? Type::getInt8Ty(type->getContext()) : type;
}

Value *FunctionRewriter::operate(StringRef name, ArrayRef<Value *> arguments,
                                 Type *result, uint32_t site) {
  unsigned count = arguments.size();
  unsigned results = resultSlots(result);
  numSlots = std::max(numSlots, count + results);
  for (unsigned index = 0; index < count; ++index) {
    Value *value = arguments[index];
    if (value->getType()->isMetadataTy()) {
      continue;
    }
    if (Type *type = inMemory(value->getType()); type != value->getType()) {
      value = builder.CreateZExt(value, type);
    }
    builder.CreateAlignedStore(value, slot(index), Align(16));
  }
  Type *pointer = builder.getPtrTy();
  Value *target = builder.CreateLoad(pointer, tables.operation(builder, name));
  auto *type = FunctionType::get(
      builder.getVoidTy(), {pointer, pointer, pointer, builder.getInt32Ty()},
      /*isVarArg=*/false);
  builder.CreateCall(type, target,
                     {thread, slots, slot(count), builder.getInt32(site)});
  auto read = [&](Type *wanted, unsigned index) -> Value * {
    Type *stored = inMemory(wanted);
    Value *value =
        builder.CreateAlignedLoad(stored, slot(count + index), Align(16));
    return stored == wanted ? value : builder.CreateTrunc(value, wanted);
  };
  if (auto *members = dyn_cast<StructType>(result)) {
    Value *whole = PoisonValue::get(result);
    for (unsigned i = 0; i < results; ++i) {
      whole = builder.CreateInsertValue(whole,
                                        read(members->getElementType(i), i), i);
    }
    return whole;
  }
  return results ? read(result, 0) : nullptr;
}

/// One call of "NAME.f32" or "NAME.f64" for each element.
Value *FunctionRewriter::mathCall(CallInst &call, uint32_t site) {
  Type *type = call.getType();
  Type *element = type->getScalarType();
  Type *wide = element->isDoubleTy() ? element : builder.getFloatTy();
  StringRef base = Intrinsic::getBaseName(call.getIntrinsicID());
  base.consume_front("llvm.");
  std::string name = (base + (element->isDoubleTy() ? ".f64" : ".f32")).str();
  auto compute = [&](function_ref<Value *(Value *)> pick) {
    SmallVector<Value *> arguments;
    for (Value *argument : call.args()) {
      arguments.push_back(builder.CreateFPCast(pick(argument), wide));
    }
    return builder.CreateFPCast(operate(name, arguments, wide, site), element);
  };
  auto *vector = dyn_cast<FixedVectorType>(type);
  if (!vector) {
    return compute([](Value *value) { return value; });
  }
  Value *result = PoisonValue::get(type);
  for (unsigned i = 0; i < vector->getNumElements(); ++i) {
    Value *lane = compute(
        [&](Value *value) { return builder.CreateExtractElement(value, i); });
    result = builder.CreateInsertElement(result, lane, i);
  }
  return result;
}

void FunctionRewriter::replaceCall(CallInst &call, uint32_t site) {
  builder.SetInsertPoint(&call);
  Intrinsic::ID id = call.getIntrinsicID();
  Value *result = nullptr;
  if (std::optional<uint64_t> offset = idOffset(id)) {
    Value *address = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(),
                                                        thread, *offset);
    result = builder.CreateLoad(call.getType(), address);
  } else if (id == Intrinsic::nvvm_read_ptx_sreg_warpsize) {
    result = builder.getInt32(32);
  } else if (isMathCall(id)) {
    result = mathCall(call, site);
  } else {
    StringRef name = call.getCalledFunction()->getName();
    name.consume_front("llvm.");
    SmallVector<Value *> arguments(call.args());
    if (isa<AnyMemIntrinsic>(call)) {
      name = isa<MemSetInst>(call)    ? "memset"
             : isa<MemMoveInst>(call) ? "memmove"
                                      : "memcpy";
      arguments.resize(3);
      arguments[2] =
          builder.CreateZExtOrTrunc(arguments[2], builder.getInt64Ty());
    }
    result = operate(name, arguments, call.getType(), site);
  }
  if (result) {
    call.replaceAllUsesWith(result);
  }
  call.eraseFromParent();
}

void FunctionRewriter::check(Instruction &access, uint32_t site) {
  builder.SetInsertPoint(&access);
  const Value *pointer = getLoadStorePointerOperand(&access);
  if (!pointer) {
    pointer = access.getOperand(0);
  }
  Value *address = builder.CreateAddrSpaceCast(const_cast<Value *>(pointer),
                                               builder.getPtrTy());
  Type *type = builder.getPtrTy();
  Value *target = builder.CreateLoad(
      type, tables.field(builder, offsetof(fot_emulated_module, check)));
  builder.CreateCall(FunctionType::get(builder.getVoidTy(),
                                       {type, type, builder.getInt32Ty()},
                                       /*isVarArg=*/false),
                     target, {thread, address, builder.getInt32(site)});
}

void FunctionRewriter::run() {
  prepare();
  replaceShared();
  for (auto [instruction, site] : work) {
    if (auto *call = dyn_cast<CallInst>(instruction)) {
      replaceCall(*call, site);
    } else {
      check(*instruction, site);
    }
  }
  slots->setOperand(0, builder.getInt32(numSlots * sizeof(fot_emulated_slot)));
}

/// Removes what only a GPU understands from a function's declaration.
static void neutralise(Function &function) {
  function.setCallingConv(CallingConv::C);
  function.setLinkage(GlobalValue::InternalLinkage);
  function.setVisibility(GlobalValue::DefaultVisibility);
  function.setComdat(nullptr);
  function.setAttributes(AttributeList());
  function.addFnAttr(Attribute::NoUnwind);
  function.addFnAttr("no-builtins");
  SyncScope::ID everyone = SyncScope::System;
  for (Instruction &instruction : instructions(function)) {
    if (auto *call = dyn_cast<CallInst>(&instruction)) {
      if (!call->getCalledFunction()->isIntrinsic()) {
        call->setAttributes(AttributeList());
        call->setCallingConv(CallingConv::C);
      }
    } else if (auto *load = dyn_cast<LoadInst>(&instruction)) {
      load->setSyncScopeID(everyone);
    } else if (auto *store = dyn_cast<StoreInst>(&instruction)) {
      store->setSyncScopeID(everyone);
    } else if (auto *update = dyn_cast<AtomicRMWInst>(&instruction)) {
      update->setSyncScopeID(everyone);
    } else if (auto *swap = dyn_cast<AtomicCmpXchgInst>(&instruction)) {
      swap->setSyncScopeID(everyone);
    } else if (auto *fence = dyn_cast<FenceInst>(&instruction)) {
      fence->setSyncScopeID(everyone);
    }
  }
}

Error mlir::fot::emulate::rewrite(Module &module, Description &description) {
  for (StringRef name : {"llvm.used", "llvm.compiler.used"}) {
    if (GlobalVariable *list = module.getNamedGlobal(name)) {
      list->eraseFromParent();
    }
  }
  for (GlobalVariable &global : module.globals()) {
    if (global.getAddressSpace() == 3) {
      continue;
    }
    if (global.isDeclaration()) {
      return createStringError("the variable '" + global.getName() +
                               "' has no definition, which the emulated "
                               "device cannot run");
    }
    global.setLinkage(GlobalValue::InternalLinkage);
    global.setVisibility(GlobalValue::DefaultVisibility);
  }
  SmallVector<Constant *> shared;
  for (const Variable &variable : description.variables) {
    shared.push_back(variable.global);
  }
  convertUsersOfConstantsToInstructions(shared);
  Tables tables(module);
  // Rewriting erases instructions, so all functions' come first.
  DenseMap<Function *, FunctionRewriter::Work> work;
  for (auto [instruction, site] : description.siteOf) {
    work[instruction->getFunction()].push_back({instruction, site});
  }
  for (Function &function : module) {
    if (!function.isDeclaration()) {
      neutralise(function);
      FunctionRewriter(function, description, tables, work[&function]).run();
    }
  }
  for (Variable &variable : description.variables) {
    variable.global->eraseFromParent();
    variable.global = nullptr;
  }
  tables.finish(description);
  SmallVector<Function *> unused;
  for (Function &function : module) {
    if (function.isDeclaration() && function.use_empty()) {
      unused.push_back(&function);
    }
  }
  for (Function *function : unused) {
    function->eraseFromParent();
  }
  return Error::success();
}
