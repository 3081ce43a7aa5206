// Turns texts into a bank file, and goes on where an earlier run was stopped.
#ifndef FOT_RUNTIME_MEMORIZE_MEMORIZER_H
#define FOT_RUNTIME_MEMORIZE_MEMORIZER_H

#include "runtime/memory/BankWriter.h"
#include "runtime/session/Session.h"
#include "runtime/text/TextReader.h"
#include "runtime/text/TokenStream.h"
#include "runtime/text/Tokenizer.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace fot::rt {

/// What was done so far.
struct MemorizeProgress {
  const std::string *document = nullptr;
  uint64_t tokens = 0;       // encoded by this run
  uint64_t bytes = 0;        // of all texts, encoded or skipped
  uint64_t skippedBytes = 0; // of them, encoded by earlier runs
  uint64_t documents = 0;    // complete
  uint64_t skipped = 0;      // of them, by earlier runs
  uint64_t bankTokens = 0;
};

/// Only one of the texts can be standard input: a request for more makes no
/// sense.
Status checkTexts(std::span<const TextSource> texts);

/// One run over a list of texts. Borrows session and tokenizer; the session
/// must be empty and, unless the run fails, ends empty.
class Memorizer {
public:
  Memorizer(Session &session, const Tokenizer &tokenizer, BankEncoding encoding,
            std::function<bool(const MemorizeProgress &)> report)
      : session(session), tokenizer(tokenizer), encoding(encoding),
        report(std::move(report)) {}

  /// Makes the bank `output` hold `texts`, in this order. What it holds already
  /// must be the first of them, made in the same way; the last may be
  /// incomplete. `report`, which may be empty, is told after every window, and
  /// false from it stops the run. After that, as after any failure, the bank
  /// holds what was committed, and a run of another Memorizer continues.
  StatusOr<MemorizeProgress> run(std::span<const TextSource> texts,
                                 const std::string &output);

private:
  Status openBank(std::span<const TextSource> texts, const std::string &output);
  Status checkDocument(size_t number, const TextSource &text) const;
  Status memorize(const TextSource &text);
  Status skipKnown(TokenStream &stream, const TextSource &text);
  Status writeSegments(uint64_t endByte);
  Status refreshMemory();
  Status tell();

  Session &session;
  const Tokenizer &tokenizer;
  BankEncoding encoding;
  std::function<bool(const MemorizeProgress &)> report;
  std::unique_ptr<BankWriter> bank;
  MemorizeProgress progress;
  uint64_t segmentBegin = 0; // byte of the document
};

} // namespace fot::rt

#endif
