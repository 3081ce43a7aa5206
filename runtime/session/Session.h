// One conversation with a model: its local window, its memories, its calls.
#ifndef FOT_RUNTIME_SESSION_SESSION_H
#define FOT_RUNTIME_SESSION_SESSION_H

#include "runtime/base/AlignedBuffer.h"
#include "runtime/base/Status.h"
#include "runtime/memory/BankDescription.h"
#include "runtime/memory/BankFile.h"
#include "runtime/memory/BankWriter.h"
#include "runtime/memory/MemoryBank.h"
#include "runtime/session/BoundCall.h"
#include "runtime/session/Module.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fot::rt {

struct SessionOptions {
  /// Entries of a memory segment; 0: as many as bank files have.
  uint64_t segmentCapacity = 0;
};

/// Takes the logits of `numRows` tokens, [numRows, vocab] row-major, in order.
/// The rows are valid during the call. A failure ends the run.
using LogitsSink = std::function<Status(const float *rows, uint64_t numRows)>;

/// The same of the best tokens, as bestToken() has them, [numRows].
using BestSink = std::function<Status(const int32_t *best, uint64_t numRows)>;

/// Where an entry of the memory comes from.
struct MemorySource {
  const BankFile *bank = nullptr; // null: this session
  std::string document;           // kSessionDocument for this session
  uint64_t documentNumber = 0;    // in the bank
  uint64_t token = 0;             // place of its token in the document
  // The segment of the document that it lies in:
  std::span<const int32_t> tokens;
  uint64_t firstToken = 0;
  uint64_t firstByte = 0; // 0 for this session
};

/// What a session's own memory is called, in files too.
constexpr const char *kSessionDocument = "session";

/// The bytes of text that a token stands for.
using TokenText = std::function<std::string(int32_t token)>;

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
  const Module &module() const { return *program; }
  uint32_t vocabulary() const { return vocab; }
  uint64_t window() const { return windowTokens; }
  /// Tokens in the local window.
  uint64_t localLength() const { return length; }
  /// Tokens in each memory, attached ones included; 0 for a model without.
  uint64_t memoryLength() const {
    return banks.empty() ? 0 : banks.front().count();
  }
  /// Of these, tokens that this session put there.
  uint64_t ownMemoryLength() const { return ownTokens.size(); }
  std::span<const MemoryBank> memories() const { return banks; }
  /// Keys and values that did not fit into a device's memory.
  HostBytes memoryOnHost() const;
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

  /// The same, but into `best` what bestToken() says of each row. On a device
  /// the logits stay there.
  Status runBest(std::span<const int32_t> tokens, uint64_t from, int32_t *best);

  /// Is called during run() with the number of its tokens that are done.
  void onProgress(std::function<void(uint64_t tokensDone)> callback) {
    progress = std::move(callback);
  }

  /// The decode step on a device, or null on a CPU.
  const Recording *decodeStep() const {
    return mirror ? &mirror->decode : nullptr;
  }

  /// Forgets the local tokens behind the first `count`: what comes next takes
  /// their place, as often as wanted. The memory stays as it is.
  void keepLocal(uint64_t count);
  /// Forgets everything but the attached banks.
  void reset();

  // --- Memories that outlive the session: SessionMemory.cpp.

  /// Puts the entries of a bank in front of what the session will add, behind
  /// those of banks attached before. Only while the session is empty. A bank of
  /// another model, or made for other layers, heads or types, is refused. On a
  /// device, where it is copied to, a failure detaches all of them.
  Status attach(std::shared_ptr<const BankFile> bank);
  /// Forgets everything, attached banks included.
  void detach();
  std::span<const std::shared_ptr<const BankFile>> attached() const {
    return bankFiles;
  }

  /// Runs at most a window of tokens by themselves, with nothing local before,
  /// and moves all of them to memory.
  Status memorize(std::span<const int32_t> tokens);
  /// Whether tokens attend to the memory (at first: yes). What leaves the
  /// window goes there in any case.
  void attendToMemory(bool yes) { seesMemory = yes; }
  /// Runs the last token of every call with `decode`, so that it says what it
  /// retrieved. Cuts no window in another place.
  void decodeLastToken(bool yes) { decodesLast = yes; }
  /// Makes the segment that is being filled final, if there is one: what comes
  /// next begins another.
  Status closeSegment();
  /// Number of own segments that are final.
  uint64_t numClosedSegments() const;
  /// The tokens of one of them, and its parts layer by layer, as BankWriter
  /// takes them; valid until the session runs or is reset.
  std::span<const int32_t> segmentTokens(uint64_t segment) const;
  StatusOr<std::vector<BankPieces>> segmentPieces(uint64_t segment);

  /// What a bank must be like to be attached.
  StatusOr<BankDescription> bankDescription() const;
  /// Whether save() could write to `path` now, for those who would rather know
  /// before the work.
  Status checkSave(const std::string &path) const;
  /// Moves the local window to memory and writes all that the session has added
  /// to a new bank, as one document, in place of any file at `path` but an
  /// attached bank, as those are not part of it. `text` gives byte ranges;
  /// without it they are 0.
  Status save(const std::string &path, const TokenText &text = {});

  /// What the last decode call retrieved in `layer`; nothing unless the layer
  /// has a top-k memory.
  std::optional<Retrieval> retrieved(uint32_t layer) const;
  /// The source of an entry below memoryLength().
  MemorySource source(uint64_t entry) const;
  /// Makes a key-value head with a memory retrieve nothing, or again.
  Status mute(uint32_t layer, uint32_t head, bool on = true);
  /// Counts scans from now on; see memories()[i].counters().
  void countScans();

private:
  Session() = default;
  Status bind(const SessionOptions &options);
  Status checkUsable() const;
  Status checkTokens(std::span<const int32_t> tokens, uint64_t from) const;
  /// What a run is for: one of the two.
  struct Sink {
    LogitsSink logits;
    BestSink best;
  };
  Status run(std::span<const int32_t> tokens, uint64_t from, const Sink &sink);
  Status runWindows(std::span<const int32_t> tokens, uint64_t from,
                    const Sink &sink);
  Status runChunk(std::span<const int32_t> tokens, uint64_t rows,
                  const Sink &sink);
  Status give(uint64_t rows, bool foundBest, const Sink &sink);
  Status giveBestOfPairs(const Sink &sink);
  Status evictAll();

  std::shared_ptr<Module> program;
  uint32_t vocab = 0;
  uint64_t windowTokens = 0;
  uint64_t lastContext = 0;
  bool evicts = false;
  uint64_t chunkTokens = 0;           // most tokens of one prefill
  uint64_t mostMemory = ~uint64_t(0); // entries that code can handle

  std::optional<BoundCall> prefill, decode, decodeBest, evict, seal;
  std::vector<MemoryBank> banks;
  std::vector<std::shared_ptr<const BankFile>> bankFiles;
  Buffer caches, workspace, tokenBuffer, logitsBuffer, bestBuffer;
  std::unique_ptr<DeviceMirror> mirror; // null on a CPU
  AlignedBuffer hostLogits;             // a device's logits, brought here
  std::vector<int32_t> hostBest;        // and its best tokens
  std::vector<AlignedBuffer> fetched;   // and the last segmentPieces()

  uint64_t length = 0;
  std::vector<int32_t> localTokens; // of the window, if it goes to memory
  std::vector<int32_t> ownTokens;   // of the memory that is not attached
  bool seesMemory = true, decodesLast = false;
  bool broken = false; // a call failed half-way
  std::function<void(uint64_t)> progress;
};

} // namespace fot::rt

#endif
