// One conversation with a model: its local window, its memories, its calls.
#ifndef FOT_RUNTIME_SESSION_SESSION_H
#define FOT_RUNTIME_SESSION_SESSION_H

#include "runtime/base/AlignedBuffer.h"
#include "runtime/base/Status.h"
#include "runtime/memory/MemoryBank.h"
#include "runtime/session/BoundCall.h"
#include "runtime/session/Module.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace fot::rt {

struct SessionOptions {
  /// Entries of a memory segment; 0 lets each bank choose.
  uint64_t segmentCapacity = 0;
};

/// Takes the logits of `numRows` tokens, [numRows, vocab] row-major, in order.
/// The rows are valid during the call. A failure ends the run.
using LogitsSink = std::function<Status(const float *rows, uint64_t numRows)>;

/// The state of one sequence. Used by one thread at a time; sessions of one
/// module are independent of each other.
///
/// A run() cuts its tokens into windows as Focused Transformers do: everything
/// but the last `last_context` tokens goes through full windows from the left,
/// the rest is the final window and stays local. A window that would not fit
/// beside what is local moves all of that to memory first.
class Session {
public:
  /// A model's session, empty. The artifact must have the entry points that
  /// docs/kernel-abi.md describes.
  static StatusOr<std::unique_ptr<Session>>
  create(std::shared_ptr<Module> module, const SessionOptions &options = {});

  Module &module() { return *program; }
  uint32_t vocabulary() const { return vocab; }
  uint64_t window() const { return windowTokens; }
  /// Tokens in the local window.
  uint64_t localLength() const { return length; }
  /// Tokens in each memory; 0 for a model without.
  uint64_t memoryLength() const {
    return banks.empty() ? 0 : banks.front().count();
  }
  std::span<const MemoryBank> memories() const { return banks; }
  /// Whether `numTokens` more can be run: always, but for a plain model.
  bool hasRoomFor(uint64_t numTokens) const {
    return evicts || numTokens <= windowTokens - length;
  }

  /// Runs the tokens of one call after all that ran before and gives `sink`
  /// the logits of tokens [logitsFrom, tokens.size()). Bad tokens or a full
  /// window are a failure that leaves the session as it was; after any other
  /// failure it must be reset.
  Status run(std::span<const int32_t> tokens, uint64_t logitsFrom,
             const LogitsSink &sink);
  /// The same, into `logits`, [tokens.size() - logitsFrom, vocab].
  Status run(std::span<const int32_t> tokens, uint64_t logitsFrom,
             float *logits);

  /// Is called during run() with the number of its tokens that are done.
  void onProgress(std::function<void(uint64_t tokensDone)> callback) {
    progress = std::move(callback);
  }

  /// Forgets everything, memories included.
  void reset();

private:
  Session() = default;
  Status bind(const SessionOptions &options);
  Status checkTokens(std::span<const int32_t> tokens, uint64_t from) const;
  Status runWindows(std::span<const int32_t> tokens, uint64_t logitsFrom,
                    const LogitsSink &sink);
  Status runChunk(std::span<const int32_t> tokens, uint64_t rows,
                  const LogitsSink &sink);
  Status evictAll();

  std::shared_ptr<Module> program;
  uint32_t vocab = 0;
  uint64_t windowTokens = 0;
  uint64_t lastContext = 0;
  bool evicts = false;
  uint64_t chunkTokens = 0;           // most tokens of one prefill
  uint64_t mostMemory = ~uint64_t(0); // entries that code can handle

  std::optional<BoundCall> prefill, decode, evict;
  std::vector<MemoryBank> banks;
  AlignedBuffer caches, workspace, tokenBuffer, logitsBuffer;

  uint64_t length = 0;
  bool broken = false; // a call failed half-way
  std::function<void(uint64_t)> progress;
};

} // namespace fot::rt

#endif
