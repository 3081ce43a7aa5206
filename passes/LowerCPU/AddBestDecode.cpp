//===- AddBestDecode.cpp - a form of decode for greedy runs ---------------===//
//
// Whoever always takes the best token needs no logits. The copy of `decode`
// that this pass adds has the same arguments and shares all kernels but one:
// the product that writes the logits keeps the best token of each part of the
// vocabulary instead (Kernels/BestToken.cpp).
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernel.h"
#include "passes/LowerCPU/Passes.h"
#include "passes/Support/ModelFacts.h"
#include "passes/Support/Remarks.h"
#include "runtime/include/fot/kernel_abi.h"

namespace mlir::fot {
#define GEN_PASS_DEF_ADDBESTDECODE
#include "passes/LowerCPU/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// The product that alone uses the logits of `decode`, writes one row of them
/// and does nothing else with it; or null.
static MatmulOp findHead(func::FuncOp decode) {
  for (BlockArgument argument : decode.getArguments()) {
    auto role =
        decode.getArgAttrOfType<StringAttr>(argument.getArgNumber(), kRoleAttr);
    auto type = dyn_cast<MemRefType>(argument.getType());
    if (!role || role.getValue() != "logits" || !type ||
        !argument.hasOneUse()) {
      continue;
    }
    auto matmul = dyn_cast<MatmulOp>(*argument.user_begin());
    // The pairs of all parts take the place of the logits.
    bool fits = type.hasStaticShape() && type.getDimSize(0) == 1 &&
                type.getElementType().isF32() && type.getDimSize(1) >= 2;
    if (matmul && fits && matmul.getInits()[0] == argument &&
        !matmul.getResidual() && !matmul.getHeadDim()) {
      return matmul;
    }
  }
  return nullptr;
}

namespace {
struct AddBestDecode : fot::impl::AddBestDecodeBase<AddBestDecode> {
  using AddBestDecodeBase::AddBestDecodeBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto decode = module.lookupSymbol<func::FuncOp>("decode");
    if (module->hasAttr(kGpuAttr) || !decode ||
        module.lookupSymbol(FOT_DECODE_BEST)) {
      return;
    }
    MatmulOp head = findHead(decode);
    if (!head) {
      return Remarks(*this, decode)
          .missed(RemarkSite(decode.getLoc(), "@decode"),
                  "has no form without logits: they are not just what one "
                  "product of one token writes");
    }
    OpBuilder builder(decode);
    builder.setInsertionPointAfter(decode);
    IRMapping mapping;
    auto copy = cast<func::FuncOp>(builder.clone(*decode, mapping));
    copy.setSymName(FOT_DECODE_BEST);
    mapping.lookup(head.getOperation())
        ->setAttr(kBestAttr, builder.getUnitAttr());
    ++numCopies;
    Remarks(*this, decode)
        .passed(RemarkSite(decode.getLoc(), "@decode"),
                "has a form without logits, of whose head " +
                    RemarkSite(head).name + " only the best tokens are kept");
  }
};
} // namespace
