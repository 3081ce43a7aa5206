//===- fot-check.cpp - compiled code against the reference evaluator ------===//
//
// Calls every function with a `fot.check` attribute (CheckCase.h) twice: in
// the reference evaluator, and compiled for each CPU level that this machine
// runs, on several numbers of threads, or, if asked, for the emulated GPU, in
// as many orders of threads. Functions are like entry points: each
// result is an argument, updated.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/CpuLevel.h"
#include "passes/Pipeline/Phases.h"
#include "runtime/device/cpu/CpuFeatures.h"
#include "tools/dev/fot-check/CheckCase.h"
#include "tools/dev/fot-check/Compare.h"
#include "tools/dev/fot-check/SealedRuns.h"

#include "mlir/Parser/Parser.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::check_tool;
using namespace mlir::fot::reference;
namespace cl = llvm::cl;

namespace {
/// The command line. A copy, because the linker, being part of the process,
/// resets all options.
struct Settings {
  std::vector<std::string> files, only, levels;
  std::vector<unsigned> workers;
  bool fuse = true, sameBits = false;
  unsigned repeat = 1;
  std::string dumpDir, weightDirectory;
};

/// One case as the evaluator sees it.
struct Expected {
  CheckCase checkCase;
  SmallVector<RuntimeValue> arguments, results;
};

/// One function and its cases.
struct Checked {
  func::FuncOp function;
  SmallVector<unsigned> updated; ///< the argument that each result is
  std::vector<Expected> cases;
};

/// The worst of several comparisons.
struct Verdict {
  double error = 0, allowed = 0, seconds = 0;
  std::string problem;      ///< empty: all is well
  std::vector<double> left; ///< the numbers of all results that are tensors
  std::vector<int64_t> counters = std::vector<int64_t>(FOT_NUM_COUNTERS);
};
} // namespace

/// The argument that `value` is, updated by destination-style ops.
static FailureOr<unsigned> argumentOf(Value value) {
  while (auto result = dyn_cast<OpResult>(value)) {
    Operation *op = result.getOwner();
    if (auto destination = dyn_cast<DestinationStyleOpInterface>(op)) {
      value = destination.getTiedOpOperand(result)->get();
    } else if (auto append = dyn_cast<AppendMemoryOp>(op)) {
      value = append.getMemory();
    } else if (auto cast = dyn_cast<tensor::CastOp>(op)) {
      value = cast.getSource();
    } else {
      return failure();
    }
  }
  return cast<BlockArgument>(value).getArgNumber();
}

static FailureOr<Checked> prepare(ModuleOp module, func::FuncOp function,
                                  const Settings &settings) {
  Checked checked{function, {}, {}};
  auto terminator = function.getBody().back().getTerminator();
  for (Value result : terminator->getOperands()) {
    FailureOr<unsigned> argument = argumentOf(result);
    if (failed(argument)) {
      return function.emitError() << "expects results that are arguments, "
                                     "updated by destination-style ops";
    }
    checked.updated.push_back(*argument);
  }
  FailureOr<std::vector<CheckCase>> cases = parseCases(function);
  if (failed(cases)) {
    return failure();
  }
  for (CheckCase &checkCase : *cases) {
    if (!checkCase.tolerance.empty() && !findTolerance(checkCase.tolerance)) {
      return function.emitError()
             << "expects a tolerance of exact, f32, exp or a8, found '"
             << checkCase.tolerance << "'";
    }
    auto arguments = makeArguments(function, checkCase);
    if (failed(arguments)) {
      return failure();
    }
    Evaluator evaluator(module, {settings.weightDirectory});
    auto results = evaluator.call(function.getName(), *arguments);
    if (failed(results)) {
      return failure();
    }
    if (!checkCase.muted.empty()) {
      SmallVector<RuntimeValue> empty = *arguments;
      for (RuntimeValue &value : empty) {
        if (const MemoryValue *memory = asMemory(value)) {
          value = makeValue(makeMemory(memory->type, 0, {}, {}));
        }
      }
      auto silent = evaluator.call(function.getName(), empty);
      TensorValue result = *asTensor((*results)[0]);
      silence(function, checkCase, result, *asTensor((*silent)[0]));
      (*results)[0] = makeValue(std::move(result));
    }
    checked.cases.push_back({checkCase, *arguments, *results});
  }
  return checked;
}

/// The function alone, with the weights and what the planner must know.
static OwningOpRef<ModuleOp> isolate(ModuleOp module, Checked &checked) {
  OwningOpRef<ModuleOp> alone = module.clone();
  for (auto other : llvm::make_early_inc_range(alone->getOps<func::FuncOp>())) {
    if (other.getName() != checked.function.getName()) {
      other.erase();
    }
  }
  auto function = alone->lookupSymbol<func::FuncOp>(checked.function.getName());
  int64_t tokens = 1, memory = 1;
  for (const Expected &expected : checked.cases) {
    tokens = std::max(tokens, expected.checkCase.maxSize());
    memory = std::max(memory, expected.checkCase.maxMemory());
  }
  Builder builder(alone->getContext());
  function->removeAttr("fot.check");
  for (auto [name, value] :
       {std::pair("fot.max_tokens", tokens), {"fot.max_memory", memory}}) {
    if (!function->hasAttr(name)) {
      function->setAttr(name, builder.getI64IntegerAttr(value));
    }
  }
  return alone;
}

/// The most entries that some memory gains.
static int64_t numAppended(Checked &checked, const Expected &expected) {
  int64_t most = 0;
  for (auto [i, argument] : llvm::enumerate(checked.updated)) {
    if (const MemoryValue *after = asMemory(expected.results[i])) {
      const MemoryValue *before = asMemory(expected.arguments[argument]);
      most = std::max(most, after->size - before->size);
    }
  }
  return most;
}

/// Result `i` of the evaluator against what the call left behind.
static Difference compareResult(Checked &checked, const Expected &expected,
                                const NativeCall &call, size_t i) {
  unsigned argument = checked.updated[i];
  if (const TensorValue *tensor = asTensor(expected.results[i])) {
    std::vector<double> rounded = tensor->values;
    for (double &number : rounded) {
      number = roundTo(tensor->element, number);
    }
    int64_t columns = tensor->shape.empty() ? 1 : tensor->shape.back();
    return compareNumbers(rounded, call.tensor(argument), columns,
                          isa<BlockType>(tensor->element));
  }
  const MemoryValue &after = *asMemory(expected.results[i]);
  const MemoryValue &before = *asMemory(expected.arguments[argument]);
  std::vector<double> added;
  for (bool keys : {true, false}) {
    for (int64_t slot = 0; slot < after.type.getSlots(); ++slot) {
      int64_t g = after.type.getHeadOfSlot(slot);
      for (int64_t n = before.size; n < after.size; ++n) {
        const double *row = keys ? after.key(g, n) : after.value(g, n);
        added.insert(added.end(), row, row + after.type.getHeadDim());
      }
    }
  }
  return compareNumbers(added, call.memory(argument, before.size, after.size),
                        after.type.getHeadDim(), false);
}

/// How a case lays out memories.
static MemoryPlan planOf(Checked &checked, const Expected &expected,
                         bool onDevice) {
  MemoryPlan plan;
  plan.appended = numAppended(checked, expected);
  plan.muted = expected.checkCase.muted;
  if (!onDevice) { // kernels of a GPU do not report them
    std::tie(plan.heads, plan.k) = winnersOf(checked.function);
  }
  return plan;
}

/// Runs one case on some threads and adds what it finds to `verdict`. `seal`
/// may be null.
static void check(Checked &checked, size_t number, unsigned threads,
                  const NativeCode &code, const NativeCode *seal,
                  unsigned repeat, Verdict &verdict) {
  const Expected &expected = checked.cases[number];
  const CheckCase &checkCase = expected.checkCase;
  const std::string &named = checkCase.tolerance;
  const ToleranceClass &tolerance =
      named.empty() ? toleranceOf(checked.function) : *findTolerance(named);
  verdict.allowed = std::max(verdict.allowed, tolerance.relative);
  auto where = [&](const llvm::Twine &what) {
    if (verdict.problem.empty()) {
      verdict.problem = ("case " + llvm::Twine(number) + ", " +
                         llvm::Twine(threads) + " threads: " + what)
                            .str();
    }
  };
  double best = HUGE_VAL;
  auto types = checked.function.getArgumentTypes();
  for (unsigned round = 0; round < repeat; ++round) {
    MemoryPlan plan = planOf(checked, expected, code.kernels());
    NativeCall call(code, types, expected.arguments, plan);
    llvm::Expected<double> seconds = call.run(threads);
    if (!seconds) {
      where(llvm::toString(seconds.takeError()));
      return;
    }
    std::string problem = call.winnersProblem();
    if (!problem.empty()) {
      where("it reports " + problem);
    }
    for (size_t i = 0; round == 0 && i < checked.updated.size(); ++i) {
      Difference difference = compareResult(checked, expected, call, i);
      verdict.error = std::max(verdict.error, difference.error);
      if (difference.error > tolerance.relative) {
        where("result " + llvm::Twine(i) + ", " + difference.worst);
      }
      if (asTensor(expected.results[i])) {
        llvm::append_range(verdict.left, call.tensor(checked.updated[i]));
      }
    }
    if (checkCase.sealed > 0 && !code.kernels()) {
      plan.sealed = checkCase.sealed;
      plan.seal = seal;
      NativeCall sealed(code, types, expected.arguments, plan);
      seconds = runSealed(sealed, call, checked.updated, threads);
      if (!seconds) {
        where(llvm::toString(seconds.takeError()));
        return;
      }
      verdict.counters = sealed.counters();
    }
    best = std::min(best, *seconds);
  }
  verdict.seconds += best;
}

static bool haveSameBits(ArrayRef<double> a, ArrayRef<double> b) {
  return llvm::equal(a, b, [](double x, double y) {
    return llvm::bit_cast<uint64_t>(x) == llvm::bit_cast<uint64_t>(y);
  });
}

/// On a function that must leave the same bits as the one before it.
constexpr llvm::StringLiteral kAsBefore = "fot.check_as_before";

/// Checks one function at one level and prints its line. `left` is what the
/// level before left behind, if there is one, and becomes what this one does;
/// `before` is what the function before left at this level, likewise.
static bool checkLevel(ModuleOp module, Checked &checked, StringRef level,
                       const Settings &settings,
                       std::optional<std::vector<double>> &left,
                       std::vector<double> &before) {
  Verdict verdict;
  OwningOpRef<ModuleOp> alone = isolate(module, checked);
  StringRef name = checked.function.getName();
  CompileChoices choices = {level.str(), settings.fuse, settings.dumpDir,
                            settings.weightDirectory};
  auto code = NativeCode::compile(*alone, name, choices);
  std::unique_ptr<NativeCode> seal;
  bool sealed = llvm::any_of(checked.cases, [](const Expected &expected) {
    return expected.checkCase.sealed > 0;
  });
  if (code && sealed && level != kEmulated) {
    if (auto sealCode = compileSeal(checked.function, choices)) {
      seal = std::move(*sealCode);
    } else {
      verdict.problem = llvm::toString(sealCode.takeError());
    }
  }
  if (!code) {
    verdict.problem = llvm::toString(code.takeError());
  } else if (verdict.problem.empty()) {
    for (size_t i = 0; i < checked.cases.size(); ++i) {
      for (unsigned threads : settings.workers) {
        check(checked, i, threads, **code, seal.get(), settings.repeat,
              verdict);
      }
    }
  }
  if (settings.sameBits && left && verdict.problem.empty() &&
      !haveSameBits(*left, verdict.left)) {
    verdict.problem = "its results have other bits than those of the level "
                      "before";
  }
  if (checked.function->hasAttr(kAsBefore) && verdict.problem.empty() &&
      !haveSameBits(before, verdict.left)) {
    verdict.problem = "its results have other bits than those of the function "
                      "before";
  }
  before = verdict.left;
  left = std::move(verdict.left);
  bool ok = verdict.problem.empty();
  llvm::outs() << (ok ? "ok      " : "FAILED  ")
               << llvm::formatv("{0,-32} {1,-12} error {2:e2} of {3:e2}", name,
                                level, verdict.error, verdict.allowed);
  if (settings.repeat > 1) {
    llvm::outs() << llvm::formatv("  {0:f1} us", verdict.seconds * 1e6);
    if (sealed) {
      ArrayRef<int64_t> counters = verdict.counters;
      llvm::outs() << llvm::formatv(
          "; two calls: {0} keys, {1} refined, {2} rescored, {3} bytes",
          counters[FOT_COUNT_KEYS], counters[FOT_COUNT_REFINED],
          counters[FOT_COUNT_RESCORED], counters[FOT_COUNT_BYTES]);
    }
  }
  llvm::outs() << (ok ? "" : "\n        " + verdict.problem) << "\n";
  llvm::outs().flush();
  return ok;
}

/// Why this machine cannot run code of the level; empty if it can.
static llvm::Expected<std::string> missingFeature(StringRef name) {
  if (name == kEmulated) {
    return "";
  }
  llvm::Expected<CpuLevel> level = CpuLevel::parse(name);
  if (!level) {
    return level.takeError();
  }
  llvm::StringMap<bool> host = llvm::sys::getHostCPUFeatures();
  for (const std::string &feature : level->features) {
    if (!host.lookup(feature)) {
      return feature;
    }
  }
  if (level->has("amx-tile") && !::fot::rt::requestTiles()) {
    return "permission to use AMX";
  }
  return "";
}

static bool checkFile(MLIRContext &context, StringRef path,
                      const Settings &settings, int64_t &numChecked) {
  OwningOpRef<ModuleOp> module = parseSourceFile<ModuleOp>(path, &context);
  if (!module) {
    return false;
  }
  bool ok = true;
  llvm::StringMap<std::vector<double>> before;
  for (auto function : module->getOps<func::FuncOp>()) {
    if (!function->hasAttr("fot.check") ||
        (!settings.only.empty() &&
         !llvm::is_contained(settings.only, function.getName()))) {
      continue;
    }
    ++numChecked;
    FailureOr<Checked> checked = prepare(*module, function, settings);
    if (failed(checked)) {
      ok = false;
      continue;
    }
    std::optional<std::vector<double>> left;
    for (const std::string &level : settings.levels) {
      ok &= checkLevel(*module, *checked, level, settings, left, before[level]);
    }
  }
  return ok;
}

/// Reads the command line, or says why it cannot be used.
static llvm::Expected<Settings> parseCommandLine(int argc, char **argv) {
  static cl::list<std::string> files(cl::Positional, cl::OneOrMore,
                                     cl::desc("FILE.mlir..."));
  static cl::list<std::string> only("function", cl::value_desc("NAME"),
                                    cl::desc("Check only this one"));
  static cl::list<std::string> levels("levels", cl::CommaSeparated,
                                      cl::value_desc("LIST"),
                                      cl::desc("CPU levels to compile for, or "
                                               "cuda-emulated"));
  static cl::list<unsigned> workers(
      "workers", cl::CommaSeparated, cl::value_desc("LIST"),
      cl::desc("Numbers of workers (default 1,3)"));
  static cl::opt<bool> noFuse("no-fuse",
                              cl::desc("Leave out the passes of fusion"));
  static cl::opt<bool> sameBits(
      "same-bits", cl::desc("All levels must leave the same bits"));
  static cl::opt<unsigned> repeat("repeat", cl::init(1), cl::value_desc("N"),
                                  cl::desc("Calls to time; the best counts"));
  static cl::opt<std::string> dumpDir("dump", cl::value_desc("DIR"),
                                      cl::desc("Keep IR and assembly in DIR"));
  static cl::opt<std::string> weightDirectory(
      "weights", cl::value_desc("DIR"),
      cl::desc("Where relative paths of weights start"));
  std::string problems;
  llvm::raw_string_ostream stream(problems);
  if (!cl::ParseCommandLineOptions(
          argc, argv, "compiled code against the reference evaluator\n",
          &stream)) {
    return llvm::createStringError(StringRef(problems).trim());
  }
  Settings settings{files,    only,   levels,  workers,        !noFuse,
                    sameBits, repeat, dumpDir, weightDirectory};
  if (settings.levels.empty()) {
    settings.levels = {"x86-64-v3", "avx512vnni", "amx"};
  }
  if (settings.workers.empty()) {
    settings.workers = {1, 3};
  }
  if (llvm::is_contained(settings.workers, 0u) || settings.repeat == 0) {
    return llvm::createStringError("expected at least one worker and one call");
  }
  std::vector<std::string> runnable;
  for (const std::string &name : settings.levels) {
    llvm::Expected<std::string> missing = missingFeature(name);
    if (!missing) {
      return missing.takeError();
    }
    if (missing->empty()) {
      runnable.push_back(name);
    } else {
      llvm::outs() << "skipped " << name << ": this machine lacks " << *missing
                   << "\n";
    }
  }
  settings.levels = runnable;
  return settings;
}

int main(int argc, char **argv) {
  llvm::InitLLVM initLLVM(argc, argv);
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  llvm::Expected<Settings> settings = parseCommandLine(argc, argv);
  if (!settings) {
    llvm::errs() << "error: " << llvm::toString(settings.takeError()) << "\n";
    return 2;
  }
  DialectRegistry registry;
  registerCompilerDialects(registry);
  MLIRContext context(registry);
  bool ok = true;
  int64_t numChecked = 0;
  for (const std::string &file : settings->files) {
    ok &= checkFile(context, file, *settings, numChecked);
  }
  if (ok && numChecked == 0) {
    llvm::errs() << "error: expected functions with fot.check, found none\n";
    return 1;
  }
  return ok ? 0 : 1;
}
