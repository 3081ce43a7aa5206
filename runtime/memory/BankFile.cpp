// The file is mapped twice: what is read from front to back keeps the kernel's
// read-ahead, what is read here and there does not have it. One advice for each
// segment instead would cut the mapping into as many pieces.
#include "runtime/memory/BankFile.h"

#include "runtime/base/Checksum.h"
#include "runtime/base/SystemFailure.h"
#include "runtime/memory/BankHeader.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace fot::rt {

StatusOr<std::shared_ptr<const BankFile>>
BankFile::open(const std::string &path) {
  // Without waiting for somebody to write to a pipe, which is refused anyway.
  int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return systemFailure(path, "open the file");
  }
  auto file = std::make_shared<BankFile>();
  file->name = path;
  Status status = file->load(fd);
  close(fd);
  FOT_RETURN_IF_ERROR(std::move(status));
  return std::shared_ptr<const BankFile>(std::move(file));
}

Status BankFile::load(int fd) {
  auto header = BankHeader::read(fd);
  if (!header.ok()) {
    return header.takeStatus().at(name);
  }
  prelude = header->prelude;
  commits = header->commits;
  commit = header->commit();
  about = std::move(header->description);
  layout = BankLayout(about);
  FOT_ASSIGN_OR_RETURN(inOrder, MappedFile::map(fd, name, commit.file_bytes));
  auto read = BankDirectory::read(inOrder.bytes(), prelude.directory_offset,
                                  commit, layout);
  if (!read.ok()) {
    return read.takeStatus().at(name);
  }
  directory = std::move(*read);
  bool indexed =
      std::any_of(segments().begin(), segments().end(),
                  [](const BankSegment &segment) { return segment.hasIndex; });
  if (indexed) {
    // Where there are addresses for one mapping only, one will do.
    auto second = MappedFile::map(fd, name, commit.file_bytes);
    if (second.ok()) {
      hereAndThere = std::move(*second);
      hereAndThere.adviseRandom();
    }
  }
  return Status();
}

std::string BankFile::formatText() const {
  return std::to_string(prelude.format_major) + "." +
         std::to_string(prelude.format_minor);
}

uint64_t BankFile::contentChecksum() const {
  const uint64_t parts[] = {prelude.description_checksum,
                            commit.directory_checksum};
  return checksum64(std::as_bytes(std::span(parts)));
}

static std::span<const std::byte> partOf(const MappedFile &file,
                                         const BankSegment &segment,
                                         const BankLayout::Part &part) {
  return file.bytes().subspan(segment.offset + part.offset, part.size);
}

std::span<const int32_t> BankFile::tokens(size_t number) const {
  const BankSegment &segment = segments()[number];
  auto bytes = partOf(inOrder, segment, layout.tokens(segment));
  return {reinterpret_cast<const int32_t *>(bytes.data()), segment.count};
}

std::span<const std::byte> BankFile::index(size_t number, size_t layer) const {
  const BankSegment &segment = segments()[number];
  return partOf(inOrder, segment, layout.index(segment, layer));
}

std::span<const std::byte> BankFile::keys(size_t number, size_t layer) const {
  const BankSegment &segment = segments()[number];
  return partOf(inOrder, segment, layout.keys(segment, layer));
}

std::span<const std::byte> BankFile::values(size_t number, size_t layer) const {
  const BankSegment &segment = segments()[number];
  return partOf(inOrder, segment, layout.values(segment, layer));
}

fot_segment BankFile::view(size_t number, size_t layer) const {
  const BankSegment &segment = segments()[number];
  const MappedFile &rows = segment.hasIndex && !hereAndThere.bytes().empty()
                               ? hereAndThere
                               : inOrder;
  auto pointer = [](std::span<const std::byte> bytes) -> void * {
    return const_cast<std::byte *>(bytes.data());
  };
  fot_segment view = {};
  view.keys = pointer(partOf(rows, segment, layout.keys(segment, layer)));
  view.values = pointer(partOf(rows, segment, layout.values(segment, layer)));
  view.index = segment.hasIndex ? pointer(index(number, layer)) : nullptr;
  view.count = segment.count;
  view.capacity = segment.capacity;
  return view;
}

void BankFile::adviseIndexHot() const {
  for (const BankSegment &segment : segments()) {
    if (segment.hasIndex) {
      auto first = layout.index(segment, 0);
      auto last = layout.index(segment, layout.numLayers() - 1);
      inOrder.adviseSoon(segment.offset + first.offset,
                         last.offset + last.size - first.offset);
    }
  }
}

} // namespace fot::rt
