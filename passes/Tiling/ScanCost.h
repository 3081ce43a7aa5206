//===- ScanCost.h - what scans of a memory read -----------------*- C++ -*-===//

#ifndef FOT_PASSES_TILING_SCANCOST_H
#define FOT_PASSES_TILING_SCANCOST_H

#include "dialects/FoT/FoTDialect.h"

namespace mlir::fot {

/// Bytes that a scan is expected to read per entry of a sealed segment, with
/// the shares of entries that bounds leave open as measured on real keys.
double scanBytes(MemoryType memory, Scan scan);

struct ScanChoice {
  Scan scan;
  std::string why; ///< for a remark
};

/// The scan for `tokens` queries of a head at a time (kDynamic: many) that keep
/// their best entries.
ScanChoice chooseScan(MemoryType memory, int64_t tokens);

} // namespace mlir::fot

#endif
