// Windows, chunks and evictions; the numbers are the compiled code's business.
#include "runtime/session/Session.h"

#include "runtime/base/Checked.h"
#include "runtime/session/Sampler.h"

#include <algorithm>
#include <cstring>

namespace fot::rt {

StatusOr<std::unique_ptr<Session>>
Session::create(std::shared_ptr<Module> module, const SessionOptions &options) {
  std::unique_ptr<Session> session(new Session());
  session->program = std::move(module);
  FOT_RETURN_IF_ERROR(
      session->bind(options).at(session->program->artifact().path()));
  return session;
}

Status Session::bind(const SessionOptions &options) {
  const schema::Artifact &header = program->artifact().header();
  const schema::Model *model = header.model();
  const EntryPoint *prefillEntry = program->find("prefill");
  const EntryPoint *decodeEntry = program->find("decode");
  const EntryPoint *evictEntry = program->find("evict");
  const EntryPoint *sealEntry = program->find("seal");
  if (!model || !prefillEntry) {
    return Status::failure("expected an artifact of a model, with an entry "
                           "point 'prefill', found one without");
  }
  vocab = model->vocab();
  windowTokens = model->window();
  lastContext = model->last_context();
  evicts = model->evicts();
  bool hasMemories = header.memories() && header.memories()->size() != 0;
  if (hasMemories && (!evicts || !evictEntry)) {
    return Status::failure("the model has memories, but nothing is ever "
                           "evicted into them");
  }
  MemoryBankOptions bankOptions{
      .window = windowTokens,
      .segmentCapacity = options.segmentCapacity,
      .queryHeads = model->heads(),
      .keyValueHeads = model->kv_heads(),
      .topK =
          model->memory_mode() == schema::MemoryMode::TopK ? model->top_k() : 0,
      .device = program->device()};
  for (uint32_t i = 0; hasMemories && i < header.memories()->size(); ++i) {
    FOT_ASSIGN_OR_RETURN(
        MemoryBank bank,
        MemoryBank::create(*header.memories()->Get(i), bankOptions));
    banks.push_back(std::move(bank));
  }

  CacheLayout layout;
  uint64_t workspaceBytes = 0;
  for (const EntryPoint *entry :
       {prefillEntry, decodeEntry, evictEntry, sealEntry}) {
    if (entry) {
      FOT_RETURN_IF_ERROR(layout.add(*entry->schema, windowTokens));
      workspaceBytes =
          std::max(workspaceBytes, entry->schema->workspace_bytes());
      if (uint64_t limit = entry->schema->max_memory()) {
        mostMemory = std::min(mostMemory, limit);
      }
    }
  }
  uint64_t most = prefillEntry->schema->max_tokens();
  chunkTokens = most == 0 ? windowTokens : std::min(most, windowTokens);
  Device *device = program->device();
  if (device) {
    mirror = std::make_unique<DeviceMirror>(*device, model->kv_heads());
  }
  FOT_ASSIGN_OR_RETURN(
      caches, Buffer::allocate(device, layout.bytes(), "the local window"));
  FOT_ASSIGN_OR_RETURN(
      workspace, Buffer::allocate(device, workspaceBytes, "the workspace"));
  FOT_ASSIGN_OR_RETURN(
      tokenBuffer,
      Buffer::allocate(device, chunkTokens * sizeof(int32_t), "token ids"));
  FOT_ASSIGN_OR_RETURN(
      logitsBuffer,
      Buffer::allocate(device, uint64_t(vocab) * sizeof(float), "logits"));

  FOT_ASSIGN_OR_RETURN(prefill,
                       BoundCall::bind(*prefillEntry, {.tokens = true}, vocab,
                                       layout, caches.data(), banks));
  if (decodeEntry) {
    FOT_ASSIGN_OR_RETURN(decode,
                         BoundCall::bind(*decodeEntry, {.tokens = true}, vocab,
                                         layout, caches.data(), banks));
  }
  if (const EntryPoint *best = program->bestDecode()) {
    FOT_ASSIGN_OR_RETURN(decodeBest,
                         BoundCall::bind(*best, {.tokens = true}, vocab, layout,
                                         caches.data(), banks));
  }
  if (hasMemories) {
    FOT_ASSIGN_OR_RETURN(evict,
                         BoundCall::bind(*evictEntry, {.count = true}, vocab,
                                         layout, caches.data(), banks));
    localTokens.reserve(windowTokens);
  }
  if (hasMemories && sealEntry) {
    FOT_ASSIGN_OR_RETURN(seal,
                         BoundCall::bind(*sealEntry, {.segment = true}, vocab,
                                         layout, caches.data(), banks));
  }
  return Status();
}

Status Session::checkUsable() const {
  return broken ? Status::failure("a call on this session failed half-way; it "
                                  "must be reset before the next")
                : Status();
}

Status Session::checkTokens(std::span<const int32_t> tokens,
                            uint64_t from) const {
  FOT_RETURN_IF_ERROR(checkUsable());
  if (tokens.empty()) {
    return Status::failure("expected at least one token, found none");
  }
  if (from > tokens.size()) {
    return Status::failure("expected logits from a position within the " +
                           std::to_string(tokens.size()) +
                           " tokens of the call, found " +
                           std::to_string(from));
  }
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] < 0 || static_cast<uint32_t>(tokens[i]) >= vocab) {
      return Status::failure("expected token ids of the vocabulary, 0 to " +
                             std::to_string(vocab - 1) + ", found " +
                             std::to_string(tokens[i]) + " at position " +
                             std::to_string(i));
    }
  }
  if (!hasRoomFor(tokens.size())) {
    return Status::failure(std::to_string(tokens.size()) +
                           " tokens do not fit into the model's " +
                           "window of " + std::to_string(windowTokens) +
                           ", of which " + std::to_string(length) +
                           " are in use; compile the model with "
                           "--memory-layers to go beyond it");
  }
  return Status();
}

Status Session::run(std::span<const int32_t> tokens, uint64_t from,
                    const Sink &sink) {
  FOT_RETURN_IF_ERROR(checkTokens(tokens, from));
  Status status = runWindows(tokens, from, sink);
  broken = !status.ok();
  return status;
}

Status Session::run(std::span<const int32_t> tokens, uint64_t logitsFrom,
                    const LogitsSink &sink) {
  return run(tokens, logitsFrom, Sink{sink, {}});
}

Status Session::runBest(std::span<const int32_t> tokens, uint64_t from,
                        int32_t *best) {
  return run(tokens, from, Sink{{}, [&](const int32_t *rows, uint64_t numRows) {
                                  best = std::copy_n(rows, numRows, best);
                                  return Status();
                                }});
}

Status Session::run(std::span<const int32_t> tokens, uint64_t logitsFrom,
                    float *logits) {
  return run(tokens, logitsFrom, [&](const float *rows, uint64_t numRows) {
    std::memcpy(logits, rows, numRows * vocab * sizeof(float));
    logits += numRows * vocab;
    return Status();
  });
}

Status Session::runWindows(std::span<const int32_t> tokens, uint64_t from,
                           const Sink &sink) {
  uint64_t total = tokens.size();
  uint64_t cut =
      evicts && total > lastContext ? total - lastContext : uint64_t(0);
  bool hadCache = length != 0;
  for (uint64_t begin = 0; begin < total;) {
    bool final = begin == cut;
    uint64_t end = final ? total : std::min(cut, begin + windowTokens);
    // What is local makes room as a whole, before the window attends.
    if (length + (end - begin) > windowTokens) {
      FOT_RETURN_IF_ERROR(evictAll());
    }
    while (begin < end) {
      uint64_t next = std::min(end, begin + chunkTokens);
      if (decodesLast && next == total && next - begin > 1) {
        --next;
      }
      uint64_t rows = next - std::min(next, std::max(begin, from));
      FOT_RETURN_IF_ERROR(
          runChunk(tokens.subspan(begin, next - begin), rows, sink));
      begin = next;
      if (progress) {
        progress(begin);
      }
    }
    // Without a local cache to begin with, windows go to memory at once.
    if (!final && !hadCache) {
      FOT_RETURN_IF_ERROR(evictAll());
    }
  }
  return Status();
}

Status Session::runChunk(std::span<const int32_t> tokens, uint64_t rows,
                         const Sink &sink) {
  uint64_t count = tokens.size();
  bool single = count == 1 && decode.has_value();
  uint64_t bytes = std::max<uint64_t>(rows, 1) * vocab * sizeof(float);
  if (bytes > logitsBuffer.size()) {
    logitsBuffer = Buffer();
    FOT_ASSIGN_OR_RETURN(logitsBuffer,
                         Buffer::allocate(program->device(), bytes, "logits"));
  }
  FOT_RETURN_IF_ERROR(tokenBuffer.write(tokens.data(), tokens.size_bytes()));
  bool inPairs = single && rows != 0 && sink.best && decodeBest.has_value();
  BoundCall &call = inPairs ? *decodeBest : single ? *decode : *prefill;
  call.setTokens(tokenBuffer.data(), count);
  // decode always computes its one row.
  call.setLogits(logitsBuffer.data(), single ? 1 : rows);
  call.setPosition(length);
  bool findsBest = rows != 0 && sink.best && program->findsBest();
  if (findsBest) {
    if (rows * sizeof(int32_t) > bestBuffer.size()) {
      bestBuffer = Buffer();
      FOT_ASSIGN_OR_RETURN(bestBuffer, Buffer::allocate(program->device(),
                                                        rows * sizeof(int32_t),
                                                        "the best tokens"));
    }
    mirror->best = {logitsBuffer.data(), rows, vocab, bestBuffer.data()};
  }
  Status ran = call.run(*program, workspace.data(), mirror.get(), !seesMemory);
  if (mirror) {
    mirror->best = {};
  }
  FOT_RETURN_IF_ERROR(std::move(ran));
  length += count;
  if (evict) {
    localTokens.insert(localTokens.end(), tokens.begin(), tokens.end());
  }
  if (inPairs) {
    return giveBestOfPairs(sink);
  }
  return rows == 0 ? Status() : give(rows, findsBest, sink);
}

/// Gives the best token of a call that has left pairs in place of logits.
Status Session::giveBestOfPairs(const Sink &sink) {
  const auto *pairs = reinterpret_cast<const float *>(logitsBuffer.data());
  size_t count = (vocab + FOT_BEST_TOKENS - 1) / FOT_BEST_TOKENS;
  int32_t best = bestOfPairs({pairs, 2 * count});
  return sink.best(&best, 1);
}

/// Gives what a call has computed to whom it is for; `foundBest`: the device
/// has found the best tokens itself.
Status Session::give(uint64_t rows, bool foundBest, const Sink &sink) {
  if (foundBest) {
    hostBest.resize(rows);
    FOT_RETURN_IF_ERROR(
        bestBuffer.read(hostBest.data(), rows * sizeof(int32_t)));
    return sink.best(hostBest.data(), rows);
  }
  const auto *logits = reinterpret_cast<const float *>(logitsBuffer.data());
  if (mirror) {
    uint64_t bytes = rows * vocab * sizeof(float);
    if (bytes > hostLogits.size()) {
      hostLogits = AlignedBuffer();
      FOT_ASSIGN_OR_RETURN(hostLogits,
                           AlignedBuffer::allocate(bytes, "logits"));
    }
    FOT_RETURN_IF_ERROR(logitsBuffer.read(hostLogits.data(), bytes));
    logits = hostLogits.as<float>();
  }
  if (!sink.best) {
    return sink.logits(logits, rows);
  }
  hostBest.resize(rows);
  for (uint64_t row = 0; row < rows; ++row) {
    hostBest[row] = bestToken({logits + row * vocab, vocab});
  }
  return sink.best(hostBest.data(), rows);
}

Status Session::evictAll() {
  if (evict && length != 0) {
    if (length > mostMemory - memoryLength()) {
      return Status::failure("the memory is full: the model was compiled for " +
                             std::to_string(mostMemory) + " entries, " +
                             std::to_string(memoryLength()) +
                             " are in use and " + std::to_string(length) +
                             " more would have to go in");
    }
    for (MemoryBank &bank : banks) {
      FOT_RETURN_IF_ERROR(bank.reserve(length));
    }
    evict->setCount(length);
    FOT_RETURN_IF_ERROR(evict->run(*program, workspace.data(), mirror.get()));
    for (MemoryBank &bank : banks) {
      bank.commit(length);
    }
    ownTokens.insert(ownTokens.end(), localTokens.begin(), localTokens.end());
    localTokens.clear();
    if (banks.front().isFull()) {
      FOT_RETURN_IF_ERROR(closeSegment());
    }
  }
  length = 0;
  return Status();
}

void Session::keepLocal(uint64_t count) {
  length = std::min(length, count);
  localTokens.resize(std::min<size_t>(localTokens.size(), length));
}

void Session::reset() {
  for (MemoryBank &bank : banks) {
    bank.clear();
  }
  length = 0;
  localTokens.clear();
  ownTokens.clear();
  broken = false;
}

} // namespace fot::rt
