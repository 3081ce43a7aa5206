// The .npy header is a Python dictionary in text; this reads the three keys
// that the format defines and nothing else.
#include "runtime/base/Npy.h"

#include "runtime/base/Checked.h"
#include "runtime/base/MappedFile.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>

namespace fot::rt {

static constexpr std::string_view kMagic = "\x93NUMPY";

namespace {
struct Header {
  std::string descr;
  bool fortranOrder = false;
  std::vector<uint64_t> shape;
};

/// Reads `{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }`.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text(text) {}

  std::optional<Header> parse() {
    Header header;
    bool seen[3] = {};
    if (!take('{')) {
      return std::nullopt;
    }
    while (!take('}')) {
      auto key = quoted();
      if (!key || !take(':')) {
        return std::nullopt;
      }
      if (*key == "descr") {
        auto value = quoted();
        if (!value) {
          return std::nullopt;
        }
        header.descr = *value;
        seen[0] = true;
      } else if (*key == "fortran_order") {
        bool yes = word("True");
        if (!yes && !word("False")) {
          return std::nullopt;
        }
        header.fortranOrder = yes;
        seen[1] = true;
      } else if (*key == "shape") {
        if (!shape(header.shape)) {
          return std::nullopt;
        }
        seen[2] = true;
      } else {
        return std::nullopt;
      }
      if (!take(',') && !peek('}')) {
        return std::nullopt;
      }
    }
    if (!seen[0] || !seen[1] || !seen[2]) {
      return std::nullopt;
    }
    return header;
  }

private:
  void skipSpace() {
    while (!text.empty() && (text[0] == ' ' || text[0] == '\n')) {
      text.remove_prefix(1);
    }
  }
  bool peek(char c) {
    skipSpace();
    return !text.empty() && text[0] == c;
  }
  bool take(char c) {
    if (!peek(c)) {
      return false;
    }
    text.remove_prefix(1);
    return true;
  }
  bool word(std::string_view expected) {
    skipSpace();
    if (!text.starts_with(expected)) {
      return false;
    }
    text.remove_prefix(expected.size());
    return true;
  }
  std::optional<std::string> quoted() {
    skipSpace();
    if (text.empty() || (text[0] != '\'' && text[0] != '"')) {
      return std::nullopt;
    }
    size_t end = text.find(text[0], 1);
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    std::string value(text.substr(1, end - 1));
    text.remove_prefix(end + 1);
    return value;
  }
  bool shape(std::vector<uint64_t> &sizes) {
    if (!take('(')) {
      return false;
    }
    while (!take(')')) {
      skipSpace();
      uint64_t size;
      auto [end, error] =
          std::from_chars(text.data(), text.data() + text.size(), size);
      if (error != std::errc()) {
        return false;
      }
      text.remove_prefix(static_cast<size_t>(end - text.data()));
      sizes.push_back(size);
      if (!take(',') && !peek(')')) {
        return false;
      }
    }
    return true;
  }

  std::string_view text;
};
} // namespace

static std::string describeShape(std::span<const uint64_t> shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    text += (i ? ", " : "") + std::to_string(shape[i]);
  }
  return text + "]";
}

StatusOr<IntegerMatrix> readNpyIntegers(const std::string &path) {
  FOT_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(path));
  std::span<const std::byte> bytes = file.bytes();
  auto failure = [&](const std::string &sentence) {
    return Status::failure(path + ": " + sentence);
  };
  if (bytes.size() < 10 ||
      std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0) {
    return failure("expected a NumPy .npy file, but it does not start like "
                   "one");
  }
  auto byteAt = [&](size_t i) { return static_cast<uint64_t>(bytes[i]); };
  uint64_t version = byteAt(6);
  size_t start = version == 1 ? 10 : 12;
  if (version < 1 || version > 3 || bytes.size() < start) {
    return failure("expected .npy format 1, 2 or 3, found " +
                   std::to_string(version));
  }
  uint64_t length = byteAt(8) | byteAt(9) << 8;
  if (version > 1) {
    length |= byteAt(10) << 16 | byteAt(11) << 24;
  }
  if (!rangeFits(start, length, bytes.size())) {
    return failure("the file ends inside its header, at byte " +
                   std::to_string(bytes.size()));
  }
  std::string_view text(reinterpret_cast<const char *>(bytes.data()) + start,
                        length);
  std::optional<Header> header = HeaderParser(text).parse();
  if (!header) {
    return failure("the .npy header at byte " + std::to_string(start) +
                   " is not understood");
  }
  uint64_t elementBytes = header->descr == "<i4"   ? 4
                          : header->descr == "<i8" ? 8
                                                   : 0;
  if (elementBytes == 0) {
    return failure("expected elements of type int32 or int64 (<i4 or <i8), "
                   "found '" +
                   header->descr + "'");
  }
  if (header->shape.size() != 2) {
    return failure("expected a shape [B, N], found " +
                   describeShape(header->shape));
  }
  if (header->fortranOrder) {
    return failure("expected C order, found Fortran order");
  }
  IntegerMatrix matrix;
  matrix.rows = header->shape[0];
  matrix.columns = header->shape[1];
  auto count = checkedMultiply(matrix.rows, matrix.columns);
  auto needed = count ? checkedMultiply(*count, elementBytes) : std::nullopt;
  uint64_t present = bytes.size() - start - length;
  if (!needed || *needed != present) {
    return failure("a shape of " + describeShape(header->shape) + " needs " +
                   (needed ? std::to_string(*needed) : "too many") +
                   " bytes of data, the file has " + std::to_string(present));
  }
  matrix.values.resize(*count);
  const std::byte *data = bytes.data() + start + length;
  for (uint64_t i = 0; i < *count; ++i) {
    if (elementBytes == 4) {
      int32_t value;
      std::memcpy(&value, data + i * 4, 4);
      matrix.values[i] = value;
    } else {
      std::memcpy(&matrix.values[i], data + i * 8, 8);
    }
  }
  return matrix;
}

StatusOr<NpyFloatWriter>
NpyFloatWriter::create(const std::string &path,
                       std::span<const uint64_t> shape) {
  uint64_t count = 1;
  std::string sizes;
  for (uint64_t size : shape) {
    auto product = checkedMultiply(count, size);
    if (!product) {
      return Status::failure(path + ": a shape of " + describeShape(shape) +
                             " is too large for any file");
    }
    count = *product;
    sizes += std::to_string(size) + (shape.size() == 1 ? "," : ", ");
  }
  if (shape.size() > 1) {
    sizes.resize(sizes.size() - 2);
  }
  std::string header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (" + sizes + "), }";
  // The data starts at a multiple of 64; the header ends with a newline.
  size_t padded = alignUp(10 + header.size() + 1, 64) - 10;
  header.resize(padded - 1, ' ');
  header += '\n';
  std::string start(kMagic);
  start += {'\1', '\0', static_cast<char>(padded & 0xff),
            static_cast<char>(padded >> 8)};
  FOT_ASSIGN_OR_RETURN(FileWriter file, FileWriter::create(path));
  FOT_RETURN_IF_ERROR(file.write(start + header));
  return NpyFloatWriter(std::move(file), path, count);
}

Status NpyFloatWriter::append(std::span<const float> values) {
  written += values.size();
  return file.write(std::as_bytes(values));
}

Status NpyFloatWriter::finish() {
  if (written != expected) {
    return Status::failure(path + ": expected " + std::to_string(expected) +
                           " values, " + std::to_string(written) +
                           " were written");
  }
  return file.commit();
}

} // namespace fot::rt
