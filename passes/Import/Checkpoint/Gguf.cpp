// Parses and checks GGUF files. Every count, length and offset is compared
// with what is left of the file before it is used.
#include "passes/Import/Checkpoint/Gguf.h"

#include "passes/Import/Checkpoint/Files.h"
#include "passes/Import/Checkpoint/WeightType.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::fot {

using namespace checkpoint;
using llvm::Twine;
namespace endian = llvm::support::endian;

/// Bytes of a scalar; of a string or array the fewest it can take.
static uint64_t leastBytes(GgufValueType type) {
  switch (type) {
  case GgufValueType::U8:
  case GgufValueType::I8:
  case GgufValueType::Bool:
    return 1;
  case GgufValueType::U16:
  case GgufValueType::I16:
    return 2;
  case GgufValueType::U32:
  case GgufValueType::I32:
  case GgufValueType::F32:
    return 4;
  case GgufValueType::U64:
  case GgufValueType::I64:
  case GgufValueType::F64:
  case GgufValueType::String:
    return 8;
  case GgufValueType::Array:
    return 12;
  }
  return 0;
}

/// Walks the file once. The first thing that does not fit ends the walk: the
/// reading functions then return false and `failure` says why.
class GgufParser {
public:
  explicit GgufParser(GgufFile &file)
      : file(file), bytes(file.buffer->getBufferStart()),
        size(file.buffer->getBufferSize()) {}

  llvm::Error run();

private:
  bool fail(const Twine &message) {
    failure = message.str();
    return false;
  }
  uint64_t left() const { return size - pos; }
  bool need(uint64_t count, const char *what) {
    return count <= left() || fail("the file ends within " + Twine(what) +
                                   " at byte " + Twine(pos));
  }
  bool readU32(uint32_t &value, const char *what) {
    if (!need(4, what)) {
      return false;
    }
    value = endian::read32le(bytes + pos);
    pos += 4;
    return true;
  }
  bool readU64(uint64_t &value, const char *what) {
    if (!need(8, what)) {
      return false;
    }
    value = endian::read64le(bytes + pos);
    pos += 8;
    return true;
  }
  bool readString(llvm::StringRef &text, const char *what) {
    uint64_t length;
    if (!readU64(length, what) || !need(length, what)) {
      return false;
    }
    text = llvm::StringRef(bytes + pos, length);
    pos += length;
    return true;
  }
  bool readType(GgufValueType &type, llvm::StringRef key);
  bool readArray(GgufFile::Value &value, llvm::StringRef key, unsigned depth);
  bool readValue(GgufFile::Value &value, llvm::StringRef key, unsigned depth);
  bool readHeader();
  bool readMetadata();
  bool readTensorInfo(GgufTensor &tensor);
  bool readTensors();
  bool placeTensors();

  GgufFile &file;
  const char *bytes;
  uint64_t size;
  uint64_t pos = 0;
  uint64_t numTensors = 0;
  uint64_t numValues = 0;
  std::string failure;
};

bool GgufParser::readHeader() {
  if (size < 4 || llvm::StringRef(bytes, 4) != "GGUF") {
    return fail("expected a GGUF file, but it does not begin with 'GGUF'");
  }
  pos = 4;
  uint32_t version;
  if (!readU32(version, "the header")) {
    return false;
  }
  if (llvm::byteswap(version) == 2 || llvm::byteswap(version) == 3) {
    return fail("a big-endian GGUF file; only little-endian ones are read");
  }
  if (version != 2 && version != 3) {
    return fail("GGUF version " + Twine(version) +
                ", but only versions 2 and 3 are read");
  }
  file.formatVersion = version;
  if (!readU64(numTensors, "the header") || !readU64(numValues, "the header")) {
    return false;
  }
  // The fewest bytes an entry can take bound the counts.
  if (numValues > left() / 13 || numTensors > left() / 24) {
    return fail("the header announces " + Twine(numTensors) + " tensors and " +
                Twine(numValues) + " metadata values, more than a file of " +
                Twine(size) + " bytes can hold");
  }
  return true;
}

bool GgufParser::readType(GgufValueType &type, llvm::StringRef key) {
  uint32_t number;
  if (!readU32(number, "a metadata type")) {
    return false;
  }
  if (number > static_cast<uint32_t>(GgufValueType::F64)) {
    return fail("metadata " + quoted(key) + " has the unknown type " +
                Twine(number));
  }
  type = static_cast<GgufValueType>(number);
  return true;
}

bool GgufParser::readArray(GgufFile::Value &value, llvm::StringRef key,
                           unsigned depth) {
  constexpr unsigned deepest = 8;
  if (depth > deepest) {
    return fail("metadata " + quoted(key) + " nests arrays more than " +
                Twine(deepest) + " deep");
  }
  if (!readType(value.element, key) ||
      !readU64(value.count, "an array's length")) {
    return false;
  }
  uint64_t each = leastBytes(value.element);
  if (value.count > left() / each) {
    return fail("metadata " + quoted(key) + " announces " + Twine(value.count) +
                " elements, more than the rest of the file can hold");
  }
  value.offset = pos;
  if (value.element != GgufValueType::String &&
      value.element != GgufValueType::Array) {
    pos += value.count * each;
    return true;
  }
  for (uint64_t i = 0; i < value.count; ++i) {
    GgufFile::Value element;
    element.type = value.element;
    if (!readValue(element, key, depth + 1)) {
      return false;
    }
  }
  return true;
}

bool GgufParser::readValue(GgufFile::Value &value, llvm::StringRef key,
                           unsigned depth) {
  if (value.type == GgufValueType::Array) {
    return readArray(value, key, depth);
  }
  value.offset = pos;
  if (value.type == GgufValueType::String) {
    llvm::StringRef text;
    return readString(text, "a metadata string");
  }
  uint64_t width = leastBytes(value.type);
  if (!need(width, "a metadata value")) {
    return false;
  }
  pos += width;
  return true;
}

bool GgufParser::readMetadata() {
  for (uint64_t i = 0; i < numValues; ++i) {
    llvm::StringRef key;
    GgufFile::Value value;
    if (!readString(key, "a metadata key") || !readType(value.type, key) ||
        !readValue(value, key, 1)) {
      return false;
    }
    if (!file.values.try_emplace(key, value).second) {
      return fail("metadata " + quoted(key) + " occurs twice");
    }
    file.keyOrder.push_back(key.str());
  }
  return true;
}

bool GgufParser::readTensorInfo(GgufTensor &tensor) {
  llvm::StringRef name;
  uint32_t rank;
  if (!readString(name, "a tensor's name") ||
      !readU32(rank, "a tensor's rank")) {
    return false;
  }
  tensor.name = name.str();
  if (rank < 1 || rank > 4) {
    return fail("tensor " + quoted(name) + " has rank " + Twine(rank) +
                ", but ranks 1 to 4 are expected");
  }
  std::optional<int64_t> count = 1;
  for (uint32_t d = 0; d < rank; ++d) {
    uint64_t dim;
    if (!readU64(dim, "a tensor's shape")) {
      return false;
    }
    tensor.shape.push_back(static_cast<int64_t>(dim));
    count = dim && count ? checkedProduct(*count, tensor.shape.back())
                         : std::nullopt;
    if (!count) {
      return fail("tensor " + quoted(name) +
                  " has an empty shape or one too large to count");
    }
  }
  // The file has the fastest dimension first.
  std::reverse(tensor.shape.begin(), tensor.shape.end());
  if (!readU32(tensor.ggmlType, "a tensor's type") ||
      !readU64(tensor.offset, "a tensor's offset")) {
    return false;
  }
  std::optional<WeightType> type = weightTypeOfGguf(tensor.ggmlType);
  if (!type) {
    return true;
  }
  if (tensor.shape.back() % blockValues(*type)) {
    return fail("tensor " + quoted(name) + " has rows of " +
                Twine(tensor.shape.back()) + " values, not whole " +
                ggufTypeName(tensor.ggmlType) + " blocks of " +
                Twine(blockValues(*type)));
  }
  std::optional<int64_t> total =
      checkedProduct(*count / blockValues(*type), blockBytes(*type));
  if (!total) {
    return fail("tensor " + quoted(name) + " of shape " +
                shapeText(tensor.shape) + " is too large");
  }
  tensor.bytes = static_cast<uint64_t>(*total);
  return true;
}

bool GgufParser::readTensors() {
  llvm::StringSet<> seen;
  for (uint64_t i = 0; i < numTensors; ++i) {
    GgufTensor tensor;
    if (!readTensorInfo(tensor)) {
      return false;
    }
    if (!seen.insert(tensor.name).second) {
      return fail("tensor " + quoted(tensor.name) + " occurs twice");
    }
    file.table.push_back(std::move(tensor));
  }
  return true;
}

/// Turns offsets into the data section into offsets into the file.
bool GgufParser::placeTensors() {
  constexpr llvm::StringRef key = "general.alignment";
  uint64_t alignment = 32;
  if (file.has(key)) {
    std::optional<uint32_t> given = file.getU32(key);
    if (!given || !llvm::isPowerOf2_32(*given)) {
      return fail("general.alignment is not a power of two");
    }
    alignment = *given;
  }
  // `size` is that of a mapped file, so this sum cannot overflow.
  uint64_t start = llvm::alignTo(pos, alignment);
  std::vector<const GgufTensor *> order;
  for (GgufTensor &tensor : file.table) {
    if (tensor.offset % alignment) {
      return fail("tensor " + quoted(tensor.name) + " has offset " +
                  Twine(tensor.offset) + ", not a multiple of the alignment " +
                  Twine(alignment));
    }
    if (start > size || tensor.offset > size - start ||
        tensor.bytes > size - start - tensor.offset) {
      return fail("tensor " + quoted(tensor.name) + " has " +
                  Twine(tensor.bytes) + " bytes at offset " +
                  Twine(tensor.offset) + " of the data that begins at byte " +
                  Twine(start) + ", beyond the file's end at byte " +
                  Twine(size));
    }
    tensor.offset += start;
    order.push_back(&tensor);
  }
  llvm::sort(order, [](const GgufTensor *a, const GgufTensor *b) {
    return std::tie(a->offset, a->bytes) < std::tie(b->offset, b->bytes);
  });
  for (size_t i = 1; i < order.size(); ++i) {
    if (order[i - 1]->offset + order[i - 1]->bytes > order[i]->offset) {
      return fail("tensors " + quoted(order[i - 1]->name) + " and " +
                  quoted(order[i]->name) + " overlap at byte " +
                  Twine(order[i]->offset));
    }
  }
  return true;
}

llvm::Error GgufParser::run() {
  if (readHeader() && readMetadata() && readTensors() && placeTensors()) {
    return llvm::Error::success();
  }
  return fileError(file.path(), failure);
}

llvm::Expected<std::unique_ptr<GgufFile>>
GgufFile::parse(std::unique_ptr<llvm::MemoryBuffer> buffer) {
  auto file = std::make_unique<GgufFile>();
  file->buffer = std::move(buffer);
  if (llvm::Error error = GgufParser(*file).run()) {
    return error;
  }
  return file;
}

llvm::Expected<std::unique_ptr<GgufFile>> GgufFile::open(llvm::StringRef path) {
  auto buffer = mapFile(path);
  if (!buffer) {
    return buffer.takeError();
  }
  return parse(std::move(*buffer));
}

llvm::ArrayRef<uint8_t> GgufFile::data(const GgufTensor &tensor) const {
  return {reinterpret_cast<const uint8_t *>(buffer->getBufferStart()) +
              tensor.offset,
          static_cast<size_t>(tensor.bytes)};
}

} // namespace mlir::fot
