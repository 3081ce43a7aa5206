// Checks the bytes of a sentencepiece ModelProto before the library sees them:
// the library trusts parts of a model that a damaged file can turn against it.
#ifndef FOT_RUNTIME_TEXT_MODELPROTO_H
#define FOT_RUNTIME_TEXT_MODELPROTO_H

#include "runtime/base/Status.h"

#include <string>
#include <string_view>
#include <vector>

namespace fot::rt {

/// The part of a ModelProto that the tokenizer reads for itself.
struct ModelProto {
  /// Numbers of the format.
  enum class Type {
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6
  };
  struct Piece {
    std::string text;
    Type type = Type::Normal;
  };
  std::vector<Piece> pieces;
  bool addDummyPrefix = true, removeExtraWhitespaces = true;
};

/// Reads and checks serialized bytes: whole fields, at least one piece, pieces
/// that are short valid UTF-8 with finite scores, normalization tables whose
/// every reference lies inside them.
StatusOr<ModelProto> readModelProto(std::string_view bytes);

} // namespace fot::rt

#endif
