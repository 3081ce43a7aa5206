// Builds small checkpoints for the tests: a temporary directory, safetensors
// and GGUF files written byte by byte, and one tiny model in both formats.
#ifndef FOT_TEST_UNIT_PASSES_IMPORT_CHECKPOINT_TESTFILES_H
#define FOT_TEST_UNIT_PASSES_IMPORT_CHECKPOINT_TESTFILES_H

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fot_test {

/// A directory that is removed with its content at the end of the scope.
class TempDir {
public:
  TempDir();
  ~TempDir();
  std::string path(llvm::StringRef name = "") const;
  /// Writes a file and returns its path.
  std::string write(llvm::StringRef name, llvm::StringRef bytes) const;

private:
  llvm::SmallString<128> root;
};

/// A tensor of float32 values that stand for its content in any type.
struct TestTensor {
  std::string name;
  std::vector<int64_t> shape; // [out, in]
  std::vector<float> values;
};

/// A tensor as a file holds it.
struct StoredTensor {
  std::string name;
  std::string dtype; // safetensors' name
  uint32_t ggmlType = 0;
  std::vector<int64_t> shape;
  std::string bytes;
};

/// The widths of the tiny model. Heads are not hidden / heads wide.
inline constexpr int64_t kHidden = 64, kInner = 96, kLayers = 2, kHeads = 3,
                         kKvHeads = 1, kHeadDim = 8, kVocab = 40;

/// Random weights of the tiny model under their Hugging Face names, with an
/// untied head.
std::vector<TestTensor> tinyTensors();

/// Its config.json: a plain LLaMA.
llvm::json::Object tinyConfig();
std::string toText(llvm::json::Object object);

/// Stores a tensor as float32, for either kind of file.
StoredTensor asF32(const TestTensor &tensor);
std::vector<StoredTensor> asF32(const std::vector<TestTensor> &tensors);

/// A whole safetensors file.
std::string safeTensors(const std::vector<StoredTensor> &tensors);
/// The same from a header's text and the bytes after it.
std::string safeTensorsRaw(llvm::StringRef header, llvm::StringRef data);

/// The tiny model under GGUF's names, rows of q and k interleaved.
std::vector<TestTensor> tinyGgufTensors();

/// Appends the parts of a GGUF file in order.
class GgufWriter {
public:
  template <typename T> void number(T value) {
    bytes.append(reinterpret_cast<const char *>(&value), sizeof(value));
  }
  void text(llvm::StringRef value);
  void key(llvm::StringRef name, uint32_t type);
  void u32(llvm::StringRef name, uint32_t value);
  void f32(llvm::StringRef name, float value);
  void string(llvm::StringRef name, llvm::StringRef value);
  void strings(llvm::StringRef name, const std::vector<std::string> &values);
  void tensor(const StoredTensor &tensor, uint64_t offset);
  void pad(size_t alignment);

  std::string bytes;
  uint64_t numValues = 0;
};

/// A GGUF file of these tensors and the tiny model's metadata, or those that
/// `metadata` writes.
std::string gguf(const std::vector<StoredTensor> &tensors,
                 void (*metadata)(GgufWriter &) = nullptr, uint32_t version = 3,
                 size_t alignment = 32);
/// Writes the tiny model's metadata.
void tinyMetadata(GgufWriter &writer);

/// The message of an error, after checking that it is one clean line.
std::string messageOf(llvm::Error error);

/// A buffer that owns a copy of `bytes`, in memory of exactly that size.
std::unique_ptr<llvm::MemoryBuffer> bufferOf(llvm::StringRef bytes);

} // namespace fot_test

#endif
