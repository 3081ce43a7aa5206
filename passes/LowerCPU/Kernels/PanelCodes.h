//===- PanelCodes.h - codes of quantised panels, in vectors -----*- C++ -*-===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_PANELCODES_H
#define FOT_PASSES_LOWERCPU_KERNELS_PANELCODES_H

#include "passes/LowerCPU/Kernels/PanelProduct.h"

namespace mlir::fot {

/// Reads one step of a panel, some rows at a time. Bytes that several groups
/// share are loaded once.
class PanelCodes {
public:
  /// The step at byte `at`; `width` bytes are the codes of width / 4 rows.
  PanelCodes(KernelBuilder &b, const PanelProduct &product, Value at,
             int64_t width)
      : b(b), product(product), at(at), width(width) {}

  /// The codes of a group, of rows part * width / 4 on, as unsigned bytes.
  Value group(int64_t group, int64_t part);

private:
  KernelBuilder &b;
  const PanelProduct &product;
  Value at;
  int64_t width;
  llvm::DenseMap<int64_t, Value> loaded;
};

/// All lanes within each four of an i32 vector become the sum of the four;
/// added as lanes of `element`, i32 or i16.
Value addWithinFours(KernelBuilder &b, Value words, Type element);
/// Lane `lane` of a vector in all of `lanes` lanes.
Value broadcastLane(KernelBuilder &b, Value vector, int64_t lane,
                    int64_t lanes);
/// The sum of the numbers of the a8 block at word `x0`, as f32.
Value sumOfBlock(KernelBuilder &b, const PanelProduct &product, Value x0,
                 int64_t lanes);

} // namespace mlir::fot

#endif
