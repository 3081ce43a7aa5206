// Sums over heads and layers first, then over neighbours.
#include "runtime/session/Passages.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace fot::rt {

/// Query heads that share a key-value head.
static uint32_t groupOf(const Session &session) {
  const schema::Model &model = *session.module().artifact().header().model();
  return model.heads() / model.kv_heads();
}

std::map<uint64_t, double> retrievedShares(const Session &session) {
  std::map<uint64_t, double> shares;
  uint32_t group = groupOf(session);
  for (const MemoryBank &bank : session.memories()) {
    std::optional<Retrieval> retrieval = bank.retrieved();
    if (!retrieval) {
      continue;
    }
    for (uint32_t owned : bank.heads()) {
      for (uint32_t head = owned * group; head < (owned + 1) * group; ++head) {
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
  return shares;
}

std::vector<Passage> retrievedPassages(const Session &session, size_t most) {
  std::map<uint64_t, double> shares = retrievedShares(session);
  uint64_t numHeads = 0; // query heads with a memory
  for (const MemoryBank &bank : session.memories()) {
    numHeads += bank.retrieved() ? bank.heads().size() * groupOf(session) : 0;
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
