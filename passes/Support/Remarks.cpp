//===- Remarks.cpp - what passes did and why not --------------------------===//

#include "passes/Support/Remarks.h"

#include "dialects/FoT/FoTDialect.h"

#include "mlir/IR/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::fot;

/// The weight that `op` or, if it has none, a producer of its operands reads.
/// A rope's table is no such weight: it is the same everywhere.
static std::string nearestWeight(Operation *op, unsigned depth) {
  for (Value operand : op->getOperands()) {
    auto load = operand.getDefiningOp<LoadWeightOp>();
    if (load && !isa<RopeOp>(op)) {
      return load.getWeight().str();
    }
  }
  for (Value operand : op->getOperands()) {
    Operation *producer = operand.getDefiningOp();
    if (producer && depth > 0) {
      if (std::string name = nearestWeight(producer, depth - 1);
          !name.empty()) {
        return name;
      }
    }
  }
  return "";
}

RemarkSite::RemarkSite(Operation *op)
    : loc(op->getLoc()), name(op->getName().getStringRef()) {
  auto layer = op->getAttrOfType<IntegerAttr>("fot.layer");
  // Queries of a retrieval may come through a rope.
  std::string place = layer
                          ? "layer " + std::to_string(layer.getInt())
                          : nearestWeight(op, /*depth=*/isa<KnnOp>(op) ? 2 : 1);
  if (!place.empty()) {
    name += " of " + place;
  }
}

static void say(remark::detail::InFlightRemark remark, const RemarkSite &site,
                const Twine &text, ArrayRef<RemarkFigure> figures) {
  if (!remark) {
    return;
  }
  remark << text.str() << remark::metric("Site", site.name);
  for (const RemarkFigure &figure : figures) {
    remark << remark::metric(figure.name,
                             llvm::formatv("{0:F1}", figure.value).str());
  }
}

static remark::RemarkOpts optionsOf(const Pass &pass, StringRef function) {
  return remark::RemarkOpts::name(pass.getName())
      .category(pass.getArgument())
      .function(function);
}

void Remarks::passed(const RemarkSite &site, const Twine &text,
                     ArrayRef<RemarkFigure> figures) const {
  say(remark::passed(site.loc, optionsOf(pass, function)), site, text, figures);
}

void Remarks::missed(const RemarkSite &site, const Twine &text,
                     ArrayRef<RemarkFigure> figures) const {
  say(remark::missed(site.loc, optionsOf(pass, function)), site, text, figures);
}

void Remarks::analysis(const RemarkSite &site, const Twine &text,
                       ArrayRef<RemarkFigure> figures) const {
  say(remark::analysis(site.loc, optionsOf(pass, function)), site, text,
      figures);
}
