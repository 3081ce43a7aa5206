//===- Tables.cpp - the tables of an emulated object ----------------------===//
//
// Writes runtime/include/fot/emulator_abi.h's structs as constants. Their
// layouts on x86-64 have no padding but where the header has a reserved field.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Emulate/Retarget.h"

#include "runtime/include/fot/emulator_abi.h"

#include <cstddef>

using namespace llvm;
using namespace mlir::fot::emulate;

/// More operations than a module can use: the table is cut when it is known.
static constexpr uint64_t kMaxOperations = 4096;

Tables::Tables(Module &module) : module(module) {
  // Stand-ins, until sizes and contents are known.
  LLVMContext &context = module.getContext();
  auto declare = [&](StringRef name, uint64_t bytes) {
    return new GlobalVariable(
        module, ArrayType::get(Type::getInt8Ty(context), bytes),
        /*isConstant=*/false, GlobalValue::ExternalLinkage, nullptr, name);
  };
  table = declare("fot.table", sizeof(fot_emulated_module));
  operations =
      declare("fot.operations", kMaxOperations * sizeof(fot_emulated_op));
}

Value *Tables::field(IRBuilderBase &builder, uint64_t offset) const {
  return builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), table, offset);
}

Value *Tables::operation(IRBuilderBase &builder, StringRef name) {
  StringRef kept = names.insert(name).first->getKey();
  uint32_t index =
      operationIndex.insert({kept, operationIndex.size()}).first->second;
  return builder.CreateConstInBoundsGEP1_64(
      builder.getInt8Ty(), operations,
      index * sizeof(fot_emulated_op) + offsetof(fot_emulated_op, call));
}

Constant *Tables::number(uint64_t value, unsigned bits) const {
  return ConstantInt::get(IntegerType::get(module.getContext(), bits), value);
}

/// The address of a zero-terminated string.
Constant *Tables::text(StringRef value) {
  Constant *&address = texts[value];
  if (!address) {
    Constant *bytes = ConstantDataArray::getString(module.getContext(), value);
    auto *global =
        new GlobalVariable(module, bytes->getType(), /*isConstant=*/true,
                           GlobalValue::PrivateLinkage, bytes, "fot.text");
    address = global;
  }
  return address;
}

/// The address of an array of `rows`, which all have one type.
Constant *Tables::array(StringRef name, ArrayRef<Constant *> rows) {
  if (rows.empty()) {
    return ConstantPointerNull::get(PointerType::get(module.getContext(), 0));
  }
  auto *type = ArrayType::get(rows.front()->getType(), rows.size());
  return new GlobalVariable(module, type, /*isConstant=*/false,
                            GlobalValue::InternalLinkage,
                            ConstantArray::get(type, rows), name);
}

/// A function that takes a kernel's arguments as cuLaunchKernel does.
Function *Tables::wrapper(const Kernel &kernel) {
  LLVMContext &context = module.getContext();
  auto *pointer = PointerType::get(context, 0);
  auto *function = Function::Create(
      FunctionType::get(Type::getVoidTy(context), {pointer}, false),
      GlobalValue::InternalLinkage, "fot.run." + kernel.name, module);
  function->addFnAttr(Attribute::NoUnwind);
  IRBuilder<> builder(BasicBlock::Create(context, "entry", function));
  SmallVector<Value *> arguments;
  for (auto [index, parameter] : enumerate(kernel.function->args())) {
    Value *place =
        builder.CreateLoad(pointer, builder.CreateConstInBoundsGEP1_64(
                                        pointer, function->getArg(0), index));
    bool byAddress = is_contained(kernel.byAddress, index);
    arguments.push_back(
        byAddress ? builder.CreateAddrSpaceCast(place, parameter.getType())
                  : builder.CreateLoad(parameter.getType(), place));
  }
  builder.CreateCall(kernel.function, arguments);
  builder.CreateRetVoid();
  return function;
}

Constant *Tables::kernelRow(const Kernel &kernel) {
  SmallVector<Constant *> indices;
  for (uint32_t index : kernel.variables) {
    indices.push_back(number(index));
  }
  return ConstantStruct::getAnon(
      {text(kernel.name), wrapper(kernel), array("fot.indices", indices),
       number(kernel.variables.size()), number(kernel.function->arg_size()),
       number(kernel.sharedBytes), number(kernel.stackBytes),
       number(kernel.block[0]), number(kernel.block[1]),
       number(kernel.block[2]), number(kernel.maxBlock[0]),
       number(kernel.maxBlock[1]), number(kernel.maxBlock[2]),
       number(kernel.maxThreads), number(kernel.declaredShared)});
}

void Tables::finish(const Description &description) {
  // The module's own variables, before there are any of ours.
  std::vector<Constant *> globals;
  const DataLayout &layout = module.getDataLayout();
  auto *pointer = PointerType::get(module.getContext(), 0);
  std::vector<GlobalVariable *> own;
  for (GlobalVariable &global : module.globals()) {
    if (&global != table && &global != operations) {
      own.push_back(&global);
    }
  }
  for (GlobalVariable *global : own) {
    globals.push_back(ConstantStruct::getAnon(
        {text(global->getName()),
         ConstantExpr::getPointerBitCastOrAddrSpaceCast(global, pointer),
         number(layout.getTypeAllocSize(global->getValueType()), 64),
         number(global->isConstant()), number(0)}));
  }
  std::vector<Constant *> ops, sites, kernels, variables;
  for (auto &[name, index] : operationIndex) {
    ops.push_back(ConstantStruct::getAnon(
        {text(name), ConstantPointerNull::get(pointer)}));
  }
  for (const Site &site : description.sites) {
    sites.push_back(ConstantStruct::getAnon(
        {text(site.function), text(site.text), text(site.place),
         number(site.bytes), number(site.alignment), number(site.access),
         number(site.space)}));
  }
  for (const Kernel &kernel : description.kernels) {
    kernels.push_back(kernelRow(kernel));
  }
  for (const Variable &variable : description.variables) {
    variables.push_back(
        ConstantStruct::getAnon({text(variable.name), number(variable.offset),
                                 number(variable.bytes)}));
  }
  Constant *null = ConstantPointerNull::get(pointer);
  Constant *opsArray = array("fot.ops", ops);
  Constant *contents = ConstantStruct::getAnon(
      {number(sizeof(fot_emulated_module)), number(FOT_EMULATOR_ABI_VERSION),
       null, null, null, opsArray, array("fot.sites", sites),
       array("fot.kernels", kernels), array("fot.variables", variables),
       array("fot.globals", globals), number(ops.size()), number(sites.size()),
       number(kernels.size()), number(variables.size()), number(globals.size()),
       number(0)});
  auto *final =
      new GlobalVariable(module, contents->getType(),
                         /*isConstant=*/false, GlobalValue::InternalLinkage,
                         contents, "fot.module");
  table->replaceAllUsesWith(final);
  table->eraseFromParent();
  operations->replaceAllUsesWith(opsArray);
  operations->eraseFromParent();
  auto *entry = Function::Create(FunctionType::get(pointer, /*isVarArg=*/false),
                                 GlobalValue::ExternalLinkage,
                                 FOT_EMULATOR_ENTRY, module);
  IRBuilder<> builder(BasicBlock::Create(module.getContext(), "entry", entry));
  builder.CreateRet(final);
}
