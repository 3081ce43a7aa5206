// Compares a whole bank with its checksums, front to back.
#include "runtime/memory/BankFile.h"

#include "runtime/base/Checked.h"
#include "runtime/base/Checksum.h"
#include "runtime/memory/BankHeader.h"

#include <algorithm>
#include <cstring>

namespace fot::rt {

/// Bytes between two calls of a progress function.
static constexpr uint64_t kProgressBytes = 16u << 20;

class BankChecker {
public:
  BankChecker(const BankFile &file, const Progress &progress)
      : file(file), bytes(file.inOrder.bytes()), progress(progress) {}

  Status check() {
    FOT_RETURN_IF_ERROR(checkHeader());
    for (size_t i = 0; i < file.segments().size(); ++i) {
      FOT_RETURN_IF_ERROR(checkSegment(i));
    }
    return Status();
  }

private:
  Status checkHeader();
  Status checkSegment(size_t number);
  Status checkZeros(uint64_t begin, uint64_t end);
  StatusOr<uint64_t> checksumOf(uint64_t offset, uint64_t size);

  const BankFile &file;
  std::span<const std::byte> bytes;
  const Progress &progress;
};

/// In pieces, so that progress shows.
StatusOr<uint64_t> BankChecker::checksumOf(uint64_t offset, uint64_t size) {
  ChecksumStream stream;
  for (uint64_t done = 0; done < size;) {
    uint64_t count = std::min(size - done, kProgressBytes);
    stream.append(bytes.subspan(offset + done, count));
    done += count;
    FOT_RETURN_IF_ERROR(tell(progress, offset + done));
  }
  return stream.digest();
}

Status BankChecker::checkZeros(uint64_t begin, uint64_t end) {
  for (uint64_t at = begin; at < end; ++at) {
    if (bytes[at] != std::byte(0)) {
      return Status::failure("the bank is damaged: expected a zero at byte " +
                             std::to_string(at) + ", between its parts");
    }
  }
  return Status();
}

Status BankChecker::checkHeader() {
  for (unsigned slot = 0; slot < 2; ++slot) {
    if (!file.commits[slot]) {
      return Status::failure(
          "the bank is damaged: the checksum of the commit record at byte " +
          std::to_string(kBankCommits[slot]) +
          " does not match; it was read as of the other one");
    }
  }
  uint64_t record = sizeof(fot_bank_commit);
  FOT_RETURN_IF_ERROR(checkZeros(sizeof(fot_bank_prelude), kBankCommits[0]));
  FOT_RETURN_IF_ERROR(checkZeros(kBankCommits[0] + record, kBankCommits[1]));
  FOT_RETURN_IF_ERROR(
      checkZeros(kBankCommits[1] + record, FOT_BANK_DESCRIPTION));
  return checkZeros(FOT_BANK_DESCRIPTION + file.prelude.description_bytes,
                    file.prelude.directory_offset);
}

Status BankChecker::checkSegment(size_t number) {
  const BankSegment &segment = file.segments()[number];
  const BankLayout &layout = file.layout;
  auto damaged = [&](const std::string &part, uint64_t offset, uint64_t size) {
    uint64_t begin = segment.offset + offset;
    return Status::failure(
        "the bank is damaged: the checksum of " + part + " of segment " +
        std::to_string(number) + " does not match, in bytes " +
        std::to_string(begin) + " to " + std::to_string(begin + size - 1));
  };
  std::vector<uint64_t> expected(layout.numChecksums());
  uint64_t tableBytes = expected.size() * sizeof(uint64_t);
  FOT_ASSIGN_OR_RETURN(uint64_t found, checksumOf(segment.offset, tableBytes));
  if (found != segment.checksum) {
    return damaged("the table of checksums", 0, tableBytes);
  }
  std::memcpy(expected.data(), bytes.data() + segment.offset, tableBytes);
  BankLayout::Part tokens = layout.tokens(segment);
  FOT_RETURN_IF_ERROR(
      checkZeros(segment.offset + tableBytes, segment.offset + tokens.offset));
  FOT_RETURN_IF_ERROR(
      checkZeros(segment.offset + tokens.offset + tokens.size,
                 segment.offset + layout.index(segment, 0).offset));
  auto compare = [&](const BankLayout::Part &part, uint64_t checksum,
                     const std::string &name) -> Status {
    FOT_ASSIGN_OR_RETURN(uint64_t sum,
                         checksumOf(segment.offset + part.offset, part.size));
    return sum == checksum ? Status() : damaged(name, part.offset, part.size);
  };
  FOT_RETURN_IF_ERROR(compare(tokens, expected[0], "the tokens"));
  for (size_t layer = 0; layer < layout.numLayers(); ++layer) {
    std::string of =
        " of layer " + std::to_string(file.about.layers[layer].layer);
    FOT_RETURN_IF_ERROR(compare(layout.index(segment, layer),
                                expected[1 + 3 * layer], "the index" + of));
  }
  for (size_t layer = 0; layer < layout.numLayers(); ++layer) {
    std::string of =
        " of layer " + std::to_string(file.about.layers[layer].layer);
    FOT_RETURN_IF_ERROR(compare(layout.keys(segment, layer),
                                expected[2 + 3 * layer], "the keys" + of));
    FOT_RETURN_IF_ERROR(compare(layout.values(segment, layer),
                                expected[3 + 3 * layer], "the values" + of));
  }
  return Status();
}

Status BankFile::verify(const Progress &progress) const {
  return BankChecker(*this, progress).check().at(name);
}

} // namespace fot::rt
