//===- PanelProduct.h - 16 weight rows times a few tokens -------*- C++ -*-===//
//
// The inner part of all matrix products: one panel (16 output features, see
// docs/weight-layouts.md) times a register tile of tokens.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_PANELPRODUCT_H
#define FOT_PASSES_LOWERCPU_KERNELS_PANELPRODUCT_H

#include "passes/LowerCPU/Kernel.h"

namespace mlir::fot {

/// Output features of a panel.
constexpr int64_t kPanelRows = 16;
/// Tokens of a product in AMX tiles, and what a step of it reads of weights and
/// of tokens.
constexpr int64_t kAmxTokens = 16, kStepCodes = 8 * 64, kStepBytes = 16 * 32;

/// What products in AMX tiles read, on the stack (AmxTiles). Null without AMX.
struct AmxOperands {
  /// Numbers of panels from `firstCoded` on as signed bytes, groups of steps as
  /// in docs/weight-layouts.md.
  Value codes, firstCoded;
  /// Of 16 tokens, step by step: 32 bytes of each, their scales, and the sums
  /// of their numbers, for weights with a minimum.
  Value tokens, scales, totals;
};

/// A product's operands inside a kernel.
struct PanelProduct {
  PanelType type;
  int64_t panels, steps; ///< as in the weight's shape
  Value weights;         ///< flat memref of i8
  Value input;           ///< flat memref of f32, or of i32 (a8 blocks)
  int64_t inputRow;      ///< elements of `input` per token
  AmxOperands amx;

  /// The product that reads memrefs `input` and `weight`; fails with a
  /// diagnostic on `op` if the weight is not packed or does not fit the input.
  static FailureOr<PanelProduct> get(KernelBuilder &b, Operation *op,
                                     Value input, Value weight);
};

/// Where a tile of results goes: feature r of token t at index + t * stride + r
/// of a memref of f32.
struct TileTarget {
  Value buffer, index;
  int64_t stride;

  /// Where vector i of `lanes` rows is, all of a token's vectors side by side.
  Value place(KernelBuilder &b, int64_t i, int64_t lanes) const {
    int64_t perToken = 16 / lanes;
    return b.add(index, b.cst(i / perToken * stride + i % perToken * lanes));
  }
};

/// Writes the products of panel number `panel` with tokens
/// [token, token + tokens).
void emitPanelTile(KernelBuilder &b, const PanelProduct &product, Value panel,
                   Value token, int64_t tokens, const TileTarget &target);

/// Sizes of token tiles, largest first, by halves; the last is 1. The largest
/// one is the strategy's `tokens`, twice that where there are 32 registers;
/// with AMX one of 16 comes before those that are smaller.
SmallVector<int64_t> tokenTiles(const KernelBuilder &b, PanelType type,
                                std::optional<StrategyAttr> strategy);

/// Covers the tokens (dimension 0 of the memref `input`) with tiles, in order.
void forEachTokenTile(KernelBuilder &b, Value input, ArrayRef<int64_t> tiles,
                      function_ref<void(Value token, int64_t tokens)> body);

// One per kind of weights and instructions, used by emitPanelTile.
void emitFloatTile(KernelBuilder &b, const PanelProduct &product, Value panel,
                   Value token, int64_t tokens, const TileTarget &target);
void emitAvx2Tile(KernelBuilder &b, const PanelProduct &product, Value panel,
                  Value token, int64_t tokens, const TileTarget &target);
void emitAvx2HalvesTile(KernelBuilder &b, const PanelProduct &product,
                        Value panel, Value token, int64_t tokens,
                        const TileTarget &target);
void emitVnniTile(KernelBuilder &b, const PanelProduct &product, Value panel,
                  Value token, int64_t tokens, const TileTarget &target);
void emitAmxTile(KernelBuilder &b, const PanelProduct &product, Value panel,
                 const TileTarget &target);

/// Tiles of so few tokens wait for their weights more than they compute.
constexpr int64_t kFewTokens = 6;
/// Asks for the `bytes` that lie two pages behind byte `at` of the weights.
void prefetchWeights(KernelBuilder &b, const PanelProduct &product, Value at,
                     int64_t bytes);
/// `lanes` weights at byte `index` of float panels, as f32.
Value loadFloats(KernelBuilder &b, const PanelProduct &product, Value index,
                 int64_t lanes);
/// `lanes` f16 at byte `index` of panels, as f32.
Value loadHalves(KernelBuilder &b, Value weights, Value index, int64_t lanes);
/// The word at `index` of a8 blocks in every lane, as i32 or, if `scale`, f32.
Value broadcastWord(KernelBuilder &b, Value blocks, Value index, int64_t lanes,
                    bool scale = false);

} // namespace mlir::fot

#endif
