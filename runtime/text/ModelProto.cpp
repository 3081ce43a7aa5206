// A reader for the few protobuf messages that make a sentencepiece model.
#include "runtime/text/ModelProto.h"

#include "runtime/text/Utf8.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>

namespace fot::rt {

// The library recurses along a piece's bytes in rare cases, so a piece must
// not be of any length.
static constexpr size_t maxPieceBytes = 4096;

namespace {
/// One field of a message. `bytes` is the payload of a length-delimited field
/// or the raw bytes of a fixed-width one; `number` a varint's value.
struct Field {
  uint32_t id;
  uint32_t wireType;
  uint64_t number;
  std::string_view bytes;
};

class MessageReader {
public:
  explicit MessageReader(std::string_view bytes) : rest(bytes) {}
  bool atEnd() const { return rest.empty(); }

  /// The next field, or nothing if the bytes are no message.
  std::optional<Field> next() {
    std::optional<uint64_t> tag = varint();
    if (!tag || *tag >> 3 == 0 || *tag > UINT32_MAX) {
      return std::nullopt;
    }
    Field field{static_cast<uint32_t>(*tag >> 3),
                static_cast<uint32_t>(*tag & 7),
                0,
                {}};
    uint64_t length = 0;
    switch (field.wireType) {
    case 0: {
      std::optional<uint64_t> value = varint();
      if (!value) {
        return std::nullopt;
      }
      field.number = *value;
      return field;
    }
    case 1:
      length = 8;
      break;
    case 2: {
      std::optional<uint64_t> value = varint();
      if (!value) {
        return std::nullopt;
      }
      length = *value;
      break;
    }
    case 5:
      length = 4;
      break;
    default:
      return std::nullopt;
    }
    if (length > rest.size()) {
      return std::nullopt;
    }
    field.bytes = rest.substr(0, length);
    rest.remove_prefix(length);
    return field;
  }

private:
  std::optional<uint64_t> varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64 && !rest.empty(); shift += 7) {
      uint8_t byte = static_cast<uint8_t>(rest.front());
      rest.remove_prefix(1);
      value |= static_cast<uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) {
        return value;
      }
    }
    return std::nullopt;
  }

  std::string_view rest;
};
} // namespace

static Status damaged(const std::string &what) {
  return Status::failure("sentencepiece model: " + what);
}

static Status readPiece(std::string_view bytes, size_t index,
                        ModelProto &model) {
  std::string where = "piece " + std::to_string(index);
  MessageReader reader(bytes);
  ModelProto::Piece piece;
  while (!reader.atEnd()) {
    std::optional<Field> field = reader.next();
    if (!field) {
      return damaged(where + " is cut or damaged");
    }
    if (field->id == 1 && field->wireType == 2) {
      piece.text = field->bytes;
    } else if (field->id == 2 && field->wireType == 5) {
      float score = 0;
      std::memcpy(&score, field->bytes.data(), sizeof(score));
      if (!std::isfinite(score)) {
        return damaged(where + " has a score that is not finite");
      }
    } else if (field->id == 3 && field->wireType == 0) {
      if (field->number < 1 || field->number > 6) {
        return damaged(where + " has the unknown type " +
                       std::to_string(field->number));
      }
      piece.type = static_cast<ModelProto::Type>(field->number);
    }
  }
  if (piece.text.empty() || piece.text.size() > maxPieceBytes) {
    return damaged(where + " has " + std::to_string(piece.text.size()) +
                   " bytes; expected 1 to " + std::to_string(maxPieceBytes));
  }
  if (!isValidUtf8(piece.text) || piece.text.find('\0') != std::string::npos) {
    return damaged(where + " is not valid UTF-8");
  }
  model.pieces.push_back(std::move(piece));
  return Status();
}

static uint32_t unitAt(std::string_view trie, size_t index) {
  uint32_t unit = 0;
  std::memcpy(&unit, trie.data() + 4 * index, sizeof(unit));
  return unit;
}

/// A table is a length, a double-array trie of that many bytes, and the
/// NUL-terminated strings that the trie's values point into. The library walks
/// it without looking, so no unit may lead outside.
static Status checkCharsMap(std::string_view table) {
  if (table.empty()) {
    return Status();
  }
  uint32_t trieBytes = 0;
  if (table.size() > 4) {
    std::memcpy(&trieBytes, table.data(), sizeof(trieBytes));
  }
  if (trieBytes == 0 || trieBytes % 1024 != 0 ||
      trieBytes >= table.size() - 4) {
    return damaged("the normalization table of " +
                   std::to_string(table.size()) + " bytes is damaged");
  }
  std::string_view trie = table.substr(4, trieBytes);
  std::string_view strings = table.substr(4 + trieBytes);
  size_t numUnits = trieBytes / 4;
  bool good = strings.back() == '\0';
  for (size_t i = 0; good && i < numUnits; ++i) {
    uint32_t unit = unitAt(trie, i);
    if (unit >> 31) {
      continue; // a value, never walked through
    }
    size_t target = i ^ ((unit >> 10) << ((unit & 0x200) >> 6));
    good = (target | 0xFF) < numUnits;
    if (good && (unit & 0x100)) {
      good = (unitAt(trie, target) & 0x7FFFFFFF) < strings.size();
    }
  }
  return good ? Status()
              : damaged("a reference of the normalization table leads outside "
                        "of it");
}

static Status readNormalizer(std::string_view bytes, bool isNormalizer,
                             ModelProto &model) {
  MessageReader reader(bytes);
  while (!reader.atEnd()) {
    std::optional<Field> field = reader.next();
    if (!field) {
      return damaged("the normalizer is cut or damaged");
    }
    if (field->id == 2 && field->wireType == 2) {
      FOT_RETURN_IF_ERROR(checkCharsMap(field->bytes));
    } else if (isNormalizer && field->id == 3 && field->wireType == 0) {
      model.addDummyPrefix = field->number != 0;
    } else if (isNormalizer && field->id == 4 && field->wireType == 0) {
      model.removeExtraWhitespaces = field->number != 0;
    }
  }
  return Status();
}

StatusOr<ModelProto> readModelProto(std::string_view bytes) {
  if (bytes.size() > INT32_MAX) {
    return damaged("expected less than 2 GiB, found " +
                   std::to_string(bytes.size()) + " bytes");
  }
  ModelProto model;
  MessageReader reader(bytes);
  while (!reader.atEnd()) {
    std::optional<Field> field = reader.next();
    if (!field) {
      return damaged("its " + std::to_string(bytes.size()) +
                     " bytes are cut or damaged");
    }
    if (field->wireType != 2) {
      continue;
    }
    if (field->id == 1) {
      FOT_RETURN_IF_ERROR(readPiece(field->bytes, model.pieces.size(), model));
    } else if (field->id == 3 || field->id == 5) {
      FOT_RETURN_IF_ERROR(readNormalizer(field->bytes, field->id == 3, model));
    }
  }
  if (model.pieces.empty()) {
    return damaged("expected pieces, found none in " +
                   std::to_string(bytes.size()) + " bytes");
  }
  return model;
}

} // namespace fot::rt
