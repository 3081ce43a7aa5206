//===- LowerToKernels.cpp - fot ops on buffers become kernel calls --------===//

#include "passes/LowerCPU/Kernel.h"
#include "passes/LowerCPU/Passes.h"
#include "passes/LowerCPU/WorkShares.h"
#include "passes/Support/EntryRewriter.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::fot {
#define GEN_PASS_DEF_LOWERTOKERNELS
#include "passes/LowerCPU/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

// Field offsets of runtime/include/fot/kernel_abi.h.
constexpr int64_t kCallHost = 8, kCallTensors = 32, kCallScalars = 40,
                  kCallMemories = 48;
constexpr int64_t kHostContext = 8, kHostBarrier = 16;
// Kernels see buffers of unknown length as memrefs of this many elements.
constexpr int64_t kUnbounded = int64_t(1) << 40;

/// The flat memref type that stands for a buffer inside kernels.
static MemRefType flatType(MemRefType type) {
  Type element = type.getElementType();
  MLIRContext *context = type.getContext();
  if (auto block = dyn_cast<BlockType>(element)) {
    element =
        IntegerType::get(context, block.getFormat() == Format::A8 ? 32 : 8);
  } else if (isa<PanelType>(element)) {
    element = IntegerType::get(context, 8);
  }
  return MemRefType::get({kUnbounded}, element);
}

namespace mlir::fot {
/// The kernels of a module, one per distinct op.
class KernelTable {
public:
  KernelTable(ModuleOp module, const CpuLevel &level)
      : module(module), level(level) {}

  /// The kernel of `op`, written on first use.
  FailureOr<func::FuncOp> get(Operation *op, const KernelEmitter &emitter);
  size_t size() const { return kernels.size(); }

private:
  static std::string key(Operation *op);
  FailureOr<func::FuncOp> write(Operation *op, const KernelEmitter &emitter);

  ModuleOp module;
  const CpuLevel &level;
  llvm::StringMap<func::FuncOp> kernels;
};
} // namespace mlir::fot

std::string KernelTable::key(Operation *op) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  // Only what the op itself defines: notes such as the layer's number make no
  // other kernel.
  stream << op->getName();
  if (Attribute properties = op->getPropertiesAsAttribute()) {
    stream << properties;
  }
  if (op->hasAttr(kBestAttr)) {
    stream << kBestAttr;
  }
  llvm::SmallDenseMap<Value, unsigned> seen;
  for (Value operand : op->getOperands()) {
    // Which operands are the same buffer decides about aliasing.
    unsigned number = seen.try_emplace(operand, seen.size()).first->second;
    stream << ';' << number << ':' << operand.getType();
  }
  return text;
}

FailureOr<func::FuncOp> KernelTable::get(Operation *op,
                                         const KernelEmitter &emitter) {
  std::string text = key(op);
  auto found = kernels.find(text);
  if (found != kernels.end()) {
    return found->second;
  }
  FailureOr<func::FuncOp> kernel = write(op, emitter);
  if (succeeded(kernel)) {
    kernels[text] = *kernel;
  }
  return kernel;
}

FailureOr<func::FuncOp> KernelTable::write(Operation *op,
                                           const KernelEmitter &emitter) {
  MLIRContext *context = module.getContext();
  Location loc = UnknownLoc::get(context);
  Type index = IndexType::get(context);
  Type pointer = LLVM::LLVMPointerType::get(context);

  SmallVector<Type> inputs;
  llvm::SmallDenseMap<Value, unsigned> uses;
  for (Value operand : op->getOperands()) {
    ++uses[operand];
    if (auto type = dyn_cast<MemRefType>(operand.getType())) {
      inputs.push_back(flatType(type));
      inputs.append(type.getNumDynamicDims(), index);
    } else {
      inputs.push_back(isa<MemoryType>(operand.getType()) ? pointer : index);
    }
  }
  inputs.append(2, index);

  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  std::string name =
      (op->getName().stripDialect() + "_" + Twine(kernels.size())).str();
  auto func = func::FuncOp::create(builder, loc, name,
                                   FunctionType::get(context, inputs, {}));
  func.setPrivate();
  // Spilled vectors must not straddle cache lines.
  func->setAttr("passthrough",
                builder.getArrayAttr({builder.getStringAttr("stackrealign")}));
  Block *block = func.addEntryBlock();
  bool distinct = llvm::all_of(uses, [](auto use) { return use.second == 1; });

  KernelBuilder kernel(loc, OpBuilder::InsertPoint(block, block->end()),
                       context, level);
  unsigned next = 0;
  for (Value operand : op->getOperands()) {
    kernel.values[operand] = block->getArgument(next);
    auto type = dyn_cast<MemRefType>(operand.getType());
    if (type && distinct) {
      func.setArgAttr(next, LLVM::LLVMDialect::getNoAliasAttrName(),
                      builder.getUnitAttr());
    }
    ++next;
    for (int64_t i = 0; type && i < type.getRank(); ++i) {
      if (type.isDynamicDim(i)) {
        kernel.dims[{operand, i}] = block->getArgument(next++);
      }
    }
  }
  kernel.begin = block->getArgument(next++);
  kernel.end = block->getArgument(next);
  if (failed(emitter.body(kernel, op))) {
    func.erase();
    return failure();
  }
  kernel.setInsertionPointToEnd(block);
  func::ReturnOp::create(kernel);
  return func;
}

namespace {
/// Rewrites one entry point from buffers to the kernel ABI.
class EntryWriter : EntryRewriter {
public:
  EntryWriter(func::FuncOp source, KernelTable &kernels,
              const LLVMTypeConverter &converter)
      : EntryRewriter(source), kernels(kernels), converter(converter),
        shares(source) {}

  /// Replaces the function. `numCalls` counts the ops lowered.
  LogicalResult run(int64_t &numCalls);

private:
  void bindArguments();
  LogicalResult lowerOp(Operation &op, int64_t &numCalls);
  LogicalResult callKernel(Operation &op, const KernelEmitter &emitter);

  KernelTable &kernels;
  const LLVMTypeConverter &converter;
  WorkShares shares;
  Value worker, workerIndex, workersIndex;
};
} // namespace

void EntryWriter::bindArguments() {
  Value tensors = loadAt(call, kCallTensors, pointer);
  Value scalars = loadAt(call, kCallScalars, pointer);
  Value banks = loadAt(call, kCallMemories, pointer);
  int64_t numTensors = 0, numScalars = 0, numMemories = 0;
  for (BlockArgument argument : source.getArguments()) {
    if (isa<MemRefType>(argument.getType())) {
      bindTensor(argument, tensors, numTensors++);
    } else if (isa<MemoryType>(argument.getType())) {
      memories[argument] = loadAt(banks, 8 * numMemories++, pointer);
    } else {
      mapping.map(argument, toIndex(loadAt(scalars, 8 * numScalars++, i64)));
    }
  }
}

LogicalResult EntryWriter::callKernel(Operation &op,
                                      const KernelEmitter &emitter) {
  FailureOr<func::FuncOp> kernel = kernels.get(&op, emitter);
  if (failed(kernel)) {
    return failure();
  }
  Value items = emitter.items(
      b, &op, [&](Value operand, unsigned dim) { return size(operand, dim); });
  Value one = arith::ConstantIndexOp::create(b, 1);
  Value begin = shares.firstItem(b, &op, items, workerIndex, workersIndex);
  Value next = arith::AddIOp::create(b, workerIndex, one);
  Value end = shares.firstItem(b, &op, items, next, workersIndex);

  SmallVector<Value> operands;
  for (Value operand : op.getOperands()) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    if (!type) {
      operands.push_back(isa<MemoryType>(operand.getType())
                             ? memories.lookup(operand)
                             : mapping.lookup(operand));
      continue;
    }
    Buffer &buffer = buffers[operand];
    MemRefType flat = flatType(type);
    Value descriptor = MemRefDescriptor::fromStaticShape(
        b, b.getLoc(), converter, flat, buffer.data);
    operands.push_back(
        UnrealizedConversionCastOp::create(b, flat, descriptor).getResult(0));
    llvm::append_range(operands, buffer.sizes);
  }
  operands.append({begin, end});
  func::CallOp::create(b, *kernel, operands);
  return success();
}

LogicalResult EntryWriter::lowerOp(Operation &op, int64_t &numCalls) {
  if (std::optional<LogicalResult> done = lowerPlain(op)) {
    return *done;
  }
  if (isa<BarrierOp>(op)) {
    Value host = loadAt(call, kCallHost, pointer);
    Value context = loadAt(host, kHostContext, pointer);
    Value function = loadAt(host, kHostBarrier, pointer);
    auto type = LLVM::LLVMFunctionType::get(
        LLVM::LLVMVoidType::get(b.getContext()), {pointer, i32});
    LLVM::CallOp::create(b, type, ValueRange{function, context, worker});
    return success();
  }
  const KernelEmitter *emitter = lookupKernelEmitter(op.getName());
  if (!emitter) {
    return op.emitOpError() << "cannot be lowered to a CPU kernel";
  }
  ++numCalls;
  if (auto append = dyn_cast<AppendMemoryOp>(op)) {
    memories[append.getResult()] = memories.lookup(append.getMemory());
  }
  return callKernel(op, *emitter);
}

LogicalResult EntryWriter::run(int64_t &numCalls) {
  FailureOr<Block *> block = begin();
  if (failed(block)) {
    return failure();
  }
  worker = (*block)->getArgument(1);
  Value workers = (*block)->getArgument(2);
  workerIndex = arith::IndexCastUIOp::create(b, b.getIndexType(), worker);
  workersIndex = arith::IndexCastUIOp::create(b, b.getIndexType(), workers);
  bindArguments();
  for (Operation &op : source.front()) {
    if (failed(lowerOp(op, numCalls))) {
      return failure();
    }
  }
  source.erase();
  return success();
}

namespace {
struct LowerToKernels : fot::impl::LowerToKernelsBase<LowerToKernels> {
  using LowerToKernelsBase::LowerToKernelsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (module->hasAttr(kGpuAttr)) {
      return;
    }
    auto attribute = module->getAttrOfType<StringAttr>(kLevelAttr);
    llvm::Expected<CpuLevel> parsed = CpuLevel::parse(
        !level.empty() || !attribute ? StringRef(level) : attribute.getValue());
    if (!parsed) {
      module.emitError() << llvm::toString(parsed.takeError());
      return signalPassFailure();
    }
    LowerToLLVMOptions options(&getContext());
    options.useBarePtrCallConv = true;
    LLVMTypeConverter converter(&getContext(), options);
    KernelTable kernels(module, *parsed);
    int64_t calls = 0;
    for (func::FuncOp entry : llvm::to_vector(module.getOps<func::FuncOp>())) {
      if (failed(EntryWriter(entry, kernels, converter).run(calls))) {
        return signalPassFailure();
      }
    }
    for (auto weight : llvm::make_early_inc_range(module.getOps<WeightOp>())) {
      weight.erase();
    }
    numKernels += kernels.size();
    numCalls += calls;
  }
};
} // namespace
