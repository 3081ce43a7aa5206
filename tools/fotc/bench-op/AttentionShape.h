//===- AttentionShape.h - what fotc bench-op measures -----------*- C++ -*-===//

#ifndef FOT_TOOLS_FOTC_BENCHOP_ATTENTIONSHAPE_H
#define FOT_TOOLS_FOTC_BENCHOP_ATTENTIONSHAPE_H

#include <cstdint>
#include <string>

namespace mlir::fot::bench {

/// How keys lie, and queries with them.
enum class KeyKind {
  Random,    ///< independent normal numbers: the worst case for bounds
  Clustered, ///< around centres, far from the origin
  Spectrum   ///< dimension i is 1 / (i + 1) as wide as the first
};

/// One fused attention: how large it is, and what its numbers are like.
struct AttentionShape {
  int64_t heads = 32, kvHeads = 0; ///< 0 key-value heads: as many as heads
  int64_t headDim = 128;
  int64_t window = 2048;  ///< all of it filled
  int64_t memory = 65536; ///< entries
  int64_t topK = 128;
  int64_t queries = 1;             ///< the last tokens of the window
  bool dense = false;              ///< the whole memory in the softmax
  std::string dtype = "bf16";      ///< f32, f16, bf16 or int8
  std::string strategy = "auto";   ///< exact, int8, int4 or auto
  std::string windowDtype = "f32"; ///< f32, f16 or bf16
  KeyKind keys = KeyKind::Random;
};

} // namespace mlir::fot::bench

#endif
