//===- ValueFiles.h - values from and to files and command lines -*- C++
//-*-===//

#ifndef FOT_DIALECTS_REFERENCE_VALUEFILES_H
#define FOT_DIALECTS_REFERENCE_VALUEFILES_H

#include "dialects/Reference/Values.h"

#include "llvm/Support/Error.h"

namespace mlir::fot::reference {

/// The value of `type` that `text` names: a .npy file for a tensor of plain
/// numbers, a number or a .npy without dimensions for a number,
/// "KEYS.npy+VALUES.npy" or "empty" for a memory. Numbers are rounded to the
/// type. Errors are one sentence: what was expected and what was found.
llvm::Expected<RuntimeValue> readValue(Type type, StringRef text);

/// Writes a value to the file or, for a memory, the two files that `text`
/// names: f4 for f32 and narrower, f8 for f64, i4 up to i32, i8 for wider
/// integers and index. Numbers of blocks are written as f4.
llvm::Error writeValue(Type type, const RuntimeValue &value, StringRef text);

} // namespace mlir::fot::reference

#endif
