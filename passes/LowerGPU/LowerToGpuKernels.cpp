//===- LowerToGpuKernels.cpp - fot ops on buffers become GPU launches -----===//

#include "passes/LowerGPU/KernelTable.h"
#include "passes/LowerGPU/Kernels/ArgMax.h"
#include "passes/LowerGPU/Passes.h"
#include "passes/Support/EntryRewriter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace mlir::fot {
#define GEN_PASS_DEF_LOWERTOGPUKERNELS
#include "passes/LowerGPU/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

// Field offsets of kernel_abi.h and device_abi.h.
constexpr int64_t kCallHost = 8, kCallTensors = 32, kCallScalars = 40,
                  kCallMemories = 48, kCallDeviceScalars = 56,
                  kCallDeviceMemories = 64;
constexpr int64_t kHostContext = 8, kHostLaunch = 24;
/// What the runtime launches by itself.
constexpr llvm::StringLiteral kArgMax = "arg_max";
constexpr int64_t kArgMaxThreads = 512;
/// Words of fot_launch.
constexpr int64_t kLaunchWords = 8;

namespace {
/// Rewrites one entry point from buffers to the device ABI.
class EntryWriter : EntryRewriter {
public:
  EntryWriter(func::FuncOp source, GpuKernelTable &kernels)
      : EntryRewriter(source), kernels(kernels) {}

  /// Replaces the function. `numLaunches` counts.
  LogicalResult run(int64_t &numLaunches);

private:
  Value toInteger(Value index, Type type) {
    return arith::IndexCastOp::create(b, type, index);
  }
  void bindArguments();
  void makeRoom();
  LogicalResult lowerOp(Operation &op, int64_t &numLaunches);
  LogicalResult launch(Operation &op, unsigned number, const GpuLaunch &launch);

  GpuKernelTable &kernels;
  Value shape, slots, arguments;          ///< room for a launch's numbers
  Value scratch;                          ///< device memory, if there is some
  llvm::DenseMap<Value, Value> addresses; ///< of scalars and memories
};
} // namespace

void EntryWriter::bindArguments() {
  Value tensors = loadAt(call, kCallTensors, pointer);
  Value scalars = loadAt(call, kCallScalars, pointer);
  Value hostMemories = loadAt(call, kCallMemories, pointer);
  Value deviceScalars = loadAt(call, kCallDeviceScalars, pointer);
  Value deviceMemories = loadAt(call, kCallDeviceMemories, pointer);
  int64_t numTensors = 0, numScalars = 0, numMemories = 0;
  for (BlockArgument argument : source.getArguments()) {
    if (isa<MemRefType>(argument.getType())) {
      bindTensor(argument, tensors, numTensors++);
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

LogicalResult EntryWriter::launch(Operation &op, unsigned number,
                                  const GpuLaunch &launch) {
  FailureOr<unsigned> kernel = kernels.get(&op, number, launch);
  if (failed(kernel)) {
    return failure();
  }
  kernels.count(*kernel, source.getName(), &op, launch);
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
  if (launch.takesScratch) {
    give(scratch);
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
                      : i == 7 ? next
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
  if (std::optional<LogicalResult> done = lowerPlain(op)) {
    return *done;
  }
  if (isa<BarrierOp>(op)) {
    // Launches are ordered as they are.
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
  if (failed(begin())) {
    return failure();
  }
  bindArguments();
  makeRoom();
  if (auto offset = source->getAttrOfType<IntegerAttr>(kGpuScratchAttr)) {
    scratch = gep(workspace, offset.getInt());
  }
  for (Operation &op : source.front()) {
    if (failed(lowerOp(op, numLaunches))) {
      return failure();
    }
  }
  source.erase();
  return success();
}

/// Puts together what CPUs' workers share: fot-choose-gpu-strategy has cut one
/// token's attention for GPUs.
static void joinParts(func::FuncOp entry) {
  auto join = [](auto op) {
    if (Value parts = op.getParts()) {
      op.getPartsMutable().clear();
      op.removeBlockAttr();
      for (Operation *user : llvm::make_early_inc_range(parts.getUsers())) {
        if (isa<PartialAttentionOp>(user)) {
          user->erase();
        }
      }
    }
  };
  entry.walk([&](AttentionOp op) { join(op); });
  entry.walk([&](MemoryAttentionOp op) { join(op); });
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
      joinParts(entry);
      if (failed(EntryWriter(entry, kernels).run(launches))) {
        return signalPassFailure();
      }
    }
    if (module.lookupSymbol("decode")) {
      Type pointer = LLVM::LLVMPointerType::get(&getContext());
      kernels.add(kArgMax, {pointer, builder.getI64Type(), pointer},
                  kArgMaxThreads, gpuArgMax);
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
