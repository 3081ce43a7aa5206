// A segment is committed as soon as it is full and nothing else is, so that a
// run that was stopped continues at a window's beginning with a memory that is
// the same to the bit.
#include "runtime/memorize/Memorizer.h"

#include "runtime/base/Progress.h"

#include <algorithm>
#include <filesystem>

namespace fot::rt {

Status checkTexts(std::span<const TextSource> texts) {
  if (std::count_if(texts.begin(), texts.end(), [](const TextSource &text) {
        return text.isStandardInput();
      }) > 1) {
    return Status::failure("standard input, '-', can be given once only");
  }
  return Status();
}

Status Memorizer::tell() {
  progress.bankTokens = bank->totalTokens();
  return report && !report(progress) ? stopped().at(bank->path()) : Status();
}

Status Memorizer::openBank(std::span<const TextSource> texts,
                           const std::string &output) {
  FOT_ASSIGN_OR_RETURN(BankDescription description, session.bankDescription());
  std::error_code unknown; // then create() has the sentence
  if (std::filesystem::exists(output, unknown)) {
    FOT_ASSIGN_OR_RETURN(bank, BankWriter::open(output, description));
  } else {
    FOT_ASSIGN_OR_RETURN(bank, BankWriter::create(output, description));
  }
  const auto &documents = bank->documents();
  for (size_t i = 0; i < documents.size(); ++i) {
    std::string name = i < texts.size() ? texts[i].name() : "";
    if (name != documents[i].name) {
      return Status::failure(
          output + ": document " + std::to_string(i) + " of the bank is '" +
          documents[i].name + "', " +
          (name.empty() ? "and fewer texts were given"
                        : "where '" + name + "' was given") +
          "; give the texts that it holds first, in their order, or write a "
          "new bank and join the two with `fot memory append`");
    }
    if (documents[i].encoding != encoding ||
        documents[i].window != session.window()) {
      return Status::failure(
          output + ": '" + documents[i].name +
          "' was encoded with --encode=" + encodingName(documents[i].encoding) +
          " and a window of " + std::to_string(documents[i].window) +
          " tokens; this is --encode=" + encodingName(encoding) +
          " and a window of " + std::to_string(session.window()));
    }
    if (!documents[i].complete && i + 1 != documents.size()) {
      return Status::failure(output + ": '" + documents[i].name +
                             "' is incomplete and has others behind it, so "
                             "it cannot be continued; write a new bank");
    }
  }
  return Status();
}

Status Memorizer::checkDocument(size_t number, const TextSource &text) const {
  const BankDocument &document = bank->documents()[number];
  FOT_ASSIGN_OR_RETURN(TextFacts facts, factsOfText(text));
  if (facts.bytes == document.bytes && facts.checksum == document.checksum) {
    return Status();
  }
  return Status::failure(
      text.name() + ": the text has changed since it was memorized in " +
      bank->path() + ": expected " + std::to_string(document.bytes) +
      " bytes of a known checksum, found " + std::to_string(facts.bytes) +
      (facts.bytes == document.bytes ? " of another" : "") +
      "; write a new bank");
}

/// With sequential encoding the windows see what the file holds, where it lies:
/// it may be larger than memory.
Status Memorizer::refreshMemory() {
  session.detach();
  if (encoding == BankEncoding::Sequential && bank->totalTokens() != 0) {
    FOT_ASSIGN_OR_RETURN(auto file, BankFile::open(bank->path()));
    FOT_RETURN_IF_ERROR(session.attach(std::move(file)));
  }
  return Status();
}

Status Memorizer::writeSegments(uint64_t endByte) {
  for (uint64_t i = 0; i < session.numClosedSegments(); ++i) {
    FOT_ASSIGN_OR_RETURN(auto pieces, session.segmentPieces(i));
    FOT_RETURN_IF_ERROR(bank->addSegment(session.segmentTokens(i), segmentBegin,
                                         endByte, pieces));
    segmentBegin = endByte;
  }
  return Status();
}

/// Passes the tokens that the bank has of an incomplete document, and compares.
Status Memorizer::skipKnown(TokenStream &stream, const TextSource &text) {
  FOT_ASSIGN_OR_RETURN(auto file, BankFile::open(bank->path()));
  const BankDocument &document = file->documents().back();
  std::vector<int32_t> tokens;
  for (uint64_t i = 0; i < document.numSegments; ++i) {
    auto known = file->tokens(document.firstSegment + i);
    FOT_RETURN_IF_ERROR(stream.next(known.size(), tokens));
    if (!std::equal(known.begin(), known.end(), tokens.begin(), tokens.end())) {
      return Status::failure(text.name() +
                             ": the text has changed since a part of it was "
                             "memorized in " +
                             bank->path() + "; write a new bank");
    }
    segmentBegin = file->segments()[document.firstSegment + i].endByte;
  }
  return Status();
}

Status Memorizer::memorize(const TextSource &text) {
  const schema::Artifact &header = session.module().artifact().header();
  FOT_ASSIGN_OR_RETURN(
      TokenStream stream,
      TokenStream::open(text, tokenizer, header.tokenizer()->add_bos()));
  segmentBegin = 0;
  const auto &documents = bank->documents();
  if (documents.empty() || documents.back().complete) {
    FOT_RETURN_IF_ERROR(bank->beginDocument(
        text.name(), encoding, static_cast<uint32_t>(session.window())));
  } else {
    FOT_RETURN_IF_ERROR(skipKnown(stream, text));
  }
  uint64_t bytesBefore = progress.bytes;
  progress.skippedBytes += segmentBegin;
  std::vector<int32_t> tokens;
  while (true) {
    FOT_RETURN_IF_ERROR(stream.next(session.window(), tokens));
    if (tokens.empty()) {
      break;
    }
    FOT_RETURN_IF_ERROR(session.memorize(tokens));
    progress.tokens += tokens.size();
    progress.bytes = bytesBefore + stream.bytesUsed();
    if (session.numClosedSegments() != 0) {
      FOT_RETURN_IF_ERROR(writeSegments(stream.bytesUsed()));
      FOT_RETURN_IF_ERROR(bank->commit());
      FOT_RETURN_IF_ERROR(refreshMemory());
    }
    FOT_RETURN_IF_ERROR(tell());
  }
  FOT_RETURN_IF_ERROR(session.closeSegment());
  FOT_RETURN_IF_ERROR(writeSegments(stream.bytesRead()));
  FOT_RETURN_IF_ERROR(
      bank->finishDocument(stream.bytesRead(), stream.checksum()));
  FOT_RETURN_IF_ERROR(bank->commit());
  progress.bytes = bytesBefore + stream.bytesRead();
  return refreshMemory();
}

StatusOr<MemorizeProgress> Memorizer::run(std::span<const TextSource> texts,
                                          const std::string &output) {
  FOT_RETURN_IF_ERROR(openBank(texts, output));
  session.attendToMemory(encoding == BankEncoding::Sequential);
  FOT_RETURN_IF_ERROR(refreshMemory());
  for (size_t i = 0; i < texts.size(); ++i) {
    std::string name = texts[i].name();
    progress.document = &name;
    if (i < bank->documents().size() && bank->documents()[i].complete) {
      FOT_RETURN_IF_ERROR(checkDocument(i, texts[i]));
      progress.bytes += bank->documents()[i].bytes;
      progress.skippedBytes = progress.bytes;
      ++progress.skipped;
    } else {
      FOT_RETURN_IF_ERROR(memorize(texts[i]));
    }
    ++progress.documents;
    FOT_RETURN_IF_ERROR(tell());
  }
  progress.document = nullptr;
  session.detach();
  session.attendToMemory(true);
  FOT_RETURN_IF_ERROR(bank->finish());
  return progress;
}

} // namespace fot::rt
