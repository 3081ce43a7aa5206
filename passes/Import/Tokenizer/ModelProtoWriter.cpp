// Just enough protobuf for sentencepiece's ModelProto.
#include "passes/Import/Tokenizer/ModelProtoWriter.h"

#include <cstring>
#include <unordered_set>

namespace mlir::fot {

// Field numbers of sentencepiece_model.proto.
namespace {
enum ModelField { Pieces = 1, TrainerSpec = 2, NormalizerSpec = 3 };
enum PieceField { Text = 1, Score = 2, Type = 3 };
enum TrainerField {
  ModelType = 3,
  VocabSize = 4,
  ByteFallback = 35,
  UnkId = 40,
  BosId = 41,
  EosId = 42,
  PadId = 43,
  UnkPiece = 45,
  BosPiece = 46,
  EosPiece = 47,
  PadPiece = 48
};
enum NormalizerField {
  Name = 1,
  AddDummyPrefix = 3,
  RemoveExtraWhitespaces = 4,
  EscapeWhitespaces = 5
};

/// Builds one message.
struct Message {
  std::string bytes;

  void varint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
      bytes.push_back(static_cast<char>(value | 0x80));
    }
    bytes.push_back(static_cast<char>(value));
  }
  void number(int field, int64_t value) {
    varint(static_cast<uint64_t>(field) << 3);
    varint(static_cast<uint64_t>(value));
  }
  void text(int field, std::string_view value) {
    varint(static_cast<uint64_t>(field) << 3 | 2);
    varint(value.size());
    bytes += value;
  }
  void real(int field, float value) {
    varint(static_cast<uint64_t>(field) << 3 | 5);
    uint32_t bits = 0;
    std::memcpy(&bits, &value, sizeof(bits));
    for (int i = 0; i < 4; ++i) {
      bytes.push_back(static_cast<char>(bits >> (8 * i)));
    }
  }
};
} // namespace

std::string serializePiece(const SentencePiece &piece) {
  Message inner, outer;
  inner.text(Text, piece.text);
  inner.real(Score, piece.score);
  inner.number(Type, static_cast<int>(piece.type));
  outer.text(Pieces, inner.bytes);
  return std::move(outer.bytes);
}

static void repair(SentencePieceSpec &spec) {
  using Type = SentencePiece::Type;
  std::vector<SentencePiece> &pieces = spec.pieces;
  auto inRange = [&](std::optional<int32_t> &id) {
    if (id && (*id < 0 || static_cast<size_t>(*id) >= pieces.size())) {
      id.reset();
    }
  };
  inRange(spec.unk);
  inRange(spec.bos);
  inRange(spec.eos);
  inRange(spec.pad);

  size_t numBytes = 0;
  std::unordered_set<std::string> seen;
  for (size_t id = 0; id < pieces.size(); ++id) {
    SentencePiece &piece = pieces[id];
    if (piece.text.empty() || !seen.insert(piece.text).second) {
      piece.text = "<unused " + std::to_string(id) + ">";
      piece.type = Type::Control;
      seen.insert(piece.text);
    }
    numBytes += piece.type == Type::Byte;
    if (!spec.unk && piece.type == Type::Unknown) {
      spec.unk = static_cast<int32_t>(id);
    }
  }
  if (!spec.unk) {
    pieces.push_back({"<unk>", 0, Type::Unknown});
    while (!seen.insert(pieces.back().text).second) {
      pieces.back().text.push_back('>');
    }
    spec.unk = static_cast<int32_t>(pieces.size() - 1);
  }
  for (SentencePiece &piece : pieces) {
    if (piece.type == Type::Unknown ||
        (piece.type == Type::Byte && numBytes != 256)) {
      piece.type = Type::Control;
    }
  }
  if (spec.bos) {
    pieces[*spec.bos].type = Type::Control;
  }
  if (spec.eos) {
    pieces[*spec.eos].type = Type::Control;
  }
  pieces[*spec.unk].type = Type::Unknown;
}

std::string writeModelProto(SentencePieceSpec spec) {
  repair(spec);
  Message model;
  bool hasBytes = false;
  for (const SentencePiece &piece : spec.pieces) {
    hasBytes |= piece.type == SentencePiece::Type::Byte;
    model.bytes += serializePiece(piece);
  }
  Message trainer;
  trainer.number(ModelType, 2); // BPE
  trainer.number(VocabSize, static_cast<int64_t>(spec.pieces.size()));
  trainer.number(ByteFallback, hasBytes);
  auto special = [&](int idField, int pieceField, std::string_view none,
                     const std::optional<int32_t> &id) {
    trainer.number(idField, id.value_or(-1));
    trainer.text(pieceField, id ? spec.pieces[*id].text : none);
  };
  special(UnkId, UnkPiece, "", spec.unk);
  special(BosId, BosPiece, "<no bos>", spec.bos);
  special(EosId, EosPiece, "<no eos>", spec.eos);
  special(PadId, PadPiece, "<no pad>", spec.pad);
  model.text(TrainerSpec, trainer.bytes);

  Message normalizer;
  normalizer.text(Name, "identity");
  normalizer.number(AddDummyPrefix, spec.addDummyPrefix);
  normalizer.number(RemoveExtraWhitespaces, 0);
  normalizer.number(EscapeWhitespaces, 1);
  model.text(NormalizerSpec, normalizer.bytes);
  return std::move(model.bytes);
}

static std::optional<uint64_t> takeVarint(std::string_view &bytes) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    uint8_t byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) {
      return value;
    }
  }
  return std::nullopt;
}

/// Calls use(field, wire type, number, payload) for each field of a message.
template <typename Use>
static bool forEachField(std::string_view bytes, Use use) {
  while (!bytes.empty()) {
    std::optional<uint64_t> tag = takeVarint(bytes);
    std::optional<uint64_t> number = 0;
    uint64_t length = 0;
    unsigned wire = tag ? *tag & 7 : 7;
    if (wire == 0 || wire == 2) {
      number = takeVarint(bytes);
      length = wire == 2 ? number.value_or(0) : 0;
    } else if (wire == 1 || wire == 5) {
      length = wire == 1 ? 8 : 4;
    } else {
      return false;
    }
    if (!number || length > bytes.size()) {
      return false;
    }
    if (!use(*tag >> 3, wire, *number, bytes.substr(0, length))) {
      return false;
    }
    bytes.remove_prefix(length);
  }
  return true;
}

std::optional<std::vector<SentencePiece>> readPieces(std::string_view bytes) {
  std::vector<SentencePiece> pieces;
  bool good = forEachField(bytes, [&](uint64_t field, unsigned wire, uint64_t,
                                      std::string_view payload) {
    if (field != Pieces || wire != 2) {
      return true;
    }
    SentencePiece piece;
    bool whole =
        forEachField(payload, [&](uint64_t field, unsigned wire,
                                  uint64_t number, std::string_view bytes) {
          if (field == Text && wire == 2) {
            piece.text = bytes;
          } else if (field == Score && wire == 5) {
            std::memcpy(&piece.score, bytes.data(), sizeof(piece.score));
          } else if (field == Type && wire == 0) {
            piece.type = static_cast<SentencePiece::Type>(number);
          }
          return true;
        });
    pieces.push_back(std::move(piece));
    return whole;
  });
  if (!good || pieces.empty()) {
    return std::nullopt;
  }
  return pieces;
}

} // namespace mlir::fot
