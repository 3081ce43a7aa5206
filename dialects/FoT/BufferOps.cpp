//===- BufferOps.cpp - ops that exist only after bufferization ------------===//

#include "dialects/FoT/FoTDialect.h"

using namespace mlir;
using namespace mlir::fot;

LogicalResult WorkspaceBufferOp::verify() {
  int64_t offset = getOffset();
  if (offset < 0 || offset % 64 != 0) { // (C1)
    return emitOpError() << "expects an offset that is a multiple of 64, found "
                         << offset;
  }
  int64_t expected = cast<MemRefType>(getType()).getNumDynamicDims();
  if (static_cast<int64_t>(getSizes().size()) != expected) { // (C2)
    return emitOpError() << "expects " << expected << " sizes, found "
                         << getSizes().size();
  }
  return success();
}
