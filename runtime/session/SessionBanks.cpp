// A session and bank files: those that it reads, the one that it saves to, and
// where the entries of its memory come from.
#include "runtime/session/Session.h"

#include <algorithm>
#include <cassert>
#include <filesystem>

namespace fot::rt {

StatusOr<BankDescription> Session::bankDescription() const {
  auto description = BankDescription::of(program->artifact().header());
  if (!description.ok()) {
    return description.takeStatus().at(program->artifact().path());
  }
  return description;
}

Status Session::attach(std::shared_ptr<const BankFile> bank) {
  FOT_RETURN_IF_ERROR(checkUsable());
  if (length != 0 || !ownTokens.empty()) {
    return Status::failure(bank->path() +
                           ": a bank can only be attached to an empty "
                           "session, and this one has seen " +
                           std::to_string(length + ownTokens.size()) +
                           " tokens");
  }
  FOT_ASSIGN_OR_RETURN(BankDescription expected, bankDescription());
  const BankDescription &found = bank->description();
  FOT_RETURN_IF_ERROR(expected.compatible(found).at(bank->path()));
  if (bank->totalTokens() > mostMemory - memoryLength()) {
    return Status::failure(
        bank->path() + ": the model was compiled for a memory of " +
        std::to_string(mostMemory) + " entries, of which " +
        std::to_string(memoryLength()) + " are in use; the bank has " +
        std::to_string(bank->totalTokens()) + " more");
  }
  std::vector<fot_segment> segments(bank->segments().size());
  std::vector<uint64_t> checksums;
  uint64_t keysToCome = 0;
  for (const BankSegment &segment : bank->segments()) {
    checksums.push_back(segment.checksum);
    for (const MemoryBank &memory : banks) {
      keysToCome += memory.keyBytes(segment.capacity);
    }
  }
  for (MemoryBank &memory : banks) {
    auto place = std::find_if(
        found.layers.begin(), found.layers.end(),
        [&](const BankLayer &layer) { return layer.layer == memory.layer(); });
    assert(place != found.layers.end() && "compatible banks have all layers");
    for (size_t i = 0; i < segments.size(); ++i) {
      segments[i] =
          bank->view(i, static_cast<size_t>(place - found.layers.begin()));
    }
    if (!mirror) {
      memory.attach(segments);
      continue;
    }
    Status copied = memory.attachCopies(segments, checksums, keysToCome);
    if (!copied.ok()) {
      detach();
      for (MemoryBank &each : banks) {
        each.dropCopies();
      }
      return std::move(copied).at(bank->path());
    }
  }
  bankFiles.push_back(std::move(bank));
  return Status();
}

void Session::detach() {
  reset();
  for (MemoryBank &bank : banks) {
    bank.detach();
  }
  bankFiles.clear();
}

Status Session::checkSave(const std::string &path) const {
  FOT_RETURN_IF_ERROR(bankDescription().takeStatus());
  for (const auto &bank : bankFiles) {
    std::error_code ignored; // it may not be there yet
    if (std::filesystem::equivalent(path, bank->path(), ignored)) {
      return Status::failure(
          path + ": expected another file than an attached bank, which would "
                 "be lost, as only what the session adds is saved");
    }
  }
  return BankWriter::checkName(path);
}

Status Session::save(const std::string &path, const TokenText &text) {
  FOT_RETURN_IF_ERROR(checkUsable());
  FOT_RETURN_IF_ERROR(checkSave(path));
  FOT_ASSIGN_OR_RETURN(BankDescription description, bankDescription());
  Status status = evictAll();
  if (status.ok()) {
    status = closeSegment();
  }
  broken = !status.ok();
  FOT_RETURN_IF_ERROR(std::move(status));
  FOT_ASSIGN_OR_RETURN(auto writer, BankWriter::createAside(path, description));
  FOT_RETURN_IF_ERROR(
      writer->beginDocument(kSessionDocument, BankEncoding::Sequential,
                            static_cast<uint32_t>(windowTokens)));
  uint64_t bytes = 0;
  ChecksumStream checksum;
  for (uint64_t i = 0; i < numClosedSegments(); ++i) {
    uint64_t firstByte = bytes;
    for (int32_t token : segmentTokens(i)) {
      std::string piece = text ? text(token) : std::string();
      checksum.append(std::as_bytes(std::span(piece)));
      bytes += piece.size();
    }
    FOT_ASSIGN_OR_RETURN(std::vector<BankPieces> pieces, segmentPieces(i));
    FOT_RETURN_IF_ERROR(
        writer->addSegment(segmentTokens(i), firstByte, bytes, pieces));
  }
  FOT_RETURN_IF_ERROR(writer->finishDocument(bytes, checksum.digest()));
  return writer->finish();
}

MemorySource Session::source(uint64_t entry) const {
  assert(entry < memoryLength() && "an entry of the memory");
  MemorySource source;
  for (const auto &bank : bankFiles) {
    if (entry >= bank->totalTokens()) {
      entry -= bank->totalTokens();
      continue;
    }
    size_t segment = 0;
    while (entry >= bank->segments()[segment].count) {
      entry -= bank->segments()[segment++].count;
    }
    const BankSegment &found = bank->segments()[segment];
    source.bank = bank.get();
    source.document = bank->documents()[found.document].name;
    source.documentNumber = found.document;
    source.token = found.firstToken + entry;
    source.tokens = bank->tokens(segment);
    source.firstToken = found.firstToken;
    source.firstByte = found.firstByte;
    return source;
  }
  source.document = kSessionDocument;
  source.token = entry;
  source.tokens = ownTokens;
  return source;
}

} // namespace fot::rt
