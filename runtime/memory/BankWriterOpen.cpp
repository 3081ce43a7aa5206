// How a bank comes to its writer: new, aside, or as it was left, and locked.
#include "runtime/memory/BankWriter.h"

#include "runtime/base/MappedFile.h"
#include "runtime/base/SystemFailure.h"
#include "runtime/memory/BankHeader.h"
#include "runtime/memory/BankLock.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace fot::rt {

Status BankWriter::checkName(const std::string &path) {
  struct stat info;
  if (stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode)) {
    return Status::failure(
        path + ": expected a regular file to write, found " +
        (S_ISDIR(info.st_mode) ? "a directory" : "something else"));
  }
  FOT_RETURN_IF_ERROR(checkNobodyWrites(path));
  AsideFile trial;
  int trialFd = trial.open(path);
  if (trialFd < 0) {
    return systemFailure(path, "create the file");
  }
  close(trialFd);
  return Status();
}

StatusOr<std::unique_ptr<BankWriter>>
BankWriter::createAside(const std::string &path,
                        const BankDescription &description) {
  FOT_RETURN_IF_ERROR(description.verify().at(path));
  FOT_RETURN_IF_ERROR(checkName(path));
  std::unique_ptr<BankWriter> writer(new BankWriter());
  writer->name = path;
  writer->about = description;
  writer->fd = writer->aside.open(path);
  if (writer->fd < 0) {
    return systemFailure(path, "create the file");
  }
  FOT_RETURN_IF_ERROR(lockBank(writer->fd, path));
  FOT_RETURN_IF_ERROR(writer->writeHeader());
  return writer;
}

StatusOr<std::unique_ptr<BankWriter>>
BankWriter::create(const std::string &path,
                   const BankDescription &description) {
  auto exists = [&] {
    return Status::failure(path + ": there is a file of this name already");
  };
  struct stat info;
  if (lstat(path.c_str(), &info) == 0) {
    return exists();
  }
  FOT_ASSIGN_OR_RETURN(auto writer, createAside(path, description));
  FOT_RETURN_IF_ERROR(writer->sync());
  if (!writer->aside.placeNew(writer->fd)) {
    return errno == EEXIST ? exists()
                           : systemFailure(path, "put the new file in place");
  }
  syncFolder(path);
  return writer;
}

StatusOr<std::unique_ptr<BankWriter>>
BankWriter::open(const std::string &path, const BankDescription &description) {
  std::unique_ptr<BankWriter> writer(new BankWriter());
  writer->name = path;
  // The file may be replaced between its opening and its lock: then again.
  for (struct stat opened, named;;) {
    int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
      return systemFailure(path, "open the file for writing");
    }
    Status locked = lockBank(fd, path);
    if (!locked.ok()) {
      close(fd);
      return locked;
    }
    if (fstat(fd, &opened) == 0 && stat(path.c_str(), &named) == 0 &&
        opened.st_dev == named.st_dev && opened.st_ino == named.st_ino) {
      writer->fd = fd;
      break;
    }
    close(fd);
  }
  FOT_RETURN_IF_ERROR(writer->load(description));
  return writer;
}

Status BankWriter::load(const BankDescription &expected) {
  // Until the file is known to be a bank, nothing in it may be touched.
  int bank = std::exchange(fd, -1);
  Status status = readAll(bank, expected);
  if (!status.ok()) {
    close(bank);
    return status;
  }
  fd = bank;
  return dropUncommitted();
}

Status BankWriter::readAll(int bank, const BankDescription &expected) {
  auto header = BankHeader::read(bank);
  if (!header.ok()) {
    return header.takeStatus().at(name);
  }
  FOT_RETURN_IF_ERROR(expected.compatible(header->description).at(name));
  about = std::move(header->description);
  layout = BankLayout(about);
  slot = header->current;
  committed = header->commit();
  isFinal = header->commits[0] && header->commits[1] &&
            std::memcmp(&*header->commits[0], &*header->commits[1],
                        sizeof(fot_bank_commit)) == 0;
  FOT_ASSIGN_OR_RETURN(MappedFile file,
                       MappedFile::map(bank, name, committed.file_bytes));
  auto read = BankDirectory::read(
      file.bytes(), header->prelude.directory_offset, committed, layout);
  if (!read.ok()) {
    return read.takeStatus().at(name);
  }
  directory = std::move(*read);
  committedTail = {directory.nextSlot(), directory.block + kBlockBytes};
  return Status();
}

} // namespace fot::rt
