//===- RetrievalOps.cpp - exact top-k retrieval ---------------------------===//

#include "dialects/FoT/OpChecks.h"

using namespace mlir;
using namespace mlir::fot;

LogicalResult KnnOp::verify() {
  MemoryType memory = getMemory().getType();
  if (failed(check::numInits(*this, getInits(), 2)) ||
      failed(check::rank(*this, "queries", getQueries(), 2)) ||
      failed(check::shaped(*this, "queries", getQueries(),
                           {check::kAny, check::kAny},
                           Float32Type::get(getContext())))) {
    return failure();
  }
  int64_t features = check::dim(getQueries(), 1);
  int64_t group = memory.getHeads() * memory.getHeadDim();
  if (features == check::kAny || features % group != 0) { // (C1)
    return emitOpError() << "expects queries of a multiple of " << group
                         << " features, found " << getQueries().getType();
  }
  SmallVector<int64_t> shape = {check::dim(getQueries(), 0),
                                features / memory.getHeadDim(), check::kAny};
  if (failed(check::shaped(*this, "scores", getInits()[0], shape,
                           Float32Type::get(getContext())))) { // (C2)
    return failure();
  }
  shape[2] = check::dim(getInits()[0], 2);
  return check::shaped(*this, "indices", getInits()[1], shape,
                       IntegerType::get(getContext(), 64));
}

LogicalResult PartialKnnOp::verify() {
  MemoryType memory = getMemory().getType();
  Type f32 = Float32Type::get(getContext());
  int64_t group = memory.getHeads() * memory.getHeadDim();
  if (failed(check::numInits(*this, getInits(), 2)) ||
      failed(check::rank(*this, "queries", getQueries(), 2)) ||
      failed(check::shaped(*this, "queries", getQueries(), {1, check::kAny},
                           f32)) ||
      failed(check::rank(*this, "scores", getInits()[0], 3))) {
    return failure();
  }
  int64_t features = check::dim(getQueries(), 1);
  if (features == check::kAny || features % group != 0) { // (C1)
    return emitOpError() << "expects queries of a multiple of " << group
                         << " features, found " << getQueries().getType();
  }
  int64_t splits = check::dim(getInits()[0], 0);
  int64_t k = check::dim(getInits()[0], 2);
  if (splits <= 0 || k <= 0) { // (C2)
    return emitOpError() << "expects positive static numbers of ranges and "
                            "entries, found "
                         << getInits()[0].getType();
  }
  SmallVector<int64_t> shape = {splits, features / memory.getHeadDim(), k};
  if (failed(check::shaped(*this, "scores", getInits()[0], shape, f32))) {
    return failure();
  }
  return check::shaped(*this, "entries", getInits()[1], shape,
                       IntegerType::get(getContext(), 64));
}

LogicalResult GatherOp::verify() {
  MemoryType memory = getMemory().getType();
  if (failed(check::numInits(*this, getInits(), 2)) ||
      failed(check::shaped(*this, "indices", getIndices(),
                           {check::kAny, check::kAny, check::kAny},
                           IntegerType::get(getContext(), 64)))) {
    return failure();
  }
  int64_t heads = check::dim(getIndices(), 1);
  if (heads == check::kAny || heads % memory.getHeads() != 0) { // (C1)
    return emitOpError() << "expects a multiple of " << memory.getHeads()
                         << " heads, found " << getIndices().getType();
  }
  for (Value init : getInits()) { // (C2)
    if (failed(check::shaped(*this, "init", init,
                             {check::dim(getIndices(), 0), heads,
                              check::dim(getIndices(), 2), memory.getHeadDim()},
                             Float32Type::get(getContext())))) {
      return failure();
    }
  }
  return success();
}
