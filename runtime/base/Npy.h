// NumPy's .npy files: token ids in, logits out.
#ifndef FOT_RUNTIME_BASE_NPY_H
#define FOT_RUNTIME_BASE_NPY_H

#include "runtime/base/FileWriter.h"
#include "runtime/base/Status.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fot::rt {

/// Integers [rows, columns], row-major.
struct IntegerMatrix {
  uint64_t rows = 0;
  uint64_t columns = 0;
  std::vector<int64_t> values;
};

/// Reads a two-dimensional .npy of int32 or int64, little-endian, C order.
StatusOr<IntegerMatrix> readNpyIntegers(const std::string &path);

/// Writes a float32 .npy of a shape known in advance, piece by piece.
class NpyFloatWriter {
public:
  static StatusOr<NpyFloatWriter> create(const std::string &path,
                                         std::span<const uint64_t> shape);
  /// Appends the next values in row-major order.
  Status append(std::span<const float> values);
  /// Makes the file visible; a failure unless exactly all values came.
  Status finish();

private:
  NpyFloatWriter(FileWriter file, std::string path, uint64_t expected)
      : file(std::move(file)), path(std::move(path)), expected(expected) {}

  FileWriter file;
  std::string path;
  uint64_t expected;
  uint64_t written = 0;
};

} // namespace fot::rt

#endif
