//===- RegionCosts.cpp - what an entry point moves and computes -----------===//

#include "passes/Analysis/RegionCosts.h"

#include "dialects/FoT/FoTDialect.h"
#include "passes/Support/WeightTypes.h"
#include "passes/Tiling/ScanCost.h"
#include "runtime/include/fot/kernel_abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::fot;

namespace {
/// Collects one region.
class RegionBuilder {
public:
  explicit RegionBuilder(bool hasIndex = true) : hasIndex(hasIndex) {}
  void add(Operation &op);
  RegionCost take();

private:
  void addName(StringRef name);
  void addBuffers(Operation &op);
  void addProduct(Operation &op, Value input, ValueRange weights);
  void addWindow(MemRefType keys, int64_t queryHeads);
  void addAttention(AttentionOp attention);
  void addScan(MemoryType type, int64_t queryHeads, StrategyAttr strategy);
  void addAllValues(MemoryType type, int64_t queryHeads);
  void addWinners(MemoryType type, int64_t queryHeads, int64_t k);

  RegionCost cost;
  SmallVector<std::string> names;
  int64_t integerOps = 0;
  bool hasIndex;
};
} // namespace

/// The most that a size of a buffer can be by a constant; 1 if there is none.
static int64_t boundOf(Value size) {
  IntegerAttr bound;
  if (auto least = size.getDefiningOp<arith::MinUIOp>()) {
    for (Value side : least->getOperands()) {
      if (matchPattern(side, m_Constant(&bound))) {
        return bound.getInt();
      }
    }
  }
  return 1;
}

/// Dimension `dim` of a buffer, or the most that it can be.
static int64_t sizeOf(Value buffer, unsigned dim) {
  auto type = cast<MemRefType>(buffer.getType());
  if (!type.isDynamicDim(dim)) {
    return type.getDimSize(dim);
  }
  auto place = buffer.getDefiningOp<WorkspaceBufferOp>();
  return place ? boundOf(place.getSizes()[type.getDynamicDimIndex(dim)]) : 1;
}

/// Whether a buffer has something for each entry of a memory.
static bool growsWithMemory(Value buffer) {
  auto place = buffer.getDefiningOp<WorkspaceBufferOp>();
  return place && llvm::any_of(place.getSizes(), [](Value size) {
           return size.getDefiningOp<MemorySizeOp>() != nullptr;
         });
}

/// Bytes of a buffer, or of one of its rows or entries if their number is only
/// known in a call.
static int64_t bytesOf(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  int64_t bytes = elementBytes(type.getElementType());
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    bytes *= sizeOf(buffer, dim);
  }
  return bytes;
}

static bool isWeight(Value value) {
  return value.getDefiningOp<LoadWeightOp>() != nullptr;
}

/// Window caches, the only arguments with three dimensions.
static bool isCache(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  return type && isa<BlockArgument>(value) && type.getRank() == 3;
}

/// Whether an op computes for the tokens whose logits are asked for, and not
/// for all tokens of a call.
static bool isOfLogits(Operation &op) {
  for (Value operand : op.getOperands()) {
    while (auto buffer = operand.getDefiningOp<WorkspaceBufferOp>()) {
      auto dim = buffer.getSizes().empty()
                     ? nullptr
                     : buffer.getSizes()[0].getDefiningOp<memref::DimOp>();
      if (!dim) {
        break;
      }
      operand = dim.getSource();
    }
    auto argument = dyn_cast<BlockArgument>(operand);
    auto function = dyn_cast<func::FuncOp>(op.getParentOp());
    if (argument && function) {
      auto role = function.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                        "fot.role");
      if (role && role == "logits") {
        return true;
      }
    }
  }
  return false;
}

/// "q" of @layers.1.q.
static StringRef shortName(Value weight) {
  StringRef name = weight.getDefiningOp<LoadWeightOp>().getWeight();
  return name.contains('.') ? name.rsplit('.').second : name;
}

void RegionBuilder::addName(StringRef name) {
  if (names.empty() || names.back() != name) {
    names.push_back(name.str());
  }
}

/// Activations in and out; what is read of weights and caches is counted by op.
void RegionBuilder::addBuffers(Operation &op) {
  int64_t &rowBytes = isOfLogits(op) ? cost.callBytes : cost.tokenBytes;
  for (Value operand : op.getOperands()) {
    auto type = dyn_cast<MemRefType>(operand.getType());
    if (!type || isWeight(operand) || isCache(operand)) {
      continue;
    }
    (growsWithMemory(operand) ? cost.memoryBytes : rowBytes) +=
        bytesOf(operand);
  }
}

void RegionBuilder::addProduct(Operation &op, Value input, ValueRange weights) {
  bool ofLogits = isOfLogits(op);
  for (Value weight : weights) {
    auto type = cast<MemRefType>(weight.getType());
    cost.callBytes += bytesOf(weight);
    // Rows times columns, both with what pads them.
    int64_t numbers = type.getNumElements();
    int64_t perElement =
        TypeSwitch<Type, int64_t>(type.getElementType())
            .Case<BlockType>([](auto) { return BlockType::kValues; })
            .Case<PanelType>([](PanelType panel) {
              return panel.getRows() * panel.getDepth();
            })
            .Default([](Type) { return 1; });
    int64_t ops = 2 * numbers * perElement;
    (ofLogits ? cost.callOps : cost.tokenOps) += ops;
    if (isa<BlockType>(cast<MemRefType>(input.getType()).getElementType())) {
      integerOps += ops;
    }
    addName(ofLogits ? "head" : shortName(weight));
  }
  addBuffers(op);
}

void RegionBuilder::addWindow(MemRefType keys, int64_t queryHeads) {
  int64_t headDim = keys.getDimSize(2);
  int64_t entry =
      keys.getDimSize(0) * headDim * elementBytes(keys.getElementType());
  cost.windowBytes += 2 * entry;
  cost.windowOps += 4 * queryHeads * headDim;
}

static int64_t rowBytes(MemoryType type, Type element) {
  return element.isInteger(8) ? FOT_I8_ROW_BYTES(type.getHeadDim())
                              : type.getHeadDim() * elementBytes(element);
}
static int64_t valueBytes(MemoryType type) {
  return rowBytes(type, type.getValueType());
}
static int64_t entryBytes(MemoryType type) {
  return rowBytes(type, type.getKeyType()) + valueBytes(type);
}

/// Query heads of key-value heads that own a memory.
static int64_t rememberingHeads(MemoryType type, int64_t queryHeads) {
  return queryHeads * type.getSlots() / type.getHeads();
}

/// Reads every entry's keys, or what stands for them.
void RegionBuilder::addScan(MemoryType type, int64_t queryHeads,
                            StrategyAttr strategy) {
  Scan scan = hasIndex && strategy ? strategy.getScan() : Scan::Exact;
  cost.memoryBytes += int64_t(type.getSlots() * scanBytes(type, scan));
  cost.memoryOps += 2 * rememberingHeads(type, queryHeads) * type.getHeadDim();
}

/// Reads the values of all entries.
void RegionBuilder::addAllValues(MemoryType type, int64_t queryHeads) {
  cost.memoryBytes += type.getSlots() * valueBytes(type);
  cost.memoryOps += 2 * rememberingHeads(type, queryHeads) * type.getHeadDim();
}

/// Reads the values of what each query head found.
void RegionBuilder::addWinners(MemoryType type, int64_t queryHeads, int64_t k) {
  int64_t heads = rememberingHeads(type, queryHeads);
  cost.tokenBytes += heads * k * valueBytes(type);
  cost.tokenOps += 2 * heads * k * type.getHeadDim();
}

/// The window, and what is retrieved or put in front of it, of which every
/// query head reads its own, or all that its key-value head has.
void RegionBuilder::addAttention(AttentionOp attention) {
  addName("attention");
  addBuffers(*attention);
  auto keys = cast<MemRefType>(attention.getKeys().getType());
  auto queries = cast<MemRefType>(attention.getQueries().getType());
  int64_t heads = queries.getDimSize(1) / keys.getDimSize(2);
  if (!attention.getParts()) {
    addWindow(keys, heads);
  }
  if (auto groups = attention.getMemoryHeads()) {
    heads = heads * static_cast<int64_t>(groups->size()) / keys.getDimSize(0);
  }
  int64_t entryOps = 4 * heads * keys.getDimSize(2);
  if (Value retrieved = attention.getRetrievedKeys()) {
    cost.tokenOps += sizeOf(retrieved, 2) * entryOps;
  }
  if (attention.getPrefixKeys()) {
    cost.memoryOps += entryOps;
  }
}

void RegionBuilder::add(Operation &op) {
  TypeSwitch<Operation *>(&op)
      .Case<MatmulOp>([&](auto matmul) {
        addProduct(op, matmul.getInput(), matmul.getWeight());
      })
      .Case<GatedMatmulOp>([&](auto gated) {
        addProduct(op, gated.getInput(), {gated.getGate(), gated.getUp()});
      })
      .Case<WindowMatmulOp>([&](auto matmul) {
        addProduct(op, matmul.getInput(), matmul.getWeight());
        for (Value cache : matmul.getCaches()) {
          auto type = cast<MemRefType>(cache.getType());
          cost.tokenBytes += type.getDimSize(0) * type.getDimSize(2) *
                             elementBytes(type.getElementType());
        }
      })
      .Case<EmbeddingOp>([&](auto) {
        addName("embedding");
        addBuffers(op);
      })
      .Case<AttentionOp>([&](auto attention) { addAttention(attention); })
      .Case<PartialAttentionOp>([&](auto attention) {
        addName("partial_attention");
        auto keys = cast<MemRefType>(attention.getKeys().getType());
        auto queries = cast<MemRefType>(attention.getQueries().getType());
        addWindow(keys, queries.getDimSize(1) / keys.getDimSize(2));
      })
      .Case<MemoryAttentionOp>([&](auto attention) {
        addName("memory_attention");
        addBuffers(op);
        auto keys = cast<MemRefType>(attention.getKeys().getType());
        auto queries = cast<MemRefType>(attention.getQueries().getType());
        int64_t heads = queries.getDimSize(1) / keys.getDimSize(2);
        if (!attention.getParts()) {
          addWindow(keys, heads);
        }
        MemoryType type = attention.getMemory().getType();
        if (attention.getMode() == MemoryMode::Dense) {
          addScan(type, heads, StrategyAttr());
          addAllValues(type, heads);
          return;
        }
        if (!attention.getPartialScores()) {
          addScan(type, heads, attention.getStrategyAttr());
        }
        addWinners(type, heads, *attention.getK());
      })
      .Case<KnnOp, PartialKnnOp>([&](auto knn) {
        addName(op.getName().stripDialect());
        addBuffers(op);
        MemoryType type = knn.getMemory().getType();
        auto queries = cast<MemRefType>(knn.getQueries().getType());
        addScan(type, queries.getDimSize(1) / type.getHeadDim(),
                knn.getStrategyAttr());
      })
      .Case<GatherOp>([&](auto gather) {
        addName("gather");
        addBuffers(op);
        MemoryType type = gather.getMemory().getType();
        Value indices = gather.getIndices();
        cost.tokenBytes += rememberingHeads(type, sizeOf(indices, 1)) *
                           sizeOf(indices, 2) * entryBytes(type);
      })
      .Case<ViewMemoryOp>([&](auto view) {
        addName("view_memory");
        addBuffers(op);
        MemoryType type = view.getMemory().getType();
        cost.memoryBytes += type.getSlots() * entryBytes(type);
      })
      .Case<AppendWindowOp>([&](auto append) {
        addName("append_window");
        cost.tokenBytes += 2 * bytesOf(append.getInput());
      })
      .Default([&](Operation *) {
        // What computes has buffers; the rest are sizes.
        bool computes = llvm::any_of(op.getOperandTypes(), [](Type type) {
          return isa<MemRefType>(type);
        });
        if (computes && !isa<memref::DimOp>(op)) {
          addName(op.getName().stripDialect());
          addBuffers(op);
        }
      });
}

RegionCost RegionBuilder::take() {
  cost.name = llvm::join(names, " + ");
  cost.isInteger = 2 * integerOps > cost.callOps + cost.tokenOps;
  return std::move(cost);
}

RegionCost mlir::fot::operationCost(Operation &op, bool hasIndex) {
  RegionBuilder region(hasIndex);
  if (!isa<BarrierOp>(op)) {
    region.add(op);
  }
  return region.take();
}

std::vector<RegionCost> mlir::fot::regionCosts(func::FuncOp entry) {
  std::vector<RegionCost> regions;
  RegionBuilder region;
  for (Operation &op : entry.front()) {
    if (!isa<BarrierOp>(op)) {
      region.add(op);
      continue;
    }
    regions.push_back(region.take());
    region = RegionBuilder();
  }
  regions.push_back(region.take());
  return regions;
}
