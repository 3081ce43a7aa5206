//===- ExpandCpuLevels.cpp - one copy of the entry points per level -------===//

#include "passes/Analysis/RegionCosts.h"
#include "passes/LowerCPU/Passes.h"
#include "passes/Support/ModelFacts.h"

namespace mlir::fot {
#define GEN_PASS_DEF_EXPANDCPULEVELS
#include "passes/LowerCPU/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// What each region moves and computes, for reports.
static ArrayAttr describeRegions(func::FuncOp entry) {
  Builder b(entry.getContext());
  SmallVector<Attribute> regions;
  for (const RegionCost &cost : regionCosts(entry)) {
    regions.push_back(b.getDictionaryAttr(
        {b.getNamedAttr("name", b.getStringAttr(cost.name)),
         b.getNamedAttr("bytes", b.getDenseI64ArrayAttr(
                                     {cost.callBytes, cost.tokenBytes,
                                      cost.windowBytes, cost.memoryBytes})),
         b.getNamedAttr(
             "ops", b.getDenseI64ArrayAttr({cost.callOps, cost.tokenOps,
                                            cost.windowOps, cost.memoryOps})),
         b.getNamedAttr("integer", b.getBoolAttr(cost.isInteger))}));
  }
  return b.getArrayAttr(regions);
}

/// What the runtime must know of `entry`: sizes, and each argument's role,
/// layer and type; and what people may ask of it.
static DictionaryAttr describe(func::FuncOp entry) {
  Builder b(entry.getContext());
  SmallVector<Attribute> arguments;
  for (unsigned i = 0; i < entry.getNumArguments(); ++i) {
    SmallVector<NamedAttribute> fields = {
        b.getNamedAttr("type", TypeAttr::get(entry.getArgumentTypes()[i]))};
    for (StringRef name : {StringRef(kRoleAttr), StringRef(kLayerAttr)}) {
      if (Attribute value = entry.getArgAttr(i, name)) {
        fields.push_back(b.getNamedAttr(name.drop_front(4), value));
      }
    }
    arguments.push_back(b.getDictionaryAttr(fields));
  }
  SmallVector<NamedAttribute> fields = {
      b.getNamedAttr("name", entry.getSymNameAttr()),
      b.getNamedAttr("arguments", b.getArrayAttr(arguments)),
      b.getNamedAttr("regions", describeRegions(entry))};
  for (StringRef name :
       {"fot.workspace_bytes", "fot.max_tokens", "fot.memory_bound"}) {
    if (Attribute value = entry->getAttr(name)) {
      fields.push_back(b.getNamedAttr(name.drop_front(4), value));
    }
  }
  return b.getDictionaryAttr(fields);
}

namespace {
struct ExpandCpuLevels : fot::impl::ExpandCpuLevelsBase<ExpandCpuLevels> {
  using ExpandCpuLevelsBase::ExpandCpuLevelsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    if (levels.empty() && gpu.empty()) {
      module.emitError() << "expects at least one CPU level, found none";
      return signalPassFailure();
    }
    SmallVector<func::FuncOp> entries(module.getOps<func::FuncOp>());
    OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
    module->setAttr(kEntriesAttr,
                    b.getArrayAttr(llvm::map_to_vector(
                        entries, [](func::FuncOp entry) -> Attribute {
                          return describe(entry);
                        })));
    auto copyTo = [&](ModuleOp nested) {
      OpBuilder inner = OpBuilder::atBlockEnd(nested.getBody());
      for (auto weight : module.getOps<WeightOp>()) {
        inner.clone(*weight);
      }
      for (func::FuncOp entry : entries) {
        inner.clone(*entry);
      }
    };
    for (const std::string &level : levels) {
      auto nested = ModuleOp::create(b, module.getLoc(), StringRef(level));
      nested->setAttr(kLevelAttr, b.getStringAttr(level));
      if (!llvm::is_contained(finished, level)) {
        copyTo(nested);
      }
    }
    if (!gpu.empty()) {
      auto nested = ModuleOp::create(b, module.getLoc(), StringRef("cuda"));
      SmallVector<StringRef> names(gpu.begin(), gpu.end());
      nested->setAttr(kGpuAttr, b.getStrArrayAttr(names));
      copyTo(nested);
    }
    for (func::FuncOp entry : entries) {
      entry.erase();
    }
  }
};
} // namespace
