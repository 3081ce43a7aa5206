//===- ModelFacts.h - what the module says of its model ---------*- C++ -*-===//
//
// Facts travel from import to emit in the module attribute `fot.model`, a
// dictionary that people can read and change.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_SUPPORT_MODELFACTS_H
#define FOT_PASSES_SUPPORT_MODELFACTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"

#include <string>
#include <vector>

namespace mlir::fot {

inline constexpr llvm::StringLiteral kModelFactsAttr = "fot.model";

struct ModelFacts {
  std::string name, architecture;
  int64_t hidden = 0, intermediate = 0, layers = 0, heads = 0, kvHeads = 0,
          headDim = 0, vocab = 0;
  double rmsEps = 0, ropeTheta = 0;
  int64_t context = 0; ///< the checkpoint's context length
  bool isFoT = false;  ///< the configuration has FoT fields
  bool memPositionals = true;
  std::vector<int64_t> memLayers;
  std::string memDtype;            ///< empty: not given
  int64_t lastContext = 0;         ///< 0: not given
  int64_t window = 0;              ///< 0: before the memory phase
  std::string memoryMode = "none"; ///< none, dense or topk
  int64_t topK = 0;
  bool evicts = false;
  int64_t bos = -1, pad = -1;
  std::vector<int64_t> eos;
  std::string checkpoint; ///< absolute path, for the tokenizer

  DictionaryAttr toAttribute(MLIRContext *context) const;
  /// The facts of a module; an error diagnostic if there are none or one has
  /// the wrong type.
  static FailureOr<ModelFacts> of(ModuleOp module);
};

/// Argument attributes of entry points: what an argument is for (the names of
/// schema Role in lower case), and of which layer.
inline constexpr llvm::StringLiteral kRoleAttr = "fot.role";
inline constexpr llvm::StringLiteral kLayerAttr = "fot.layer";
void setArgumentRole(func::FuncOp function, unsigned index, StringRef role,
                     int64_t layer = -1);

} // namespace mlir::fot

#endif
