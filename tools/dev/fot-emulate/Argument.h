//===- Argument.h - what a kernel is called with ----------------*- C++ -*-===//

#ifndef FOT_TOOLS_DEV_FOT_EMULATE_ARGUMENT_H
#define FOT_TOOLS_DEV_FOT_EMULATE_ARGUMENT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fot::emulate_tool {

enum class NumberType { I8, I32, I64, F16, Bf16, F32 };

/// A number, or a buffer of numbers.
struct KernelArgument {
  NumberType type = NumberType::I32;
  bool isBuffer = false;
  bool print = false;
  std::vector<uint8_t> bytes;

  /// Reads "[+]TYPE=NUMBER" or "[+]TYPE[COUNT]=zeros|iota|random|NUMBER". iota
  /// counts from 0; random numbers are small integers, the same each time.
  static llvm::Expected<KernelArgument> parse(llvm::StringRef text);
  /// The numbers, with blanks in between.
  std::string show() const;
};

} // namespace fot::emulate_tool

#endif
