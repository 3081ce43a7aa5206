//===- LowerToGpuKernels.cpp - fot ops on buffers become GPU launches -----===//

#include "passes/LowerGPU/KernelTable.h"
#include "passes/LowerGPU/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::fot {
#define GEN_PASS_DEF_LOWERTOGPUKERNELS
#include "passes/LowerGPU/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

// Field offsets of kernel_abi.h and device_abi.h.
constexpr int64_t kCallHost = 8, kCallWeights = 16, kCallWorkspace = 24,
                  kCallTensors = 32, kCallScalars = 40, kCallMemories = 48,
                  kCallDeviceScalars = 56, kCallDeviceMemories = 64;
constexpr int64_t kTensorBytes = 40, kTensorDims = 8;
constexpr int64_t kHostContext = 8, kHostLaunch = 24;
/// Words of fot_launch.
constexpr int64_t kLaunchWords = 8;

namespace {
/// Rewrites one entry point from buffers to the device ABI.
class EntryWriter {
public:
  EntryWriter(func::FuncOp source, GpuKernelTable &kernels)
      : source(source), kernels(kernels),
        b(source.getLoc(), source.getContext()),
        pointer(LLVM::LLVMPointerType::get(source.getContext())),
        i64(b.getI64Type()), i32(b.getI32Type()) {}

  /// Replaces the function. `numLaunches` counts.
  LogicalResult run(int64_t &numLaunches);

private:
  struct Buffer {
    Value data;
    SmallVector<Value> sizes; ///< one per dynamic dimension
  };

  Value gep(Value base, int64_t offset);
  Value loadAt(Value base, int64_t offset, Type type) {
    return LLVM::LoadOp::create(b, type, gep(base, offset));
  }
  Value toIndex(Value integer) {
    return arith::IndexCastOp::create(b, b.getIndexType(), integer);
  }
  Value toInteger(Value index, Type type) {
    return arith::IndexCastOp::create(b, type, index);
  }
  Value size(Value buffer, unsigned dim);
  void bindArguments();
  void makeRoom();
  LogicalResult lowerOp(Operation &op, int64_t &numLaunches);
  LogicalResult launch(Operation &op, unsigned number, const GpuLaunch &launch);

  func::FuncOp source;
  GpuKernelTable &kernels;
  ImplicitLocOpBuilder b;
  Type pointer, i64, i32;
  Value call, weights, workspace;
  Value shape, slots, arguments; ///< room for a launch's numbers
  IRMapping mapping;             ///< index values
  llvm::DenseMap<Value, Buffer> buffers;
  llvm::DenseMap<Value, Value> addresses; ///< of scalars and memories
  llvm::DenseMap<Value, Value> memories;  ///< as the host sees them
};
} // namespace

Value EntryWriter::gep(Value base, int64_t offset) {
  if (offset == 0) {
    return base;
  }
  Value bytes = LLVM::ConstantOp::create(b, i64, b.getI64IntegerAttr(offset));
  return LLVM::GEPOp::create(b, pointer, b.getI8Type(), base, bytes);
}

void EntryWriter::bindArguments() {
  weights = loadAt(call, kCallWeights, pointer);
  workspace = loadAt(call, kCallWorkspace, pointer);
  Value tensors = loadAt(call, kCallTensors, pointer);
  Value scalars = loadAt(call, kCallScalars, pointer);
  Value hostMemories = loadAt(call, kCallMemories, pointer);
  Value deviceScalars = loadAt(call, kCallDeviceScalars, pointer);
  Value deviceMemories = loadAt(call, kCallDeviceMemories, pointer);
  int64_t numTensors = 0, numScalars = 0, numMemories = 0;
  for (BlockArgument argument : source.getArguments()) {
    if (auto type = dyn_cast<MemRefType>(argument.getType())) {
      int64_t base = numTensors++ * kTensorBytes;
      Buffer buffer{loadAt(tensors, base, pointer), {}};
      for (int64_t i = 0; i < type.getRank(); ++i) {
        if (type.isDynamicDim(i)) {
          buffer.sizes.push_back(
              toIndex(loadAt(tensors, base + kTensorDims + 8 * i, i64)));
        }
      }
      buffers[argument] = buffer;
    } else if (isa<MemoryType>(argument.getType())) {
      memories[argument] = loadAt(hostMemories, 8 * numMemories, pointer);
      addresses[argument] = loadAt(deviceMemories, 8 * numMemories, pointer);
      ++numMemories;
    } else {
      mapping.map(argument, toIndex(loadAt(scalars, 8 * numScalars, i64)));
      addresses[argument] = gep(deviceScalars, 8 * numScalars);
      ++numScalars;
    }
  }
}

/// Launches follow each other, so they share one place for their arguments.
void EntryWriter::makeRoom() {
  auto room = [&](Type type, int64_t count) -> Value {
    Value number = LLVM::ConstantOp::create(b, i64, b.getI64IntegerAttr(count));
    return LLVM::AllocaOp::create(b, pointer, type, number);
  };
  shape = room(i32, kLaunchWords);
  slots = room(i64, kMostArguments);
  arguments = room(pointer, kMostArguments);
  for (int64_t i = 0; i < kMostArguments; ++i) {
    LLVM::StoreOp::create(b, gep(slots, 8 * i), gep(arguments, 8 * i));
  }
}

Value EntryWriter::size(Value buffer, unsigned dim) {
  auto type = cast<MemRefType>(buffer.getType());
  if (!type.isDynamicDim(dim)) {
    return arith::ConstantIndexOp::create(b, type.getDimSize(dim));
  }
  return buffers[buffer].sizes[type.getDynamicDimIndex(dim)];
}

LogicalResult EntryWriter::launch(Operation &op, unsigned number,
                                  const GpuLaunch &launch) {
  FailureOr<unsigned> kernel = kernels.get(&op, number, launch);
  if (failed(kernel)) {
    return failure();
  }
  int64_t next = 0;
  auto give = [&](Value value) {
    LLVM::StoreOp::create(b, value, gep(slots, 8 * next++));
  };
  for (Value operand : op.getOperands()) {
    if (isa<MemRefType>(operand.getType())) {
      give(buffers[operand].data);
      for (Value size : buffers[operand].sizes) {
        give(toInteger(size, i64));
      }
    } else if (Value address = addresses.lookup(operand)) {
      give(address);
    } else {
      give(toInteger(mapping.lookup(operand), i64));
    }
  }
  SmallVector<Value> grid = launch.grid(
      b, [&](Value operand, unsigned dim) { return size(operand, dim); });
  for (int64_t i = 0; i < kLaunchWords; ++i) {
    Value word;
    if (i < static_cast<int64_t>(grid.size())) {
      word = toInteger(grid[i], i32);
    } else {
      int64_t fixed = i == 3   ? launch.threads
                      : i == 6 ? kernels.sharedBytes(*kernel)
                      : i == 7 ? 0
                               : 1;
      word = LLVM::ConstantOp::create(b, i32, b.getI32IntegerAttr(fixed));
    }
    LLVM::StoreOp::create(b, word, gep(shape, 4 * i));
  }
  Value host = loadAt(call, kCallHost, pointer);
  Value context = loadAt(host, kHostContext, pointer);
  Value function = loadAt(host, kHostLaunch, pointer);
  Value kernelNumber =
      LLVM::ConstantOp::create(b, i32, b.getI32IntegerAttr(*kernel));
  auto type =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()),
                                  {pointer, i32, pointer, pointer});
  LLVM::CallOp::create(
      b, type, ValueRange{function, context, kernelNumber, shape, arguments});
  return success();
}

LogicalResult EntryWriter::lowerOp(Operation &op, int64_t &numLaunches) {
  if (auto load = dyn_cast<LoadWeightOp>(op)) {
    auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(
        source, load.getWeightAttr());
    if (!weight || !weight.getOffset()) {
      return load.emitOpError() << "expects a weight with an offset";
    }
    buffers[load.getResult()] = {gep(weights, *weight.getOffset()), {}};
    return success();
  }
  if (auto buffer = dyn_cast<WorkspaceBufferOp>(op)) {
    SmallVector<Value> sizes;
    for (Value size : buffer.getSizes()) {
      sizes.push_back(mapping.lookup(size));
    }
    buffers[buffer.getResult()] = {gep(workspace, buffer.getOffset()), sizes};
    return success();
  }
  if (isa<BarrierOp>(op)) {
    return success();
  }
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    if (!dim.getConstantIndex()) {
      return dim.emitOpError() << "expects a constant dimension";
    }
    mapping.map(dim.getResult(),
                size(dim.getSource(), *dim.getConstantIndex()));
    return success();
  }
  if (auto memorySize = dyn_cast<MemorySizeOp>(op)) {
    mapping.map(
        memorySize.getResult(),
        toIndex(loadAt(memories.lookup(memorySize.getMemory()), 0, i64)));
    return success();
  }
  if (isa<func::ReturnOp>(op)) {
    Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
    func::ReturnOp::create(b, zero);
    return success();
  }
  if (isa<arith::ArithDialect>(op.getDialect())) {
    b.clone(op, mapping);
    return success();
  }
  GpuEmitter emitter = lookupGpuEmitter(op.getName());
  if (!emitter) {
    return op.emitOpError() << "cannot be lowered to a GPU kernel";
  }
  if (auto append = dyn_cast<AppendMemoryOp>(op)) {
    memories[append.getResult()] = memories.lookup(append.getMemory());
    addresses[append.getResult()] = addresses.lookup(append.getMemory());
  }
  FailureOr<SmallVector<GpuLaunch>> launches = emitter(&op);
  if (failed(launches)) {
    return failure();
  }
  for (auto [number, each] : llvm::enumerate(*launches)) {
    if (failed(launch(op, number, each))) {
      return failure();
    }
    ++numLaunches;
  }
  return success();
}

LogicalResult EntryWriter::run(int64_t &numLaunches) {
  if (!source.getBody().hasOneBlock()) {
    return source.emitOpError() << "expects an entry point of one block";
  }
  b.setInsertionPoint(source);
  auto entry = func::FuncOp::create(
      b, source.getName(),
      FunctionType::get(b.getContext(), {pointer, i32, i32}, {i32}));
  Block *block = entry.addEntryBlock();
  b.setInsertionPointToStart(block);
  call = block->getArgument(0);
  bindArguments();
  makeRoom();
  for (Operation &op : source.front()) {
    if (failed(lowerOp(op, numLaunches))) {
      return failure();
    }
  }
  source.erase();
  return success();
}

namespace {
struct LowerToGpuKernels : fot::impl::LowerToGpuKernelsBase<LowerToGpuKernels> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (!module->hasAttr(kGpuAttr)) {
      return;
    }
    OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
    auto inner = ModuleOp::create(builder, module.getLoc(), "kernels");
    GpuKernelTable kernels(inner);
    int64_t launches = 0;
    for (func::FuncOp entry : llvm::to_vector(module.getOps<func::FuncOp>())) {
      if (failed(EntryWriter(entry, kernels).run(launches))) {
        return signalPassFailure();
      }
    }
    inner->setAttr(kKernelsAttr, builder.getArrayAttr(kernels.names()));
    for (auto weight : llvm::make_early_inc_range(module.getOps<WeightOp>())) {
      weight.erase();
    }
    numKernels += kernels.names().size();
    numLaunches += launches;
  }
};
} // namespace
