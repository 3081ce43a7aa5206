// BpeMerger: the merge table of a byte-level vocabulary, and the algorithm
// that turns one word into token ids.
#ifndef FOT_RUNTIME_TEXT_BPEMERGER_H
#define FOT_RUNTIME_TEXT_BPEMERGER_H

#include "runtime/base/Status.h"
#include "runtime/text/BpeAsset.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fot::rt {

class BpeMerger {
public:
  /// Builds the table from the normal tokens and the merges of `asset`.
  static StatusOr<BpeMerger> create(const BpeAsset &asset);

  /// Appends the ids of `word`: the pair of the lowest rank, leftmost first, is
  /// merged until none is left. Takes O(n log n) for n bytes. A byte that the
  /// vocabulary lacks becomes the unknown token, or nothing if there is none.
  void appendIds(std::string_view word, std::vector<int32_t> &ids) const;

private:
  /// Symbols are the strings that merging can meet: bytes, halves, results.
  int32_t intern(const std::string &bytes);
  void appendSymbol(int32_t symbol, std::vector<int32_t> &ids) const;

  struct Merge {
    int32_t rank;
    int32_t result;
  };
  std::unordered_map<std::string, int32_t> symbolOf;
  std::vector<const std::string *> bytesOf; // keys of symbolOf
  std::vector<int32_t> tokenOf;             // by symbol; -1: not a token
  std::array<int32_t, 256> symbolOfByte{};
  std::unordered_map<uint64_t, Merge> merges; // left symbol << 32 | right
  bool ignoreMerges = false;
  int32_t unknown = -1;
};

} // namespace fot::rt

#endif
