//===- AttentionOps.cpp - attention, with and without a memory ------------===//

#include "dialects/FoT/OpChecks.h"

using namespace mlir;
using namespace mlir::fot;

/// (C1) and (C2) of the attention ops: queries, window and init.
static LogicalResult verifyWindow(Operation *op, Value queries, Value keys,
                                  Value values) {
  Type f32 = Float32Type::get(op->getContext());
  if (failed(check::rank(op, "queries", queries, 2)) ||
      failed(check::shaped(op, "queries", queries, {check::kAny, check::kAny},
                           f32)) ||
      failed(check::windowCache(op, "keys", keys,
                                {check::kAny, check::kAny, check::kAny}))) {
    return failure();
  }
  int64_t heads = check::dim(keys, 0), headDim = check::dim(keys, 2);
  int64_t features = check::dim(queries, 1);
  if (heads == check::kAny || headDim == check::kAny ||
      features == check::kAny || heads * headDim == 0 ||
      features % (heads * headDim) != 0) {
    return op->emitOpError()
           << "expects queries of a multiple of the keys' heads, found "
           << queries.getType() << " and " << keys.getType();
  }
  if (failed(check::windowCache(op, "values", values,
                                {heads, check::dim(keys, 1), headDim}))) {
    return failure();
  }
  return success();
}

/// The one init of the attention ops.
static LogicalResult verifyInit(Operation *op, Value queries,
                                ValueRange inits) {
  if (failed(check::numInits(op, inits, 1))) {
    return failure();
  }
  return check::activationInit(op, inits[0], check::dim(queries, 0),
                               check::dim(queries, 1));
}

/// What fot.partial_attention gives for one token's `queries`.
static LogicalResult verifyParts(Operation *op, StringRef what, Value parts,
                                 int64_t block, Value queries, Value keys) {
  if (check::dim(queries, 0) != 1) {
    return op->emitOpError()
           << "expects one token for parts, found " << queries.getType();
  }
  if (block < 1) {
    return op->emitOpError() << "expects a positive block, found " << block;
  }
  int64_t window = check::dim(keys, 1), headDim = check::dim(keys, 2);
  if (window != check::kAny) {
    window = llvm::divideCeil(window, block);
  }
  return check::shaped(op, what, parts,
                       {window, check::dim(queries, 1) / headDim, headDim + 2},
                       Float32Type::get(op->getContext()));
}

LogicalResult PartialAttentionOp::verify() {
  if (failed(verifyWindow(*this, getQueries(), getKeys(), getValues())) ||
      failed(check::numInits(*this, getInits(), 1))) { // (C1)
    return failure();
  }
  return verifyParts(*this, "init", getInits()[0], getBlock(), getQueries(),
                     getKeys()); // (C2)
}

LogicalResult AttentionOp::verify() {
  if (failed(verifyWindow(*this, getQueries(), getKeys(), getValues())) ||
      failed(verifyInit(*this, getQueries(), getInits()))) { // (C1) (C2)
    return failure();
  }
  if (getParts() && failed(verifyParts(*this, "parts", getParts(), *getBlock(),
                                       getQueries(), getKeys()))) {
    return failure(); // (C6)
  }
  Type f32 = Float32Type::get(getContext());
  int64_t headDim = check::dim(getKeys(), 2);
  if (!getRetrievedKeys() != !getRetrievedValues() ||
      !getPrefixKeys() != !getPrefixValues()) {
    return emitOpError() << "expects keys and values together";
  }
  if (getRetrievedKeys()) { // (C3)
    SmallVector<int64_t> shape = {check::dim(getQueries(), 0),
                                  check::dim(getQueries(), 1) / headDim,
                                  check::kAny, headDim};
    if (failed(check::shaped(*this, "retrieved keys", getRetrievedKeys(), shape,
                             f32))) {
      return failure();
    }
    shape[2] = check::dim(getRetrievedKeys(), 2);
    if (failed(check::shaped(*this, "retrieved values", getRetrievedValues(),
                             shape, f32))) {
      return failure();
    }
  }
  int64_t next = 0;
  for (int64_t head : getMemoryHeads().value_or(ArrayRef<int64_t>())) { // (C5)
    if (head < next || head >= check::dim(getKeys(), 0)) {
      return emitOpError() << "expects memory heads below "
                           << check::dim(getKeys(), 0) << ", ascending, found "
                           << head;
    }
    next = head + 1;
  }
  if (getPrefixKeys()) { // (C4)
    if (getRetrievedKeys()) {
      return emitOpError() << "expects retrieved or prefix, not both";
    }
    SmallVector<int64_t> shape = {check::dim(getKeys(), 0), check::kAny,
                                  headDim};
    if (failed(
            check::shaped(*this, "prefix keys", getPrefixKeys(), shape, f32))) {
      return failure();
    }
    shape[1] = check::dim(getPrefixKeys(), 1);
    return check::shaped(*this, "prefix values", getPrefixValues(), shape, f32);
  }
  return success();
}

LogicalResult MemoryAttentionOp::verify() {
  if (failed(verifyWindow(*this, getQueries(), getKeys(), getValues())) ||
      failed(verifyInit(*this, getQueries(), getInits()))) {
    return failure();
  }
  if (getParts() && failed(verifyParts(*this, "parts", getParts(), *getBlock(),
                                       getQueries(), getKeys()))) {
    return failure(); // (C4)
  }
  MemoryType memory = getMemory().getType();
  if (memory.getHeads() != check::dim(getKeys(), 0) ||
      memory.getHeadDim() != check::dim(getKeys(), 2)) { // (C1)
    return emitOpError() << "expects a memory of the keys' heads and head "
                            "dimension, found "
                         << memory << " and " << getKeys().getType();
  }
  int64_t k = getK().value_or(0);
  if (getMode() == MemoryMode::TopK ? k <= 0 : getK().has_value()) { // (C2)
    return emitOpError() << "expects a positive k for topk and none for dense";
  }
  if (!getPartialScores() != !getPartialEntries()) {
    return emitOpError() << "expects scores and entries together";
  }
  if (getPartialScores()) { // (C3)
    if (getMode() != MemoryMode::TopK || check::dim(getQueries(), 0) != 1 ||
        failed(check::rank(*this, "partial scores", getPartialScores(), 3))) {
      return emitOpError() << "expects partial winners for topk of one token";
    }
    SmallVector<int64_t> shape = {
        check::dim(getPartialScores(), 0),
        check::dim(getQueries(), 1) / memory.getHeadDim(), k};
    if (failed(check::shaped(*this, "partial scores", getPartialScores(), shape,
                             Float32Type::get(getContext())))) {
      return failure();
    }
    return check::shaped(*this, "partial entries", getPartialEntries(), shape,
                         IntegerType::get(getContext(), 64));
  }
  return success();
}

LogicalResult CrossbatchAttentionOp::verify() {
  Type f32 = Float32Type::get(getContext());
  if (failed(check::numInits(*this, getInits(), 1)) ||
      failed(check::rank(*this, "queries", getQueries(), 4))) {
    return failure();
  }
  ArrayRef<int64_t> shape = cast<ShapedType>(getQueries().getType()).getShape();
  if (shape[3] == check::kAny || shape[3] % 2 != 0) { // (C1)
    return emitOpError() << "expects an even head dimension, found "
                         << getQueries().getType();
  }
  for (Value value : {getQueries(), getKeys(), getValues(), getInits()[0]}) {
    if (failed(check::shaped(*this, "every operand", value, shape, f32))) {
      return failure();
    }
  }
  int64_t range = getRange(), pack = getPack();
  if (range < 0 || pack < 1) { // (C2)
    return emitOpError() << "expects range >= 0 and pack >= 1, found " << range
                         << " and " << pack;
  }
  return success();
}
