// The order of writes is what keeps a bank whole: first what is new, in places
// that no commit record counts yet; when the disk has it, the commit record
// that does not count, with a higher generation.
#include "runtime/memory/BankWriter.h"

#include "runtime/base/Checked.h"
#include "runtime/base/Checksum.h"
#include "runtime/base/SystemFailure.h"
#include "runtime/memory/BankHeader.h"
#include "runtime/memory/BankLock.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fot::rt {

static constexpr size_t kMostNameBytes = 4096;

template <typename Record>
static std::span<const std::byte> bytesOf(const Record &record) {
  return std::as_bytes(std::span(&record, 1));
}

BankWriter::~BankWriter() {
  if (fd < 0) {
    return;
  }
  if (!aside.pending()) {
    // Room for others on a full disk. If it fails, the next writer does it.
    Status dropped = dropUncommitted();
    (void)dropped;
  }
  close(fd);
}

/// Cuts off what no commit counts, and clears the slots behind the last record,
/// so that what is written next leaves the same bytes as if it came first.
Status BankWriter::dropUncommitted() {
  if (ftruncate(fd, static_cast<off_t>(committed.file_bytes)) != 0) {
    return systemFailure(name, "shorten the file");
  }
  std::vector<std::byte> zeros(committedTail.end - committedTail.begin);
  std::vector<std::byte> found(zeros.size());
  ssize_t count = pread(fd, found.data(), found.size(),
                        static_cast<off_t>(committedTail.begin));
  if (count == static_cast<ssize_t>(found.size()) && found == zeros) {
    return Status(); // a full disk has no block for zeros in a hole
  }
  return write(committedTail.begin, zeros);
}

//===----------------------------------------------------------------------===//
// Writing
//===----------------------------------------------------------------------===//

Status BankWriter::write(uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    ssize_t count =
        pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0) {
      if (errno == EINTR) {
        continue;
      }
      return writeFailure();
    }
    offset += static_cast<uint64_t>(count);
    bytes = bytes.subspan(static_cast<size_t>(count));
  }
  return Status();
}

Status BankWriter::sync() {
  return fdatasync(fd) == 0 ? Status() : writeFailure();
}

Status BankWriter::writeFailure() const {
  std::string sentence = name + ": cannot write: " + std::strerror(errno);
  if (!aside.pending()) {
    sentence +=
        "; the bank keeps its last " +
        std::string(committed.tokens == 0 ? "state, which is empty"
                                          : "commit, of ") +
        (committed.tokens == 0 ? std::string()
                               : std::to_string(committed.tokens) + " tokens");
  }
  return Status::failure(std::move(sentence));
}

/// Prelude, description, an empty directory and two commit records that say so.
Status BankWriter::writeHeader() {
  std::vector<std::byte> description = about.serialize();
  uint64_t directoryOffset = bankDirectoryOffset(description.size());
  layout = BankLayout(about);
  directory = BankDirectory(directoryOffset);
  fot_bank_prelude prelude = {};
  std::memcpy(prelude.magic, FOT_BANK_MAGIC, sizeof(prelude.magic));
  prelude.format_major = FOT_BANK_MAJOR;
  prelude.format_minor = FOT_BANK_MINOR;
  prelude.description_bytes = description.size();
  prelude.description_checksum = checksum64(description);
  prelude.directory_offset = directoryOffset;
  prelude.prelude_checksum = checksum64(
      bytesOf(prelude).first(offsetof(fot_bank_prelude, prelude_checksum)));
  FOT_RETURN_IF_ERROR(write(0, bytesOf(prelude)));
  FOT_RETURN_IF_ERROR(write(FOT_BANK_DESCRIPTION, description));
  FOT_RETURN_IF_ERROR(extend(directory.end));
  FOT_RETURN_IF_ERROR(writeCommit(0, 1));
  FOT_RETURN_IF_ERROR(writeCommit(1, 1));
  isFinal = true;
  return Status();
}

/// Lengthens the file with zeros up to `size`.
Status BankWriter::extend(uint64_t size) {
  return ftruncate(fd, static_cast<off_t>(size)) == 0 ? Status()
                                                      : writeFailure();
}

/// Sees that the directory can take so many slots, with a new block at the end
/// of the file if need be.
Status BankWriter::makeRoom(size_t slots) {
  if (directory.hasRoom(slots)) {
    return Status();
  }
  fot_bank_link link = {};
  link.kind = FOT_BANK_LINK;
  link.slots = 1;
  link.offset = directory.end;
  FOT_RETURN_IF_ERROR(extend(directory.end + kBlockBytes));
  FOT_RETURN_IF_ERROR(write(directory.nextSlot(), bytesOf(link)));
  return directory.add(bytesOf(link), layout).at(name);
}

Status BankWriter::addRecord(std::span<const std::byte> record) {
  FOT_RETURN_IF_ERROR(makeRoom(record.size() / FOT_BANK_SLOT_BYTES));
  FOT_RETURN_IF_ERROR(write(directory.nextSlot(), record));
  return directory.add(record, layout).at(name);
}

/// Runs `step`. Once one has failed, no other is tried: the file's end and the
/// directory need no longer be what this object takes them for.
template <typename Step> Status BankWriter::attempt(Step step) {
  if (!failure.empty()) {
    return Status::failure(failure);
  }
  if (fd < 0) {
    return Status::failure(name + ": the bank is finished already");
  }
  Status status = step();
  failure = status.message();
  return status;
}

Status BankWriter::beginDocument(const std::string &document,
                                 BankEncoding encoding, uint32_t window) {
  return attempt([&] {
    if (document.size() > kMostNameBytes) {
      return Status::failure(name + ": a document's name has at most " +
                             std::to_string(kMostNameBytes) +
                             " bytes, this one has " +
                             std::to_string(document.size()));
    }
    fot_bank_document begin = {};
    size_t size = sizeof(begin) + alignUp(document.size(), FOT_BANK_SLOT_BYTES);
    begin.kind = FOT_BANK_DOCUMENT;
    begin.slots = static_cast<uint16_t>(size / FOT_BANK_SLOT_BYTES);
    begin.name_bytes = static_cast<uint32_t>(document.size());
    begin.encoding = static_cast<uint32_t>(encoding);
    begin.window = window;
    std::vector<std::byte> record(size);
    std::memcpy(record.data(), &begin, sizeof(begin));
    std::memcpy(record.data() + sizeof(begin), document.data(),
                document.size());
    return addRecord(record);
  });
}

Status BankWriter::finishDocument(uint64_t bytes, uint64_t checksum) {
  return attempt([&] {
    if (directory.documents.empty() || directory.documents.back().complete) {
      return Status::failure(name + ": there is no document to finish");
    }
    fot_bank_end record = {};
    record.kind = FOT_BANK_END;
    record.slots = 1;
    record.tokens =
        directory.documents.empty() ? 0 : directory.documents.back().tokens;
    record.bytes = bytes;
    record.text_checksum = checksum;
    return addRecord(bytesOf(record));
  });
}

Status BankWriter::addSegment(std::span<const int32_t> tokens,
                              uint64_t firstByte, uint64_t endByte,
                              std::span<const BankPieces> layers) {
  return attempt(
      [&] { return writeSegment(tokens, firstByte, endByte, layers); });
}

Status BankWriter::writeSegment(std::span<const int32_t> tokens,
                                uint64_t firstByte, uint64_t endByte,
                                std::span<const BankPieces> layers) {
  auto refused = [&](const std::string &what) {
    return Status::failure(name + ": " + what);
  };
  if (directory.documents.empty() || directory.documents.back().complete) {
    return refused("a segment belongs to a document, and none is begun");
  }
  if (tokens.empty() || tokens.size() > (1u << 30)) {
    return refused("a segment cannot have " + std::to_string(tokens.size()) +
                   " tokens");
  }
  if (layers.size() != layout.numLayers()) {
    return refused("expected keys and values of " +
                   std::to_string(layout.numLayers()) + " layers, found " +
                   std::to_string(layers.size()));
  }
  BankSegment segment;
  segment.count = static_cast<uint32_t>(tokens.size());
  segment.capacity = static_cast<uint32_t>(alignUp(tokens.size(), 64));
  segment.hasIndex = !layers[0].index.empty();
  auto size = layout.size(segment);
  if (!size || !checkedAdd(directory.end, *size)) {
    return refused("a segment of " + std::to_string(tokens.size()) +
                   " tokens is too large");
  }
  FOT_RETURN_IF_ERROR(makeRoom(1));
  uint64_t start = directory.end;
  auto tokenBytes = std::as_bytes(tokens);
  std::vector<uint64_t> table{checksum64(tokenBytes)};
  auto writeLast = [&](const BankLayout::Part &part,
                       std::span<const std::byte> bytes, const char *kind,
                       size_t layer) {
    if (bytes.size() != part.size) {
      return refused("expected " + std::to_string(part.size) + " bytes of " +
                     kind + " of layer " +
                     std::to_string(about.layers[layer].layer) + ", found " +
                     std::to_string(bytes.size()));
    }
    table.push_back(checksum64(bytes));
    return write(start + part.offset, bytes);
  };
  for (size_t i = 0; i < layers.size(); ++i) {
    const BankPieces &pieces = layers[i];
    FOT_RETURN_IF_ERROR(
        writeLast(layout.index(segment, i), pieces.index, "the index", i));
    FOT_RETURN_IF_ERROR(
        writeLast(layout.keys(segment, i), pieces.keys, "the keys", i));
    FOT_RETURN_IF_ERROR(
        writeLast(layout.values(segment, i), pieces.values, "the values", i));
  }
  // Table and tokens with the zeros behind them.
  std::vector<std::byte> head(layout.index(segment, 0).offset);
  auto tableBytes = std::as_bytes(std::span(table));
  std::copy(tableBytes.begin(), tableBytes.end(), head.begin());
  std::copy(tokenBytes.begin(), tokenBytes.end(),
            head.begin() +
                static_cast<ptrdiff_t>(layout.tokens(segment).offset));
  FOT_RETURN_IF_ERROR(write(start, head));

  fot_bank_segment record = {};
  record.kind = FOT_BANK_SEGMENT;
  record.slots = 1;
  record.flags = segment.hasIndex ? FOT_BANK_HAS_INDEX : 0;
  record.bytes = *size;
  record.first_token = directory.documents.back().tokens;
  record.count = segment.count;
  record.capacity = segment.capacity;
  record.first_byte = firstByte;
  record.end_byte = endByte;
  record.checksum = checksum64(tableBytes);
  record.offset = start;
  return addRecord(bytesOf(record));
}

//===----------------------------------------------------------------------===//
// Committing
//===----------------------------------------------------------------------===//

/// Writes what there is now to commit slot `which`.
Status BankWriter::writeCommit(unsigned which, uint64_t generation) {
  fot_bank_commit commit = {};
  commit.generation = generation;
  commit.slots = directory.slots;
  commit.segments = directory.segments.size();
  commit.documents = directory.documents.size();
  commit.tokens = directory.tokens;
  commit.file_bytes = directory.end;
  commit.directory_checksum = directory.checksum.digest();
  signBankCommit(commit);
  FOT_RETURN_IF_ERROR(write(kBankCommits[which], bytesOf(commit)));
  committed = commit;
  slot = which;
  committedTail = {directory.nextSlot(), directory.block + kBlockBytes};
  return Status();
}

Status BankWriter::commit() {
  return attempt([&] { return commitAll(); });
}

Status BankWriter::commitAll() {
  if (committed.slots == directory.slots) {
    return Status();
  }
  FOT_RETURN_IF_ERROR(sync());
  isFinal = false;
  FOT_RETURN_IF_ERROR(writeCommit(1 - slot, committed.generation + 1));
  return sync();
}

Status BankWriter::finish() {
  return attempt([&] {
    FOT_RETURN_IF_ERROR(commitAll());
    // Both records say the same, so it does not matter which one counts while
    // their generations become 1.
    for (unsigned i = 0; i < 2 && !isFinal; ++i) {
      FOT_RETURN_IF_ERROR(writeCommit(1 - slot, 1));
      FOT_RETURN_IF_ERROR(sync());
    }
    isFinal = true;
    if (aside.pending()) {
      FOT_RETURN_IF_ERROR(sync());
      FOT_RETURN_IF_ERROR(checkNobodyWrites(name));
      if (!aside.place(fd)) {
        return systemFailure(name, "put the finished file in place");
      }
      syncFolder(name);
    }
    close(std::exchange(fd, -1));
    return Status();
  });
}

} // namespace fot::rt
