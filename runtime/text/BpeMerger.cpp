// Byte-pair merging with a heap over a linked list of symbols.
#include "runtime/text/BpeMerger.h"

#include <algorithm>

namespace fot::rt {

namespace {
struct Node {
  int32_t symbol; // -1: merged into the node before it
  int32_t previous, next;
};

/// A possible merge. It is stale when either node has changed since.
struct Candidate {
  int32_t rank;
  int32_t left, right;
  int32_t leftSymbol, rightSymbol;
  int32_t result;
};

/// Order of the heap, whose top is the lowest rank and then the leftmost.
struct Later {
  bool operator()(const Candidate &a, const Candidate &b) const {
    return a.rank != b.rank ? a.rank > b.rank : a.left > b.left;
  }
};
} // namespace

static uint64_t pairKey(int32_t left, int32_t right) {
  return static_cast<uint64_t>(static_cast<uint32_t>(left)) << 32 |
         static_cast<uint32_t>(right);
}

int32_t BpeMerger::intern(const std::string &bytes) {
  auto [at, isNew] =
      symbolOf.emplace(bytes, static_cast<int32_t>(bytesOf.size()));
  if (isNew) {
    bytesOf.push_back(&at->first);
    tokenOf.push_back(-1);
  }
  return at->second;
}

StatusOr<BpeMerger> BpeMerger::create(const BpeAsset &asset) {
  BpeMerger merger;
  merger.ignoreMerges = asset.ignoreMerges;
  merger.unknown = asset.unknown.value_or(-1);
  for (int byte = 0; byte < 256; ++byte) {
    merger.symbolOfByte[byte] =
        merger.intern(std::string(1, static_cast<char>(byte)));
  }
  for (size_t id = 0; id < asset.tokens.size(); ++id) {
    const BpeAsset::Token &token = asset.tokens[id];
    if (token.type != BpeAsset::Type::Normal || token.bytes.empty()) {
      continue;
    }
    int32_t &held = merger.tokenOf[merger.intern(token.bytes)];
    held = held < 0 ? static_cast<int32_t>(id) : held;
  }
  merger.merges.reserve(asset.merges.size());
  for (size_t rank = 0; rank < asset.merges.size(); ++rank) {
    const auto &[left, right] = asset.merges[rank];
    if (left.empty() || right.empty()) {
      return Status::failure("merge " + std::to_string(rank) +
                             " has an empty half");
    }
    int32_t result = merger.intern(left + right);
    merger.merges.emplace(pairKey(merger.intern(left), merger.intern(right)),
                          Merge{static_cast<int32_t>(rank), result});
  }
  return merger;
}

void BpeMerger::appendSymbol(int32_t symbol, std::vector<int32_t> &ids) const {
  if (tokenOf[symbol] >= 0) {
    ids.push_back(tokenOf[symbol]);
    return;
  }
  // A step on the way to longer tokens, or a byte without a token.
  for (unsigned char byte : *bytesOf[symbol]) {
    int32_t id = tokenOf[symbolOfByte[byte]];
    id = id < 0 ? unknown : id;
    if (id >= 0) {
      ids.push_back(id);
    }
  }
}

void BpeMerger::appendIds(std::string_view word,
                          std::vector<int32_t> &ids) const {
  if (ignoreMerges) {
    auto whole = symbolOf.find(std::string(word));
    if (whole != symbolOf.end() && tokenOf[whole->second] >= 0) {
      ids.push_back(tokenOf[whole->second]);
      return;
    }
  }
  int32_t numNodes = static_cast<int32_t>(word.size());
  std::vector<Node> nodes(word.size());
  for (int32_t i = 0; i < numNodes; ++i) {
    nodes[i] = {symbolOfByte[static_cast<uint8_t>(word[i])], i - 1,
                i + 1 < numNodes ? i + 1 : -1};
  }

  std::vector<Candidate> heap;
  auto consider = [&](int32_t left, int32_t right) {
    if (left < 0 || right < 0) {
      return;
    }
    int32_t leftSymbol = nodes[left].symbol, rightSymbol = nodes[right].symbol;
    auto merge = merges.find(pairKey(leftSymbol, rightSymbol));
    if (merge != merges.end()) {
      heap.push_back({merge->second.rank, left, right, leftSymbol, rightSymbol,
                      merge->second.result});
      std::push_heap(heap.begin(), heap.end(), Later());
    }
  };
  for (int32_t i = 0; i + 1 < numNodes; ++i) {
    consider(i, i + 1);
  }
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), Later());
    Candidate best = heap.back();
    heap.pop_back();
    Node &left = nodes[best.left];
    Node &right = nodes[best.right];
    if (left.symbol != best.leftSymbol || right.symbol != best.rightSymbol ||
        left.next != best.right) {
      continue;
    }
    left.symbol = best.result;
    left.next = right.next;
    right.symbol = -1;
    if (left.next >= 0) {
      nodes[left.next].previous = best.left;
    }
    consider(left.previous, best.left);
    consider(best.left, left.next);
  }
  for (int32_t i = numNodes > 0 ? 0 : -1; i >= 0; i = nodes[i].next) {
    appendSymbol(nodes[i].symbol, ids);
  }
}

} // namespace fot::rt
