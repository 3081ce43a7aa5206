//===- WorkShares.cpp - which items of an op are a worker's ---------------===//

#include "passes/LowerCPU/WorkShares.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

WorkShares::WorkShares(func::FuncOp entry) {
  if (entry.isExternal()) {
    return;
  }
  SmallVector<std::pair<Operation *, Work>> list;
  auto finish = [&] {
    int64_t total = 0, before = 0;
    for (auto [op, work] : list) {
      total += work.items * work.perItem;
    }
    if (list.size() > 1 && total > 0) {
      for (auto [op, work] : list) {
        places[op] = {before, work.perItem, total};
        before += work.items * work.perItem;
      }
    }
    list.clear();
  };
  for (Operation &op : entry.front()) {
    if (isa<BarrierOp>(op)) {
      finish();
      continue;
    }
    const KernelEmitter *emitter = lookupKernelEmitter(op.getName());
    if (emitter && emitter->work && !op.hasAttr(kBestAttr)) {
      list.push_back({&op, emitter->work(&op)});
    }
  }
  finish();
}

Value WorkShares::firstItem(ImplicitLocOpBuilder &b, Operation *op, Value items,
                            Value worker, Value workers) const {
  auto cst = [&](int64_t number) -> Value {
    return arith::ConstantIndexOp::create(b, number);
  };
  auto share = [&](Value amount) -> Value {
    return arith::DivUIOp::create(b, arith::MulIOp::create(b, amount, worker),
                                  workers);
  };
  auto found = places.find(op);
  if (found == places.end()) {
    return share(items);
  }
  // The item that begins nearest to where the worker's piece does.
  const Place &place = found->second;
  Value ahead = arith::SubIOp::create(b, share(cst(place.total)),
                                      cst(place.before - place.perItem / 2));
  Value first = arith::DivSIOp::create(b, ahead, cst(place.perItem));
  first = arith::MaxSIOp::create(b, first, cst(0));
  return arith::MinSIOp::create(b, first, items);
}
