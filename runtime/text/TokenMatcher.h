// TokenMatcher: finds the spellings of special tokens in text, leftmost first
// and, among those that begin at one place, the longest.
#ifndef FOT_RUNTIME_TEXT_TOKENMATCHER_H
#define FOT_RUNTIME_TEXT_TOKENMATCHER_H

#include <array>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fot::rt {

class TokenMatcher {
public:
  /// Adds a spelling. Empty ones are ignored; of two equal ones the first
  /// stays. All must be added before the first find().
  void add(std::string_view spelling, int32_t id);

  struct Match {
    size_t begin, end;
    int32_t id; // -1: nothing was found; begin and end are the text's end
  };
  /// The first match at or after `from`.
  Match find(std::string_view text, size_t from) const;

private:
  // A trie. Node 0 is the root, whose edges have a table of their own: a place
  // in the text where nothing begins costs one look-up.
  std::array<uint32_t, 256> first{};
  std::unordered_map<uint64_t, uint32_t> edges; // node * 256 + byte
  std::vector<int32_t> ids = {-1};              // by node; -1: no end here
};

} // namespace fot::rt

#endif
