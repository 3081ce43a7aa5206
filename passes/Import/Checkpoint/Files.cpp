// Errors, mapped files and JSON for the readers of checkpoint files.
#include "passes/Import/Checkpoint/Files.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::fot::checkpoint {

llvm::Error fileError(llvm::StringRef file, const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(),
                                 llvm::Twine(file) + ": " + message);
}

std::string quoted(llvm::StringRef text) {
  constexpr size_t longest = 120;
  std::string result = "'";
  for (char c : text.take_front(longest)) {
    if (llvm::isPrint(c)) {
      result += c;
    } else {
      result += "\\x" + llvm::toHex(llvm::StringRef(&c, 1), /*LowerCase=*/true);
    }
  }
  return result + (text.size() > longest ? "...'" : "'");
}

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string result = "[";
  for (auto [i, size] : llvm::enumerate(shape)) {
    result += (i ? ", " : "") + std::to_string(size);
  }
  return result + "]";
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
mapFile(llvm::StringRef path) {
  llvm::sys::fs::file_status status;
  if (std::error_code failure = llvm::sys::fs::status(path, status)) {
    return fileError(path, "cannot be opened: " + failure.message());
  }
  // A pipe or a device would block, or never end.
  if (status.type() != llvm::sys::fs::file_type::regular_file) {
    return fileError(path, "expected a regular file");
  }
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer) {
    return fileError(path, "cannot be read: " + buffer.getError().message());
  }
  return std::move(*buffer);
}

/// The deepest nesting of brackets outside of strings.
static unsigned nestingOf(llvm::StringRef text) {
  unsigned depth = 0, deepest = 0;
  bool inString = false;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (inString) {
      if (c == '\\') {
        ++i;
      } else if (c == '"') {
        inString = false;
      }
    } else if (c == '"') {
      inString = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((c == ']' || c == '}') && depth) {
      --depth;
    }
  }
  return deepest;
}

llvm::Expected<llvm::json::Object> parseJsonObject(llvm::StringRef text,
                                                   llvm::StringRef file) {
  constexpr unsigned deepest = 64;
  if (unsigned depth = nestingOf(text); depth > deepest) {
    return fileError(file, "JSON nested " + llvm::Twine(depth) +
                               " deep, more than the " + llvm::Twine(deepest) +
                               " levels that are read");
  }
  llvm::Expected<llvm::json::Value> value = llvm::json::parse(text);
  if (!value) {
    std::string reason = llvm::toString(value.takeError());
    return fileError(file, "not valid JSON: " + reason);
  }
  llvm::json::Object *object = value->getAsObject();
  if (!object) {
    return fileError(file, "expected a JSON object");
  }
  return std::move(*object);
}

llvm::Expected<llvm::json::Object> readJsonObject(llvm::StringRef path) {
  auto buffer = mapFile(path);
  if (!buffer) {
    return buffer.takeError();
  }
  constexpr size_t largest = size_t(64) << 20;
  if ((*buffer)->getBufferSize() > largest) {
    return fileError(path, "expected a JSON file of at most 64 MiB, found " +
                               llvm::Twine((*buffer)->getBufferSize()) +
                               " bytes");
  }
  return parseJsonObject((*buffer)->getBuffer(), path);
}

std::optional<int64_t> checkedProduct(int64_t a, int64_t b) {
  int64_t product;
  if (a < 0 || b < 0 || llvm::MulOverflow(a, b, product)) {
    return std::nullopt;
  }
  return product;
}

} // namespace mlir::fot::checkpoint
