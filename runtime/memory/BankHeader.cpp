// Reads with pread: what a writer changes meanwhile is seen once, or not.
#include "runtime/memory/BankHeader.h"

#include "runtime/base/Checked.h"
#include "runtime/base/Checksum.h"
#include "runtime/base/Version.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>
#include <sys/stat.h>
#include <unistd.h>

namespace fot::rt {

static_assert(sizeof(fot_bank_prelude) == 64);
static_assert(sizeof(fot_bank_commit) == 64);

/// Real ones have some kilobytes.
static constexpr uint64_t kMostDescriptionBytes = 64u << 20;

uint64_t bankDirectoryOffset(uint64_t descriptionBytes) {
  return FOT_BANK_DESCRIPTION + alignUp(descriptionBytes, FOT_BANK_ALIGNMENT);
}

/// The checksum of what stands before the last field.
template <typename Record> static uint64_t checksumOf(const Record &record) {
  return checksum64(
      std::as_bytes(std::span(&record, 1)).first(sizeof(Record) - 8));
}

void signBankCommit(fot_bank_commit &commit) {
  commit.commit_checksum = checksumOf(commit);
}

/// Reads as many of `bytes` as the file has from `offset` on.
static StatusOr<size_t> readAt(int fd, uint64_t offset,
                               std::span<std::byte> bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t count = pread(fd, bytes.data() + done, bytes.size() - done,
                          static_cast<off_t>(offset + done));
    if (count < 0 && errno != EINTR) {
      return Status::failure(std::string("cannot read the file: ") +
                             std::strerror(errno));
    }
    if (count == 0) {
      break;
    }
    done += count > 0 ? static_cast<size_t>(count) : 0;
  }
  return done;
}

static Status truncated(uint64_t expected, uint64_t found) {
  return Status::failure("the bank is truncated: expected " +
                         std::to_string(expected) + " bytes, found " +
                         std::to_string(found));
}

static Status checkPrelude(const fot_bank_prelude &prelude) {
  if (std::memcmp(prelude.magic, FOT_BANK_MAGIC, sizeof(prelude.magic)) != 0) {
    return Status::failure("this is not a .fotmem bank: expected it to begin "
                           "with \"" FOT_BANK_MAGIC "\"");
  }
  if (prelude.format_major != FOT_BANK_MAJOR) {
    return Status::failure(
        "the bank has format " + std::to_string(prelude.format_major) + "." +
        std::to_string(prelude.format_minor) + ", but this runtime (" +
        runtimeVersion() + ") reads format " + std::to_string(FOT_BANK_MAJOR) +
        "; " +
        (prelude.format_major > FOT_BANK_MAJOR
             ? "use a newer runtime, or memorize the documents again"
             : "memorize the documents again"));
  }
  if (prelude.prelude_checksum != checksumOf(prelude)) {
    return Status::failure("the bank is damaged: the checksum of its first 56 "
                           "bytes does not match");
  }
  if (prelude.description_bytes > kMostDescriptionBytes ||
      prelude.directory_offset !=
          bankDirectoryOffset(prelude.description_bytes)) {
    return Status::failure("the bank is damaged: its description cannot have " +
                           std::to_string(prelude.description_bytes) +
                           " bytes with a directory at byte " +
                           std::to_string(prelude.directory_offset));
  }
  return Status();
}

StatusOr<BankHeader> BankHeader::read(int fd) {
  struct stat info;
  if (fstat(fd, &info) != 0) {
    return Status::failure(std::string("cannot read the file's size: ") +
                           std::strerror(errno));
  }
  if (!S_ISREG(info.st_mode)) {
    return Status::failure(
        std::string("expected a regular file, found ") +
        (S_ISDIR(info.st_mode) ? "a directory" : "something else"));
  }
  BankHeader header;
  auto preludeBytes = std::as_writable_bytes(std::span(&header.prelude, 1));
  FOT_ASSIGN_OR_RETURN(size_t found, readAt(fd, 0, preludeBytes));
  if (found < sizeof(header.prelude) &&
      (found < sizeof(header.prelude.magic) ||
       std::memcmp(header.prelude.magic, FOT_BANK_MAGIC,
                   sizeof(header.prelude.magic)) == 0)) {
    return found < sizeof(header.prelude.magic)
               ? Status::failure("this is not a .fotmem bank: expected at "
                                 "least 64 bytes, found " +
                                 std::to_string(found))
               : truncated(FOT_BANK_DESCRIPTION, found);
  }
  FOT_RETURN_IF_ERROR(checkPrelude(header.prelude));

  for (unsigned slot = 0; slot < 2; ++slot) {
    fot_bank_commit commit;
    auto bytes = std::as_writable_bytes(std::span(&commit, 1));
    FOT_ASSIGN_OR_RETURN(found, readAt(fd, kBankCommits[slot], bytes));
    if (found == sizeof(commit) &&
        commit.commit_checksum == checksumOf(commit)) {
      header.commits[slot] = commit;
    }
  }
  uint64_t fileBytes = static_cast<uint64_t>(info.st_size);
  uint64_t directoryOffset = header.prelude.directory_offset;
  if (!header.commits[0] && !header.commits[1]) {
    return fileBytes < directoryOffset
               ? truncated(directoryOffset, fileBytes)
               : Status::failure("the bank is damaged: the checksums of both "
                                 "its commit records, at bytes 4096 and 8192, "
                                 "do not match");
  }
  header.current = !header.commits[0] ||
                   (header.commits[1] && header.commits[1]->generation >
                                             header.commits[0]->generation);
  if (header.commit().file_bytes > fileBytes) {
    return truncated(header.commit().file_bytes, fileBytes);
  }
  if (header.commit().file_bytes < directoryOffset) {
    return Status::failure("the bank is damaged: its commit record states " +
                           std::to_string(header.commit().file_bytes) +
                           " bytes, less than its header has");
  }
  std::vector<std::byte> description(header.prelude.description_bytes);
  FOT_ASSIGN_OR_RETURN(found, readAt(fd, FOT_BANK_DESCRIPTION, description));
  if (found < description.size()) {
    return truncated(directoryOffset, fileBytes);
  }
  if (checksum64(description) != header.prelude.description_checksum) {
    return Status::failure("the bank is damaged: the checksum of its "
                           "description, at byte 12288, does not match");
  }
  FOT_ASSIGN_OR_RETURN(header.description, BankDescription::parse(description));
  return header;
}

} // namespace fot::rt
