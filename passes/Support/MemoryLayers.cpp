//===- MemoryLayers.cpp - which heads own a memory ------------------------===//

#include "passes/Support/MemoryLayers.h"

#include "llvm/ADT/StringExtras.h"

#include <map>
#include <set>

using namespace mlir;
using namespace mlir::fot;

std::string MemoryLayer::str() const {
  std::string text = std::to_string(layer);
  StringRef separator = ":";
  for (int64_t head : heads) {
    text += separator.str() + std::to_string(head);
    separator = "+";
  }
  return text;
}

std::optional<MemoryLayer> fot::parseMemoryLayer(StringRef text) {
  auto number = [](StringRef digits, int64_t &result) {
    return !digits.trim().getAsInteger(10, result) && result >= 0;
  };
  MemoryLayer result;
  auto [layer, heads] = text.split(':');
  if (!number(layer, result.layer)) {
    return std::nullopt;
  }
  if (!text.contains(':')) {
    return result;
  }
  std::set<int64_t> sorted;
  for (StringRef part : llvm::split(heads, '+')) {
    int64_t head;
    if (!number(part, head)) {
      return std::nullopt;
    }
    sorted.insert(head);
  }
  result.heads.assign(sorted.begin(), sorted.end());
  return result;
}

std::vector<MemoryLayer> fot::mergeMemoryLayers(ArrayRef<MemoryLayer> parts,
                                                int64_t kvHeads) {
  std::map<int64_t, std::set<int64_t>> merged;
  for (const MemoryLayer &part : parts) {
    std::set<int64_t> &heads = merged[part.layer];
    heads.insert(part.heads.begin(), part.heads.end());
    for (int64_t head = 0; part.heads.empty() && head < kvHeads; ++head) {
      heads.insert(head);
    }
  }
  std::vector<MemoryLayer> result;
  for (const auto &[layer, heads] : merged) {
    bool whole = static_cast<int64_t>(heads.size()) == kvHeads;
    result.push_back(
        {layer, whole ? std::vector<int64_t>()
                      : std::vector<int64_t>(heads.begin(), heads.end())});
  }
  return result;
}
