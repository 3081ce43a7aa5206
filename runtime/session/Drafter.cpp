// Guesses what comes next from what came after the retrieved entries.
#include "runtime/session/Drafter.h"

#include "runtime/session/Passages.h"

#include <algorithm>
#include <map>

namespace fot::rt {

/// The token of an entry and those behind it in its text, as far as one segment
/// has them.
static std::span<const int32_t> textFrom(const Session &session,
                                         uint64_t entry) {
  if (entry >= session.memoryLength()) {
    return {};
  }
  MemorySource source = session.source(entry);
  return source.tokens.subspan(source.token - source.firstToken);
}

/// The entry behind the one that speaks for `next`.
std::optional<uint64_t> Drafter::vote(int32_t next) const {
  std::map<uint64_t, double> votes; // by entry behind `next`
  for (auto [entry, share] : retrievedShares(session)) {
    std::span<const int32_t> text = textFrom(session, entry);
    for (uint64_t behind : {0, 1}) {
      if (behind < text.size() && text[behind] == next) {
        votes[entry + behind + 1] += share;
        break;
      }
    }
  }
  auto best = std::max_element(
      votes.begin(), votes.end(),
      [](const auto &a, const auto &b) { return a.second < b.second; });
  return best == votes.end() ? std::nullopt : std::optional(best->first);
}

std::span<const int32_t> Drafter::draft(int32_t next, bool decoded) {
  tokens.clear();
  std::optional<uint64_t> start;
  if (following) {
    std::span<const int32_t> text = textFrom(session, *following);
    if (!text.empty() && text[0] == next) {
      start = *following + 1;
    }
  }
  following.reset();
  if (!start && decoded) {
    start = vote(next);
  }
  if (!start) {
    return {};
  }
  drafted = *start;
  // Nothing compared a bank's tokens with their checksum when it was opened.
  uint32_t vocab = session.module().artifact().header().model()->vocab();
  for (int32_t token : textFrom(session, drafted)) {
    if (tokens.size() == std::min(most, length) || token < 0 ||
        static_cast<uint32_t>(token) >= vocab) {
      break;
    }
    tokens.push_back(token);
  }
  return tokens;
}

void Drafter::accept(uint64_t count) {
  following = drafted + count;
  length = count < tokens.size() ? std::max<uint64_t>(count, 1)
                                 : std::min(2 * length, most);
}

} // namespace fot::rt
