//===- CpuLevel.h - what a code segment may assume of its CPU ---*- C++ -*-===//
//
// A level is a name that users give to --cpu, the CPU that LLVM tunes for, and
// the exact features that code may use, all of which the runtime checks.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_CPULEVEL_H
#define FOT_PASSES_LOWERCPU_CPULEVEL_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::fot {

struct CpuLevel {
  std::string name;                  ///< as in --cpu
  std::string tune;                  ///< LLVM CPU to tune for
  SmallVector<std::string> features; ///< LLVM feature names, sorted

  bool has(llvm::StringRef feature) const {
    return llvm::is_contained(features, feature);
  }
  /// 512-bit integer dot products of unsigned and signed bytes.
  bool hasVnni() const { return has("avx512vnni"); }
  /// Products of tiles of signed bytes, beside the above.
  bool hasAmx() const {
    return hasVnni() && has("amx-tile") && has("amx-int8");
  }
  /// Products of tiles of bf16, summed in f32.
  bool hasAmxBf16() const {
    return hasAvx512() && has("amx-tile") && has("amx-bf16");
  }
  bool hasAvx512() const { return has("avx512f") && has("avx512bw"); }
  /// f32 lanes of a full vector: 8 or 16.
  int64_t lanes() const { return hasAvx512() ? 16 : 8; }

  /// The level called `name`: "x86-64-v3", "x86-64-v4", "avx512vnni",
  /// "amx", "native", or any x86-64 CPU of LLVM with at least AVX2, FMA and
  /// F16C.
  static llvm::Expected<CpuLevel> parse(llvm::StringRef name);
};

} // namespace mlir::fot

#endif
