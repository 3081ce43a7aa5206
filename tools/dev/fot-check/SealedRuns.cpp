//===- SealedRuns.cpp - the same again, on sealed segments ----------------===//

#include "tools/dev/fot-check/SealedRuns.h"

#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::check_tool;
using namespace mlir::fot::reference;

static MemoryType memoryOf(func::FuncOp function) {
  for (Type type : function.getArgumentTypes()) {
    if (auto memory = dyn_cast<MemoryType>(type)) {
      return memory;
    }
  }
  return {};
}

llvm::Expected<std::unique_ptr<NativeCode>>
check_tool::compileSeal(func::FuncOp function, const CompileChoices &choices) {
  MemoryType type = memoryOf(function);
  if (!type) {
    return llvm::createStringError("expected a memory to seal, found none");
  }
  std::string text;
  llvm::raw_string_ostream(text)
      << "func.func @seal(%m: " << type << ", %n: index) attributes "
      << "{fot.max_tokens = 1 : i64, fot.max_memory = 1 : i64} {\n"
      << "  fot.seal_memory %m segment %n : " << type << "\n  return\n}\n";
  auto module = parseSourceString<ModuleOp>(text, function.getContext());
  if (!module) {
    return llvm::createStringError("cannot write code that seals");
  }
  return NativeCode::compile(*module, "seal", choices);
}

std::pair<int64_t, int64_t> check_tool::winnersOf(func::FuncOp function) {
  std::pair<int64_t, int64_t> found = {0, 0};
  function.walk([&](MemoryAttentionOp op) {
    auto queries = cast<ShapedType>(op.getQueries().getType());
    if (queries.getDimSize(0) == 1 && op.getMode() == MemoryMode::TopK) {
      int64_t headDim = op.getMemory().getType().getHeadDim();
      found = {queries.getDimSize(1) / headDim, *op.getK()};
    }
  });
  return found;
}

void check_tool::silence(func::FuncOp function, const CheckCase &checkCase,
                         TensorValue &result,
                         const TensorValue &withoutMemory) {
  int64_t features = result.shape.back();
  int64_t width = features / memoryOf(function).getHeads();
  for (int64_t head : checkCase.muted) {
    for (int64_t i = 0; i < result.size(); ++i) {
      if (i % features / width == head) {
        result.values[i] = withoutMemory.values[i];
      }
    }
  }
}

llvm::Expected<double> check_tool::runSealed(NativeCall &call,
                                             const NativeCall &plain,
                                             ArrayRef<unsigned> updated,
                                             unsigned threads) {
  double taken = 0;
  for (StringRef which : {"first", "second"}) {
    llvm::Expected<double> seconds = call.run(threads);
    if (!seconds) {
      return seconds;
    }
    taken = *seconds;
    for (unsigned argument : updated) {
      if (call.bytes(argument) != plain.bytes(argument)) {
        return llvm::createStringError(
            "on sealed segments, the " + which +
            " call gives other bits than on segments that are not");
      }
    }
    std::string problem = call.winnersProblem();
    if (!problem.empty()) {
      return llvm::createStringError("the " + which + " call reports " +
                                     problem);
    }
  }
  return taken;
}
