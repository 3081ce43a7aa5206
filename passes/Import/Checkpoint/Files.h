// What the readers of checkpoint files share: errors of one sentence, mapped
// files, and JSON that is safe to parse.
#ifndef FOT_PASSES_IMPORT_CHECKPOINT_FILES_H
#define FOT_PASSES_IMPORT_CHECKPOINT_FILES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace mlir::fot::checkpoint {

/// An error "FILE: message".
llvm::Error fileError(llvm::StringRef file, const llvm::Twine &message);

/// Text from a file for use in a message: quoted, unprintable bytes escaped,
/// cut when it is long.
std::string quoted(llvm::StringRef text);

/// "[4096, 4096]".
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// Maps a regular file for reading. Its identifier is `path`.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
mapFile(llvm::StringRef path);

/// Parses `text`, part of `file`, as one JSON object. Refuses nesting so deep
/// that a recursive parser could run out of stack.
llvm::Expected<llvm::json::Object> parseJsonObject(llvm::StringRef text,
                                                   llvm::StringRef file);

/// Reads and parses a JSON file of reasonable size.
llvm::Expected<llvm::json::Object> readJsonObject(llvm::StringRef path);

/// a * b of sizes that come from a file; nothing if it exceeds 2^63 - 1 or one
/// of them is negative.
std::optional<int64_t> checkedProduct(int64_t a, int64_t b);

} // namespace mlir::fot::checkpoint

#endif
