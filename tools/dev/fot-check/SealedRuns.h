//===- SealedRuns.h - the same again, on sealed segments --------*- C++ -*-===//
//
// Sealing makes scans cheaper and changes nothing: what a function computes on
// memories with sealed segments is compared bit for bit with what it computed
// without.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_TOOLS_DEV_FOT_CHECK_SEALEDRUNS_H
#define FOT_TOOLS_DEV_FOT_CHECK_SEALEDRUNS_H

#include "tools/dev/fot-check/CheckCase.h"
#include "tools/dev/fot-check/NativeCall.h"

namespace mlir::fot::check_tool {

/// Code of an entry point that seals the memory that `function` has.
llvm::Expected<std::unique_ptr<NativeCode>>
compileSeal(func::FuncOp function, const CompileChoices &choices);

/// How many query heads of how many winners the decode attention of `function`
/// reports; zeros if there is none.
std::pair<int64_t, int64_t> winnersOf(func::FuncOp function);

/// Makes the heads that a case mutes retrieve nothing in the evaluator's
/// `result`, given what it is without any memory.
void silence(func::FuncOp function, const CheckCase &checkCase,
             reference::TensorValue &result,
             const reference::TensorValue &withoutMemory);

/// Runs `call`, laid out as the case says, twice and compares the arguments
/// `updated` with those of `plain`. Returns the seconds of the second run.
llvm::Expected<double> runSealed(NativeCall &call, const NativeCall &plain,
                                 ArrayRef<unsigned> updated, unsigned threads);

} // namespace mlir::fot::check_tool

#endif
