//===- Remarks.h - what passes did and why not ------------------*- C++ -*-===//
//
// A pass that decides something says so by MLIR's remarks, in the category that
// is its flag: `--remarks=REGEX` prints them and `--remarks-file=FILE` writes
// them. `passed` is something done, `missed` something left undone, `analysis`
// something that was decided elsewhere and is obeyed.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_SUPPORT_REMARKS_H
#define FOT_PASSES_SUPPORT_REMARKS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::fot {

/// What remarks say of an op; the op itself may be gone by then.
struct RemarkSite {
  explicit RemarkSite(Operation *op);
  /// Something that is no op of a function, as "@evict".
  RemarkSite(Location loc, const Twine &name) : loc(loc), name(name.str()) {}

  Location loc;
  /// The op and where in the model it is: "fot.attention of layer 3", or, by
  /// the nearest weight among operands and their producers, "fot.rope of
  /// layers.3.k".
  std::string name;
};

/// A number that a decision was made by, for programs that read the file.
struct RemarkFigure {
  StringRef name;
  double value;
};

/// Speaks for a pass about one function.
class Remarks {
public:
  Remarks(const Pass &pass, StringRef function)
      : pass(pass), function(function) {}
  Remarks(const Pass &pass, func::FuncOp function)
      : Remarks(pass, function.getSymName()) {}

  void passed(const RemarkSite &site, const Twine &text,
              ArrayRef<RemarkFigure> figures = {}) const;
  void missed(const RemarkSite &site, const Twine &text,
              ArrayRef<RemarkFigure> figures = {}) const;
  void analysis(const RemarkSite &site, const Twine &text,
                ArrayRef<RemarkFigure> figures = {}) const;

private:
  const Pass &pass;
  StringRef function;
};

} // namespace mlir::fot

#endif
