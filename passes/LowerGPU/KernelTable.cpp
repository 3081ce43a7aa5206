//===- KernelTable.cpp - the GPU kernels of a module ----------------------===//

#include "passes/LowerGPU/KernelTable.h"

#include "passes/Analysis/RegionCosts.h"
#include "passes/LowerGPU/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::fot;

/// Whether a kernel finds this index operand in device memory: it is a scalar
/// of the call, and may differ from one call to the next.
static bool isCallScalar(Value operand) {
  return operand.getType().isIndex() && isa<BlockArgument>(operand);
}

std::string GpuKernelTable::key(Operation *op, unsigned number) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << op->getName() << number;
  if (Attribute properties = op->getPropertiesAsAttribute()) {
    stream << properties;
  }
  for (StringRef name : {kGpuSplitsAttr, kGpuMostAttr, kGpuTileAttr}) {
    if (Attribute choice = op->getAttr(name)) {
      stream << name << choice;
    }
  }
  llvm::SmallDenseMap<Value, unsigned> seen;
  for (Value operand : op->getOperands()) {
    // Which operands are the same buffer decides about aliasing.
    unsigned same = seen.try_emplace(operand, seen.size()).first->second;
    stream << ';' << same << (isCallScalar(operand) ? '*' : ':')
           << operand.getType();
  }
  return text;
}

FailureOr<unsigned> GpuKernelTable::get(Operation *op, unsigned number,
                                        const GpuLaunch &launch) {
  auto [place, isNew] =
      numbers.try_emplace(key(op, number), kernelNames.size());
  if (isNew) {
    std::string name =
        (op->getName().stripDialect() + "_" + Twine(kernelNames.size())).str();
    kernelNames.push_back(StringAttr::get(module.getContext(), name));
    if (failed(write(op, name, launch))) {
      return failure();
    }
  }
  return place->second;
}

LLVM::LLVMFuncOp GpuKernelTable::declare(StringRef name, ArrayRef<Type> inputs,
                                         int64_t threads) {
  MLIRContext *context = module.getContext();
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto function = LLVM::LLVMFuncOp::create(
      builder, UnknownLoc::get(context), name,
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context), inputs));
  function->setAttr("nvvm.kernel", builder.getUnitAttr());
  function->setAttr("nvvm.reqntid", builder.getDenseI32ArrayAttr(
                                        {static_cast<int32_t>(threads), 1, 1}));
  return function;
}

void GpuKernelTable::add(StringRef name, ArrayRef<Type> inputs, int64_t threads,
                         function_ref<void(GpuKernel &, ValueRange)> body) {
  kernelNames.push_back(StringAttr::get(module.getContext(), name));
  OpBuilder builder(module.getContext());
  LLVM::LLVMFuncOp function = declare(name, inputs, threads);
  Block *block = function.addEntryBlock(builder);
  GpuKernel kernel(function, block, threads);
  body(kernel, block->getArguments());
  kernel.setInsertionPointToEnd(block);
  LLVM::ReturnOp::create(kernel, ValueRange());
  shared.push_back(kernel.launchBytes);
}

void GpuKernelTable::count(unsigned number, StringRef entry, Operation *op,
                           const GpuLaunch &launch) {
  auto name = cast<StringAttr>(kernelNames[number]);
  auto function = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
  RegionCost cost = operationCost(*op, /*hasIndex=*/false);
  if (!launch.costs.window) {
    cost.windowBytes = cost.windowOps = 0;
  }
  if (!launch.costs.memory) {
    cost.memoryBytes = cost.memoryOps = 0;
  }
  if (!launch.costs.others) {
    cost.callBytes = cost.tokenBytes = cost.callOps = cost.tokenOps = 0;
  }
  const int64_t numbers[] = {1,
                             cost.callBytes,
                             cost.tokenBytes,
                             cost.windowBytes,
                             cost.memoryBytes,
                             cost.callOps,
                             cost.tokenOps,
                             cost.windowOps,
                             cost.memoryOps};
  SmallVector<int64_t> sums(numbers, std::end(numbers));
  NamedAttrList entries(function->getAttrOfType<DictionaryAttr>(kLaunchesAttr));
  if (Attribute before = entries.get(entry)) {
    for (auto [sum, number] :
         llvm::zip_equal(sums, cast<DenseI64ArrayAttr>(before).asArrayRef())) {
      sum += number;
    }
  }
  Builder builder(module.getContext());
  entries.set(entry, builder.getDenseI64ArrayAttr(sums));
  function->setAttr(kLaunchesAttr, entries.getDictionary(builder.getContext()));
  if (!cost.name.empty()) {
    function->setAttr(kTitleAttr, builder.getStringAttr(cost.name));
  }
}

LogicalResult GpuKernelTable::write(Operation *op, StringRef name,
                                    const GpuLaunch &launch) {
  MLIRContext *context = module.getContext();
  Type i64 = IntegerType::get(context, 64);
  Type pointer = LLVM::LLVMPointerType::get(context);
  SmallVector<Type> inputs;
  llvm::SmallDenseMap<Value, unsigned> uses;
  for (Value operand : op->getOperands()) {
    ++uses[operand];
    auto type = dyn_cast<MemRefType>(operand.getType());
    bool isNumber = operand.getType().isIndex() && !isCallScalar(operand);
    inputs.push_back(isNumber ? i64 : pointer);
    inputs.append(type ? type.getNumDynamicDims() : 0, i64);
  }
  if (launch.takesScratch) {
    inputs.push_back(pointer);
  }
  if (inputs.size() > kMostArguments) {
    return op->emitOpError() << "has more operands than a GPU kernel takes";
  }
  OpBuilder builder(context);
  LLVM::LLVMFuncOp function = declare(name, inputs, launch.threads);
  // Without it ptxas takes fewer registers than it needs.
  function->setAttr("nvvm.minctasm",
                    builder.getI32IntegerAttr(static_cast<int32_t>(
                        launch.residentThreads / launch.threads)));
  Block *block = function.addEntryBlock(builder);
  bool distinct = llvm::all_of(uses, [](auto use) { return use.second == 1; });
  GpuKernel kernel(function, block, launch.threads);
  unsigned next = 0;
  for (Value operand : op->getOperands()) {
    kernel.values[operand] = block->getArgument(next);
    auto type = dyn_cast<MemRefType>(operand.getType());
    if (type && distinct) {
      function.setArgAttr(next, LLVM::LLVMDialect::getNoAliasAttrName(),
                          builder.getUnitAttr());
    }
    if (type) {
      function.setArgAttr(next, LLVM::LLVMDialect::getAlignAttrName(),
                          builder.getI64IntegerAttr(16));
    }
    ++next;
    for (int64_t i = 0; type && i < type.getRank(); ++i) {
      if (type.isDynamicDim(i)) {
        kernel.dims[{operand, i}] = block->getArgument(next++);
      }
    }
  }
  if (launch.takesScratch) {
    function.setArgAttr(next, LLVM::LLVMDialect::getAlignAttrName(),
                        builder.getI64IntegerAttr(16));
    kernel.scratchPointer = block->getArgument(next);
  }
  if (failed(launch.body(kernel))) {
    return failure();
  }
  kernel.setInsertionPointToEnd(block);
  LLVM::ReturnOp::create(kernel, ValueRange());
  shared.push_back(kernel.launchBytes);
  if (launch.reads.times > 0) {
    function->setAttr(kKeyReadsAttr,
                      builder.getDenseI64ArrayAttr(
                          {launch.reads.tokens, launch.reads.times}));
  }
  function->setAttr(kSharedAttr, builder.getI64IntegerAttr(kernel.launchBytes));
  return success();
}
