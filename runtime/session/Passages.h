// What a decode call looked up, told in passages of documents.
#ifndef FOT_RUNTIME_SESSION_PASSAGES_H
#define FOT_RUNTIME_SESSION_PASSAGES_H

#include "runtime/session/Session.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

namespace fot::rt {

/// The attention that the last decode call gave to each entry of the memory,
/// bank-wide, summed over the layers' and query heads' softmax shares. Empty
/// before the first decode and for a dense memory.
std::map<uint64_t, double> retrievedShares(const Session &session);

/// Most tokens between the first and the last entry of a passage.
constexpr uint64_t kPassageTokens = 32;

/// Entries that were retrieved and lie close together in one document.
struct Passage {
  /// Part of the attention of all query heads with a memory, in all layers
  /// together, 0 to 1.
  double share = 0;
  /// Memory entries of the first and the last token, bank-wide.
  uint64_t firstEntry = 0, lastEntry = 0;
};

/// The passages that the last decode call gave most attention to, most first,
/// at most `most`. None before the first decode and for a dense memory.
std::vector<Passage> retrievedPassages(const Session &session, size_t most);

} // namespace fot::rt

#endif
