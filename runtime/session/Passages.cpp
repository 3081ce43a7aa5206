// Sums over heads and layers first, then over neighbours.
#include "runtime/session/Passages.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace fot::rt {

/// Attention of each entry, summed over the heads that retrieved it; adds the
/// number of query heads with a memory to `numHeads`.
static void addShares(const Session &session, const MemoryBank &bank,
                      std::map<uint64_t, double> &shares, uint64_t &numHeads) {
  auto retrieval = bank.retrieved();
  if (!retrieval) {
    return;
  }
  const schema::Model &model = *session.module().artifact().header().model();
  uint32_t group = model.heads() / model.kv_heads();
  for (uint32_t owned : bank.heads()) {
    for (uint32_t head = owned * group; head < (owned + 1) * group; ++head) {
      ++numHeads;
      double largest = retrieval->softmax[head * 2];
      double sum = retrieval->softmax[head * 2 + 1];
      for (uint32_t i = 0; i < retrieval->topK; ++i) {
        size_t at = size_t(head) * retrieval->topK + i;
        int64_t entry = retrieval->entries[at];
        double share = std::exp(retrieval->logits[at] - largest) / sum;
        if (entry >= 0 && std::isfinite(share)) {
          shares[static_cast<uint64_t>(entry)] += share;
        }
      }
    }
  }
}

std::vector<Passage> retrievedPassages(const Session &session, size_t most) {
  std::map<uint64_t, double> shares;
  uint64_t numHeads = 0;
  for (const MemoryBank &bank : session.memories()) {
    addShares(session, bank, shares, numHeads);
  }
  std::vector<Passage> passages;
  MemorySource begin; // of the passage that grows
  for (auto [entry, share] : shares) {
    MemorySource source = session.source(entry);
    bool joins = !passages.empty() && source.bank == begin.bank &&
                 source.documentNumber == begin.documentNumber &&
                 source.token >= begin.token &&
                 source.token - begin.token < kPassageTokens &&
                 entry - passages.back().firstEntry < kPassageTokens;
    if (!joins) {
      passages.push_back({0, entry, entry});
      begin = source;
    }
    passages.back().share += share / static_cast<double>(numHeads);
    passages.back().lastEntry = entry;
  }
  std::sort(passages.begin(), passages.end(),
            [](const Passage &a, const Passage &b) {
              return a.share != b.share ? a.share > b.share
                                        : a.firstEntry < b.firstEntry;
            });
  passages.resize(std::min(passages.size(), most));
  return passages;
}

} // namespace fot::rt
