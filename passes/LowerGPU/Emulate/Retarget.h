//===- Retarget.h - the steps of retargeting GPU code -----------*- C++ -*-===//
//
// What the files of this folder share: how NVPTX code is described before it is
// changed, and the one object that changes it.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_EMULATE_RETARGET_H
#define FOT_PASSES_LOWERGPU_EMULATE_RETARGET_H

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/Error.h"

#include <array>
#include <string>
#include <vector>

namespace mlir::fot::emulate {

/// fot_emulated_site, while it is being made.
struct Site {
  std::string function;
  std::string text;
  std::string place;
  uint32_t bytes = 0;
  uint32_t alignment = 0;
  uint32_t access = 0;
  uint32_t space = 0;
};

/// fot_emulated_variable.
struct Variable {
  llvm::GlobalVariable *global;
  std::string name;
  uint32_t offset;
  uint32_t bytes;
};

/// fot_emulated_kernel.
struct Kernel {
  llvm::Function *function;
  std::string name;
  /// The kernel and everything it calls.
  llvm::SetVector<llvm::Function *> reachable;
  /// Parameters that are passed by address.
  llvm::SmallVector<unsigned> byAddress;
  llvm::SmallVector<uint32_t> variables;
  uint32_t sharedBytes = 0;
  uint32_t declaredShared = 0;
  uint32_t stackBytes = 0;
  std::array<uint32_t, 3> block = {0, 0, 0};
  std::array<uint32_t, 3> maxBlock = {0, 0, 0};
  uint32_t maxThreads = 0;
};

/// What a module of GPU code consists of. Instructions are described as they
/// were before anything was changed.
struct Description {
  std::vector<Site> sites;
  llvm::MapVector<llvm::Instruction *, uint32_t> siteOf;
  std::vector<Variable> variables;
  std::vector<Kernel> kernels;
};

/// Describes `module`, or says what in it cannot be emulated.
llvm::Expected<Description> describe(llvm::Module &module);

/// Places the shared variables of every kernel, with gaps behind each.
llvm::Error placeShared(llvm::Module &module, Description &description);

/// Whether `call` becomes a call of the emulator, not x86-64 code.
bool isOperation(const llvm::CallInst &call);

/// Replaces everything that x86-64 does not have, and puts checks in front of
/// accesses. Adds the tables, of which the function FOT_EMULATOR_ENTRY returns
/// the address.
llvm::Error rewrite(llvm::Module &module, Description &description);

/// The tables of fot_emulated_module. Until `finish`, code refers to what will
/// be in them.
class Tables {
public:
  explicit Tables(llvm::Module &module);

  /// The address of a field of fot_emulated_module.
  llvm::Value *field(llvm::IRBuilderBase &builder, uint64_t offset) const;
  /// The address of the emulator's function for an operation.
  llvm::Value *operation(llvm::IRBuilderBase &builder, llvm::StringRef name);
  /// Adds the tables' contents, and the entry function.
  void finish(const Description &description);

private:
  llvm::Constant *text(llvm::StringRef value);
  llvm::Constant *array(llvm::StringRef name,
                        llvm::ArrayRef<llvm::Constant *> rows);
  llvm::Constant *number(uint64_t value, unsigned bits = 32) const;
  llvm::Constant *kernelRow(const Kernel &kernel);
  llvm::Function *wrapper(const Kernel &kernel);
  std::vector<llvm::Constant *> globalRows() const;

  llvm::Module &module;
  llvm::GlobalVariable *table;
  llvm::GlobalVariable *operations;
  llvm::MapVector<llvm::StringRef, uint32_t> operationIndex;
  llvm::StringSet<> names;
  llvm::StringMap<llvm::Constant *> texts;
};

} // namespace mlir::fot::emulate

#endif
