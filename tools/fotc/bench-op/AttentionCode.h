//===- AttentionCode.h - one fused attention, compiled ----------*- C++ -*-===//
//
// Writes the IR of an attention with a memory as after phase fusion, runs the
// remaining phases for this machine, and loads the code as the runtime does.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_TOOLS_FOTC_BENCHOP_ATTENTIONCODE_H
#define FOT_TOOLS_FOTC_BENCHOP_ATTENTIONCODE_H

#include "runtime/device/cpu/CodeObject.h"
#include "tools/fotc/bench-op/AttentionShape.h"

#include "llvm/Support/Error.h"

#include <memory>

namespace mlir::fot::bench {

/// What a Status says, as an error.
inline llvm::Error toError(const ::fot::rt::Status &status) {
  return status.ok() ? llvm::Error::success()
                     : llvm::createStringError(status.message());
}

struct AttentionCode {
  ::fot::rt::CodeObject object;
  /// Tensors: queries, window keys, window values, out; scalar: position; one
  /// memory.
  fot_entry attend;
  /// Scalar: number of the segment; one memory. Null where scans are exact.
  fot_entry seal = nullptr;
  int64_t workspaceBytes = 0;
  std::string scan;     ///< exact, int8 or int4
  std::string strategy; ///< the whole attribute

  static llvm::Expected<std::unique_ptr<AttentionCode>>
  compile(const AttentionShape &shape);
};

} // namespace mlir::fot::bench

#endif
