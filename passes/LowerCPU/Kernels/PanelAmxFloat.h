//===- PanelAmxFloat.h - float products in AMX tiles ------------*- C++ -*-===//
//
// A tile product multiplies bf16 numbers of 16 tokens with those of 16 weight
// rows, 32 inputs at a time, and adds in f32. An f32 is the sum of three bf16
// numbers, exactly, an f16 of two, so three to eight tile products are as good
// as f32 multiply-adds, and faster.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_PANELAMXFLOAT_H
#define FOT_PASSES_LOWERCPU_KERNELS_PANELAMXFLOAT_H

#include "passes/LowerCPU/Kernels/PanelProduct.h"

namespace mlir::fot {

/// Float products of one kernel in AMX tiles. Where the level has none, or the
/// strategy or the weights want none, nothing here writes any code.
class FloatTiles {
public:
  /// For `products` with `input`.
  FloatTiles(KernelBuilder &b, Value input, ArrayRef<PanelProduct *> products,
             std::optional<StrategyAttr> strategy);

  /// Stores panels [first, last) of tokens [token, token + tokens): their sums
  /// lie from element `index` of `sums` on, a row for each token.
  using Store = function_ref<void(Value first, Value last, Value token,
                                  int64_t tokens, Value index)>;

  /// Multiplies panels [first, last) of each product with all tokens. Calls of
  /// too few tokens run the code that `vectors` writes. Written once a kernel.
  void multiply(Value first, Value last, Store store,
                function_ref<void()> vectors);

  /// The sums of product number `product` and, in elements, from token to
  /// token.
  Value sums(size_t product) const { return operands[product].sums; }
  int64_t stride() const;

private:
  /// Of one product: a run's weights as tiles, and its sums.
  struct Operands {
    Value codes, sums;
  };
  /// Inputs [from, from + count) of a product, and the panels of a run.
  struct Block {
    Value from;
    int64_t count;
    Value first, last;
    int64_t steps() const;
  };

  void multiplyRun(Value token, Value end, Value first, Value last);
  void multiplyBlock(Value token, Value end, const Block &block);
  void unpack(const Block &block);
  void gather(Value token, Value tokens, const Block &block);
  void addProducts(Value row, const Block &block);
  /// Numbers of a block's tiles of one panel.
  int64_t codesOf(const Block &block) const;
  SmallVector<std::pair<int64_t, int64_t>> partsToMultiply() const;

  KernelBuilder &b;
  Value input;
  SmallVector<PanelProduct *> products;
  SmallVector<Operands> operands;
  int64_t parts = 0; ///< bf16 numbers of an activation; 0: tiles are not used
  int64_t weightParts = 0; ///< bf16 numbers of a weight
  int64_t runPanels = 0;   ///< panels of a run, at most
  int64_t tokensAtOnce = 0;
  Value tokenTiles; ///< 16 tokens' numbers of a block
};

} // namespace mlir::fot

#endif
