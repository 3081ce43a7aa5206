// The matcher behind special tokens in text.
#include "runtime/text/TokenMatcher.h"

namespace fot::rt {

void TokenMatcher::add(std::string_view spelling, int32_t id) {
  if (spelling.empty()) {
    return;
  }
  uint32_t node = 0;
  for (unsigned char byte : spelling) {
    uint32_t &child = node == 0 ? first[byte] : edges[node * 256ull + byte];
    if (child == 0) {
      child = static_cast<uint32_t>(ids.size());
      ids.push_back(-1);
    }
    node = child;
  }
  if (ids[node] < 0) {
    ids[node] = id;
  }
}

TokenMatcher::Match TokenMatcher::find(std::string_view text,
                                       size_t from) const {
  for (size_t begin = from; begin < text.size(); ++begin) {
    Match best = {text.size(), text.size(), -1};
    uint32_t node = first[static_cast<uint8_t>(text[begin])];
    for (size_t end = begin + 1; node != 0; ++end) {
      if (ids[node] >= 0) {
        best = {begin, end, ids[node]};
      }
      if (end == text.size()) {
        break;
      }
      auto edge = edges.find(node * 256ull + static_cast<uint8_t>(text[end]));
      node = edge == edges.end() ? 0 : edge->second;
    }
    if (best.id >= 0) {
      return best;
    }
  }
  return {text.size(), text.size(), -1};
}

} // namespace fot::rt
