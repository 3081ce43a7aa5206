// A session's memories by themselves: filling them, taking their segments,
// asking what was retrieved.
#include "runtime/session/Session.h"

#include "runtime/base/Checked.h"

#include <algorithm>
#include <cassert>

namespace fot::rt {

Status Session::memorize(std::span<const int32_t> tokens) {
  FOT_RETURN_IF_ERROR(checkTokens(tokens, tokens.size()));
  if (!evict) {
    return Status::failure("the model has no memory; compile it with "
                           "--memory-layers");
  }
  if (length != 0 || tokens.size() > windowTokens) {
    return Status::failure(
        "expected at most the " + std::to_string(windowTokens) +
        " tokens of a window while no token is local, found " +
        std::to_string(tokens.size()) + " while " + std::to_string(length) +
        " are");
  }
  Status status;
  for (size_t begin = 0; begin < tokens.size() && status.ok();
       begin += chunkTokens) {
    status =
        runChunk(tokens.subspan(begin, std::min<size_t>(chunkTokens,
                                                        tokens.size() - begin)),
                 0, {});
  }
  if (status.ok()) {
    status = evictAll();
  }
  broken = !status.ok();
  return status;
}

Status Session::closeSegment() {
  if (banks.empty() || !banks.front().hasOpenSegment()) {
    return Status();
  }
  for (MemoryBank &bank : banks) {
    FOT_RETURN_IF_ERROR(bank.close(seal.has_value()));
  }
  if (!seal || mirror) {
    return Status();
  }
  // The segment has the same number in all banks.
  seal->setSegment(banks.front().allSegments().size() - 1);
  return seal->run(*program, workspace.data(), mirror.get());
}

uint64_t Session::numClosedSegments() const {
  return banks.empty() ? 0
                       : banks.front().ownSegments().size() -
                             (banks.front().hasOpenSegment() ? 1 : 0);
}

std::span<const int32_t> Session::segmentTokens(uint64_t segment) const {
  const MemoryBank &bank = banks.front();
  const fot_segment &own = bank.ownSegments()[segment];
  uint64_t first =
      static_cast<uint64_t>(own.first) - (bank.count() - bank.ownCount());
  return std::span(ownTokens).subspan(first, static_cast<size_t>(own.count));
}

StatusOr<std::vector<BankPieces>> Session::segmentPieces(uint64_t segment) {
  std::vector<const MemoryBank *> ordered;
  for (const MemoryBank &bank : banks) {
    ordered.push_back(&bank);
  }
  std::sort(ordered.begin(), ordered.end(),
            [](const MemoryBank *a, const MemoryBank *b) {
              return a->layer() < b->layer();
            });
  std::vector<BankPieces> pieces;
  fetched.clear();
  for (const MemoryBank *bank : ordered) {
    const fot_segment &own = bank->ownSegments()[segment];
    auto capacity = static_cast<uint64_t>(own.capacity);
    if (mirror) {
      uint64_t kept = alignUp(static_cast<uint64_t>(own.count), 64);
      FOT_ASSIGN_OR_RETURN(AlignedBuffer rows, bank->download(segment));
      std::span all(static_cast<const std::byte *>(rows.data()), rows.size());
      pieces.push_back({{},
                        all.first(bank->keyBytes(kept)),
                        all.subspan(bank->keyBytes(kept))});
      fetched.push_back(std::move(rows));
      continue;
    }
    auto bytes = [](const void *data, uint64_t size) {
      return std::span(static_cast<const std::byte *>(data), size);
    };
    pieces.push_back(
        {bytes(own.index, own.index ? bank->indexBytes(capacity) : 0),
         bytes(own.keys, bank->keyBytes(capacity)),
         bytes(own.values, bank->valueBytes(capacity))});
  }
  return pieces;
}

std::optional<Retrieval> Session::retrieved(uint32_t layer) const {
  for (const MemoryBank &bank : banks) {
    if (bank.layer() == layer) {
      return bank.retrieved();
    }
  }
  return std::nullopt;
}

Status Session::mute(uint32_t layer, uint32_t head, bool on) {
  for (MemoryBank &bank : banks) {
    auto heads = bank.heads();
    if (bank.layer() == layer &&
        std::find(heads.begin(), heads.end(), head) != heads.end()) {
      bank.mute(head, on);
      return Status();
    }
  }
  return Status::failure("key-value head " + std::to_string(head) +
                         " of layer " + std::to_string(layer) +
                         " has no memory that could be muted");
}

HostBytes Session::memoryOnHost() const {
  HostBytes bytes;
  for (const MemoryBank &bank : banks) {
    bytes += bank.onHost();
  }
  return bytes;
}

void Session::countScans() {
  for (MemoryBank &bank : banks) {
    bank.startCounting();
  }
}

} // namespace fot::rt
