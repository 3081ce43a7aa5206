// Writes and extends serialized sentencepiece ModelProtos.
#ifndef FOT_PASSES_IMPORT_TOKENIZER_MODELPROTOWRITER_H
#define FOT_PASSES_IMPORT_TOKENIZER_MODELPROTOWRITER_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlir::fot {

/// A piece of a sentencepiece vocabulary; the types' numbers are the format's.
struct SentencePiece {
  enum class Type {
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6
  };
  std::string text;
  float score = 0;
  Type type = Type::Normal;
};

struct SentencePieceSpec {
  std::vector<SentencePiece> pieces;
  std::optional<int32_t> unk, bos, eos, pad;
  bool addDummyPrefix = true;
};

/// Serialized ModelProto of a BPE model without normalization. Repairs what the
/// library would refuse: empty and repeated pieces become unused ones, exactly
/// one piece is unknown, bos and eos are control pieces, and byte pieces count
/// only when all 256 are there.
std::string writeModelProto(SentencePieceSpec spec);

/// The serialized field that adds `piece` to a model when appended to it.
std::string serializePiece(const SentencePiece &piece);

/// The pieces of a serialized model in order; nothing if `bytes` are none.
std::optional<std::vector<SentencePiece>> readPieces(std::string_view bytes);

} // namespace mlir::fot

#endif
