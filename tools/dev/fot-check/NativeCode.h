//===- NativeCode.h - a function, compiled and loaded -----------*- C++ -*-===//

#ifndef FOT_TOOLS_DEV_FOT_CHECK_NATIVECODE_H
#define FOT_TOOLS_DEV_FOT_CHECK_NATIVECODE_H

#include "tools/dev/fot-check/EmulatedCode.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace mlir::fot::check_tool {

/// In place of a CPU level: GPU kernels on the emulated device.
inline constexpr llvm::StringLiteral kEmulated = "cuda-emulated";

/// How functions are compiled.
struct CompileChoices {
  std::string level; ///< of a CPU, or kEmulated
  bool fuse = true;
  std::string dumpDir; ///< not empty: IR, LLVM IR and assembly go there
  std::string weightDirectory;
};

/// A loaded entry point with its packed weights.
class NativeCode {
public:
  /// Runs `module`, IR as after phase memory, through the phases up to code,
  /// and loads its function `name`.
  static llvm::Expected<std::unique_ptr<NativeCode>>
  compile(ModuleOp module, llvm::StringRef name, const CompileChoices &choices);
  ~NativeCode();

  fot_entry entry() const { return function; }
  /// The kernels, if the entry point asks for launches; else null.
  EmulatedCode *kernels() const { return emulated.get(); }
  const void *weights() const { return weightBytes; }
  int64_t weightsSize() const { return weightsUsed; }
  int64_t workspaceBytes() const { return workspace; }

private:
  llvm::Expected<std::string> makeElf(ModuleOp nested, llvm::StringRef name,
                                      const CompileChoices &choices);
  llvm::Error load(llvm::StringRef elf, llvm::StringRef name);

  int file = -1;
  void *library = nullptr;
  fot_entry function = nullptr;
  uint8_t *weightBytes = nullptr; ///< 64-byte aligned
  int64_t weightsUsed = 0, workspace = 0;
  std::unique_ptr<EmulatedCode> emulated;
};

} // namespace mlir::fot::check_tool

#endif
