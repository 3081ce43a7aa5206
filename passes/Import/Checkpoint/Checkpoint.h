// A checkpoint as the importer sees it: a model configuration and weights under
// canonical names, whether they come from a Hugging Face directory or from a
// GGUF file. Everything is checked when the checkpoint is opened; weights are
// mapped, never copied.
#ifndef FOT_PASSES_IMPORT_CHECKPOINT_CHECKPOINT_H
#define FOT_PASSES_IMPORT_CHECKPOINT_CHECKPOINT_H

#include "passes/Import/Checkpoint/WeightType.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlir::fot {

class GgufFile;

/// Where the bytes of one weight lie. `data` borrows from the checkpoint.
struct TensorSource {
  std::string name;    ///< as the file calls it
  std::string file;    ///< path of the file that holds it
  uint64_t offset = 0; ///< of its first byte, from the start of the file
  uint64_t bytes = 0;
  WeightType type = WeightType::F32;
  /// [out, in] of a matrix, [n] of a norm.
  llvm::SmallVector<int64_t, 2> shape;
  llvm::ArrayRef<uint8_t> data;
  /// The rows of each head are stored with the two members of a RoPE pair
  /// adjacent (GGUF's q and k); see fileRow.
  bool rowsInterleaved = false;
  int64_t headDim = 0; ///< set when rowsInterleaved

  int64_t rows() const { return shape.size() == 2 ? shape[0] : 1; }
  int64_t cols() const { return shape.back(); }
};

/// The row of the file that holds row `logicalRow` of a matrix whose heads are
/// stored interleaved: of a head's rows in half-split order, row i is at 2i and
/// row i + headDim/2 at 2i + 1.
inline int64_t fileRow(int64_t logicalRow, int64_t headDim) {
  int64_t head = logicalRow / headDim;
  int64_t row = logicalRow % headDim;
  int64_t half = headDim / 2;
  return head * headDim + (row < half ? 2 * row : 2 * (row - half) + 1);
}

/// What config.json or GGUF metadata say of the model.
struct ModelConfig {
  std::string architecture; ///< "llama" or "longllama"
  std::string name;
  int64_t hidden = 0;
  int64_t intermediate = 0;
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t kvHeads = 0;
  int64_t headDim = 0;
  int64_t vocab = 0;
  double rmsEps = 0;
  double ropeTheta = 0;
  int64_t maxPositions = 0; ///< context length; the local window of LongLLaMA
  bool tieEmbeddings = false;

  /// The configuration has at least one FoT field. Unset fields are absent
  /// ones; those of a "longllama" configuration take that class's defaults.
  bool isFoT = false;
  std::optional<std::vector<int64_t>> memLayers; ///< ascending, 0-based
  std::optional<bool> memPositionals;
  std::optional<WeightType> memDtype; ///< F32, F16 or BF16
  std::optional<int64_t> lastContextLength;

  std::optional<int64_t> bos;
  std::vector<int64_t> eos;
  std::optional<int64_t> pad;
};

/// An open checkpoint; immutable, and safe to read from several threads.
///
/// Canonical names: "embedding" [vocab, hidden], "norm" [hidden], "head"
/// [vocab, hidden] (absent if embeddings are tied), and for each layer i
/// "layers.<i>." + attention_norm, mlp_norm [hidden], q [heads*D, hidden],
/// k, v [kvHeads*D, hidden], o [hidden, heads*D], gate, up [intermediate,
/// hidden], down [hidden, intermediate].
class Checkpoint {
public:
  /// Opens a Hugging Face directory or a GGUF file. Errors are one sentence
  /// each: what was expected, what was found, in which file.
  static llvm::Expected<std::unique_ptr<Checkpoint>> open(llvm::StringRef path);
  virtual ~Checkpoint();

  const ModelConfig &config() const { return model; }
  /// The path as given to open.
  llvm::StringRef path() const { return location; }

  /// The weight with this canonical name.
  llvm::Expected<TensorSource> tensor(llvm::StringRef canonicalName) const;
  bool hasTensor(llvm::StringRef canonicalName) const;
  /// All canonical names, in the order in which the model uses them.
  llvm::ArrayRef<std::string> tensorNames() const { return names; }

  /// The metadata of a GGUF file (its tokenizer is there), or null.
  virtual const GgufFile *gguf() const { return nullptr; }

protected:
  Checkpoint() = default;

  ModelConfig model;
  std::string location;
  std::vector<std::string> names;
  llvm::StringMap<TensorSource> tensors;
};

} // namespace mlir::fot

#endif
