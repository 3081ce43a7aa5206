// Parses and checks safetensors files: eight bytes of header length, a JSON
// header, then the tensors' bytes, which must tile the rest of the file.
#include "passes/Import/Checkpoint/SafeTensors.h"

#include "passes/Import/Checkpoint/Files.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"

namespace mlir::fot {

using namespace checkpoint;
using llvm::Twine;

/// Bytes of one element; 0 for a type that we cannot size.
static int64_t elementBytes(llvm::StringRef dtype) {
  return llvm::StringSwitch<int64_t>(dtype)
      .Cases({"BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0"}, 1)
      .Cases({"U16", "I16", "F16", "BF16"}, 2)
      .Cases({"U32", "I32", "F32"}, 4)
      .Cases({"U64", "I64", "F64", "C64"}, 8)
      .Default(0);
}

/// Reads one entry of the header. `dataStart` and `dataBytes` are the place
/// and the size of the block that its offsets count in.
static llvm::Expected<SafeTensor> readEntry(llvm::StringRef file,
                                            llvm::StringRef name,
                                            const llvm::json::Value &value,
                                            uint64_t dataStart,
                                            uint64_t dataBytes) {
  auto wrong = [&](const Twine &message) {
    return fileError(file, "tensor " + quoted(name) + ": " + message);
  };
  const llvm::json::Object *object = value.getAsObject();
  if (!object) {
    return wrong("expected an object with dtype, shape and data_offsets");
  }
  std::optional<llvm::StringRef> dtype = object->getString("dtype");
  const llvm::json::Array *shape = object->getArray("shape");
  const llvm::json::Array *offsets = object->getArray("data_offsets");
  if (!dtype || !shape || !offsets || offsets->size() != 2) {
    return wrong("expected dtype, shape and two data_offsets");
  }

  SafeTensor tensor;
  tensor.dtype = dtype->str();
  std::optional<int64_t> count = 1;
  for (const llvm::json::Value &size : *shape) {
    std::optional<int64_t> dim = size.getAsInteger();
    if (!dim || *dim < 0) {
      return wrong("expected a shape of non-negative integers");
    }
    tensor.shape.push_back(*dim);
    count = count ? checkedProduct(*count, *dim) : std::nullopt;
  }

  std::optional<int64_t> begin = (*offsets)[0].getAsInteger();
  std::optional<int64_t> end = (*offsets)[1].getAsInteger();
  if (!begin || !end || *begin < 0 || *end < *begin ||
      static_cast<uint64_t>(*end) > dataBytes) {
    return wrong("expected data_offsets in order and within the file's " +
                 Twine(dataBytes) + " bytes of data");
  }
  tensor.offset = dataStart + *begin;
  tensor.bytes = *end - *begin;

  if (int64_t each = elementBytes(*dtype)) {
    std::optional<int64_t> needed =
        count ? checkedProduct(*count, each) : std::nullopt;
    if (!needed || static_cast<uint64_t>(*needed) != tensor.bytes) {
      return wrong("a " + *dtype + " of shape " + shapeText(tensor.shape) +
                   " does not have the " + Twine(tensor.bytes) +
                   " bytes that data_offsets give it");
    }
  }
  return tensor;
}

/// The format has neither overlaps nor holes: every byte is one tensor's.
static llvm::Error checkTiling(llvm::StringRef file,
                               const llvm::StringMap<SafeTensor> &table,
                               uint64_t dataStart, uint64_t fileBytes) {
  std::vector<std::pair<uint64_t, const llvm::StringMapEntry<SafeTensor> *>>
      order;
  for (const auto &entry : table) {
    order.push_back({entry.second.offset, &entry});
  }
  llvm::sort(order, [](const auto &a, const auto &b) {
    // Empty tensors may share their place with the next one.
    return std::tie(a.first, a.second->second.bytes) <
           std::tie(b.first, b.second->second.bytes);
  });
  uint64_t next = dataStart;
  for (const auto &[offset, entry] : order) {
    if (offset != next) {
      return fileError(file, "tensor " + quoted(entry->first()) +
                                 " should begin at byte " + Twine(next) +
                                 ", where the one before it ends, but begins "
                                 "at byte " +
                                 Twine(offset));
    }
    next += entry->second.bytes;
  }
  if (next != fileBytes) {
    return fileError(file, "the tensors end at byte " + Twine(next) +
                               ", but the file has " + Twine(fileBytes) +
                               " bytes");
  }
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<SafeTensorsFile>>
SafeTensorsFile::parse(std::unique_ptr<llvm::MemoryBuffer> buffer) {
  auto file = std::make_unique<SafeTensorsFile>();
  file->buffer = std::move(buffer);
  llvm::StringRef path = file->path();
  llvm::StringRef bytes = file->buffer->getBuffer();
  constexpr uint64_t lengthBytes = 8;
  if (bytes.size() < lengthBytes) {
    return fileError(path, "expected a safetensors file, found only " +
                               Twine(bytes.size()) + " bytes");
  }
  uint64_t headerBytes = llvm::support::endian::read64le(bytes.data());
  // The limit is the format's own.
  constexpr uint64_t largestHeader = 100'000'000;
  if (headerBytes > bytes.size() - lengthBytes || headerBytes > largestHeader) {
    return fileError(path, "the header should have " + Twine(headerBytes) +
                               " bytes, but the file has " +
                               Twine(bytes.size()) +
                               (headerBytes > largestHeader
                                    ? " and a header at most 100000000"
                                    : ""));
  }
  llvm::Expected<llvm::json::Object> header =
      parseJsonObject(bytes.substr(lengthBytes, headerBytes), path);
  if (!header) {
    return header.takeError();
  }
  uint64_t dataStart = lengthBytes + headerBytes;
  for (const auto &[key, value] : *header) {
    if (key == "__metadata__") {
      continue;
    }
    llvm::Expected<SafeTensor> tensor =
        readEntry(path, key, value, dataStart, bytes.size() - dataStart);
    if (!tensor) {
      return tensor.takeError();
    }
    file->table.try_emplace(key, std::move(*tensor));
  }
  if (llvm::Error error =
          checkTiling(path, file->table, dataStart, bytes.size())) {
    return error;
  }
  return file;
}

llvm::Expected<std::unique_ptr<SafeTensorsFile>>
SafeTensorsFile::open(llvm::StringRef path) {
  auto buffer = mapFile(path);
  if (!buffer) {
    return buffer.takeError();
  }
  return parse(std::move(*buffer));
}

const SafeTensor *SafeTensorsFile::find(llvm::StringRef name) const {
  auto it = table.find(name);
  return it == table.end() ? nullptr : &it->second;
}

llvm::ArrayRef<uint8_t> SafeTensorsFile::data(const SafeTensor &tensor) const {
  return {reinterpret_cast<const uint8_t *>(buffer->getBufferStart()) +
              tensor.offset,
          static_cast<size_t>(tensor.bytes)};
}

} // namespace mlir::fot
