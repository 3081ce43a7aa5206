//===- ExpandCpuLevels.cpp - one copy of the entry points per level -------===//

#include "passes/LowerCPU/Passes.h"
#include "passes/Support/ModelFacts.h"

namespace mlir::fot {
#define GEN_PASS_DEF_EXPANDCPULEVELS
#include "passes/LowerCPU/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// What the runtime must know of `entry`: sizes, and each argument's role,
/// layer and type.
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
      b.getNamedAttr("arguments", b.getArrayAttr(arguments))};
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
    if (levels.empty()) {
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
    for (const std::string &level : levels) {
      auto nested = ModuleOp::create(b, module.getLoc(), StringRef(level));
      nested->setAttr(kLevelAttr, b.getStringAttr(level));
      OpBuilder inner = OpBuilder::atBlockEnd(nested.getBody());
      for (auto weight : module.getOps<WeightOp>()) {
        inner.clone(*weight);
      }
      for (func::FuncOp entry : entries) {
        inner.clone(*entry);
      }
    }
    for (func::FuncOp entry : entries) {
      entry.erase();
    }
  }
};
} // namespace
