// Segments as they are: only where they lie changes.
#include "runtime/memory/BankCopy.h"

namespace fot::rt {

uint64_t copyBytes(const BankFile &bank) {
  uint64_t bytes = 0;
  for (const BankSegment &segment : bank.segments()) {
    bytes += segment.size;
  }
  return bytes;
}

static Status copySegment(const BankFile &from, size_t number, BankWriter &to) {
  const BankSegment &segment = from.segments()[number];
  std::vector<BankPieces> layers(from.description().layers.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    layers[i] = {from.index(number, i), from.keys(number, i),
                 from.values(number, i)};
  }
  FOT_RETURN_IF_ERROR(to.addSegment(from.tokens(number), segment.firstByte,
                                    segment.endByte, layers));
  // The table holds the checksums of all parts: the writer's, just computed,
  // is the same only if all of them are.
  if (to.segments().back().checksum != segment.checksum) {
    return Status::failure(
        from.path() + ": the bank is damaged: checksums of segment " +
        std::to_string(number) + ", in bytes " +
        std::to_string(segment.offset) + " to " +
        std::to_string(segment.offset + segment.size - 1) + ", do not match");
  }
  return Status();
}

Status copyBank(const BankFile &from, BankWriter &to,
                const Progress &progress) {
  FOT_RETURN_IF_ERROR(
      to.description().compatible(from.description()).at(from.path()));
  uint64_t done = 0;
  for (const BankDocument &document : from.documents()) {
    FOT_RETURN_IF_ERROR(
        to.beginDocument(document.name, document.encoding, document.window));
    for (uint64_t i = 0; i < document.numSegments; ++i) {
      size_t number = document.firstSegment + i;
      FOT_RETURN_IF_ERROR(copySegment(from, number, to));
      done += from.segments()[number].size;
      FOT_RETURN_IF_ERROR(tell(progress, done).at(to.path()));
    }
    if (document.complete) {
      FOT_RETURN_IF_ERROR(to.finishDocument(document.bytes, document.checksum));
    }
  }
  return Status();
}

} // namespace fot::rt
