// Turns texts into a bank file, and goes on where an earlier run was stopped.
#ifndef FOT_TOOLS_FOT_MEMORIZER_H
#define FOT_TOOLS_FOT_MEMORIZER_H

#include "runtime/memory/BankWriter.h"
#include "runtime/session/Session.h"
#include "runtime/text/TokenStream.h"
#include "runtime/text/Tokenizer.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fot::tool {

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

/// One run over a list of texts. Borrows session and tokenizer; the session
/// must be empty and ends empty.
class Memorizer {
public:
  Memorizer(rt::Session &session, const rt::Tokenizer &tokenizer,
            rt::BankEncoding encoding,
            std::function<void(const MemorizeProgress &)> report)
      : session(session), tokenizer(tokenizer), encoding(encoding),
        report(std::move(report)) {}

  /// Makes the bank `output` hold `texts`, in this order, "-" being standard
  /// input. What it holds already must be the first of them, made in the same
  /// way; the last may be incomplete. After a failure it holds what was
  /// committed, and another run() continues.
  rt::StatusOr<MemorizeProgress> run(const std::vector<std::string> &texts,
                                     const std::string &output);

private:
  rt::Status openBank(const std::vector<std::string> &texts,
                      const std::string &output);
  rt::Status checkDocument(size_t number, const std::string &text) const;
  rt::Status memorize(const std::string &text);
  rt::Status skipKnown(rt::TokenStream &stream, const std::string &text);
  rt::Status writeSegments(uint64_t endByte);
  rt::Status refreshMemory();
  void tell();

  rt::Session &session;
  const rt::Tokenizer &tokenizer;
  rt::BankEncoding encoding;
  std::function<void(const MemorizeProgress &)> report;
  std::unique_ptr<rt::BankWriter> bank;
  MemorizeProgress progress;
  uint64_t segmentBegin = 0; // byte of the document
};

} // namespace fot::tool

#endif
