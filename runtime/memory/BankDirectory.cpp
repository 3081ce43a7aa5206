// Reads directories, one record after the other, and trusts none of them.
#include "runtime/memory/BankDirectory.h"

#include "runtime/base/Checked.h"

#include "fot/kernel_abi.h"

#include <algorithm>
#include <cstring>

namespace fot::rt {

static_assert(sizeof(fot_bank_document) == FOT_BANK_SLOT_BYTES);
static_assert(sizeof(fot_bank_segment) == FOT_BANK_SLOT_BYTES);
static_assert(sizeof(fot_bank_end) == FOT_BANK_SLOT_BYTES);
static_assert(sizeof(fot_bank_link) == FOT_BANK_SLOT_BYTES);

static constexpr uint64_t kStep = FOT_BANK_ALIGNMENT;

const char *encodingName(BankEncoding encoding) {
  return encoding == BankEncoding::Sequential ? "sequential" : "independent";
}

BankLayout::BankLayout(const BankDescription &description) {
  auto grow = [](Size &sum, const Size &part) {
    sum.fixed += part.fixed;
    sum.entry += part.entry;
  };
  for (const BankLayer &one : description.layers) {
    Layer layer;
    uint64_t heads = one.heads.size();
    uint64_t dim = description.headDim;
    uint64_t fixed = static_cast<uint64_t>(FOT_INDEX_BYTES(dim, 0));
    uint64_t entry = static_cast<uint64_t>(FOT_INDEX_BYTES(dim, 1)) - fixed;
    layer.index = {heads * fixed, heads * entry};
    layer.keys.entry =
        heads * rowBytes(description.keyType, description.headDim);
    layer.values.entry =
        heads * rowBytes(description.valueType, description.headDim);
    layer.indexBefore = allIndices;
    layer.rowsBefore = allRows;
    grow(allIndices, layer.index);
    grow(allRows, layer.keys);
    grow(allRows, layer.values);
    layers.push_back(layer);
  }
}

BankLayout::Part BankLayout::tokens(const BankSegment &segment) const {
  return {alignUp(numChecksums() * 8, kStep), uint64_t(segment.count) * 4};
}

uint64_t BankLayout::indexStart(const BankSegment &segment) const {
  Part part = tokens(segment);
  return part.offset + alignUp(part.size, kStep);
}

uint64_t BankLayout::rowsStart(const BankSegment &segment) const {
  return indexStart(segment) +
         (segment.hasIndex ? allIndices.of(segment.capacity) : 0);
}

BankLayout::Part BankLayout::index(const BankSegment &segment,
                                   size_t layer) const {
  const Layer &one = layers[layer];
  if (!segment.hasIndex) {
    return {indexStart(segment), 0};
  }
  return {indexStart(segment) + one.indexBefore.of(segment.capacity),
          one.index.of(segment.capacity)};
}

BankLayout::Part BankLayout::keys(const BankSegment &segment,
                                  size_t layer) const {
  const Layer &one = layers[layer];
  return {rowsStart(segment) + one.rowsBefore.of(segment.capacity),
          one.keys.of(segment.capacity)};
}

BankLayout::Part BankLayout::values(const BankSegment &segment,
                                    size_t layer) const {
  Part part = keys(segment, layer);
  return {part.offset + part.size, layers[layer].values.of(segment.capacity)};
}

std::optional<uint64_t> BankLayout::size(const BankSegment &segment) const {
  uint64_t entry =
      allRows.entry + (segment.hasIndex ? allIndices.entry : uint64_t(0));
  auto data = checkedMultiply(entry, segment.capacity);
  return data ? checkedAdd(*data, indexStart(segment) +
                                      (segment.hasIndex ? allIndices.fixed : 0))
              : std::nullopt;
}

BankDirectory::BankDirectory(uint64_t firstBlock)
    : block(firstBlock), end(firstBlock + kBlockBytes) {}

template <typename Record>
static Record recordOf(std::span<const std::byte> bytes) {
  Record record;
  std::memcpy(&record, bytes.data(), sizeof(record));
  return record;
}

Status BankDirectory::add(std::span<const std::byte> record,
                          const BankLayout &layout) {
  auto link = recordOf<fot_bank_link>(record);
  size_t count = record.size() / FOT_BANK_SLOT_BYTES;
  switch (link.kind) {
  case FOT_BANK_DOCUMENT:
    FOT_RETURN_IF_ERROR(addDocument(record));
    break;
  case FOT_BANK_SEGMENT:
    FOT_RETURN_IF_ERROR(addSegment(record, layout));
    break;
  case FOT_BANK_END:
    FOT_RETURN_IF_ERROR(addEnd(record));
    break;
  case FOT_BANK_LINK: {
    auto linkedEnd = checkedAdd(end, kBlockBytes);
    if (link.offset != end || !linkedEnd) {
      return Status::failure("it links to byte " + std::to_string(link.offset) +
                             " instead of " + std::to_string(end));
    }
    block = end;
    end = *linkedEnd;
    break;
  }
  default:
    return Status::failure("it is of the unknown kind " +
                           std::to_string(link.kind));
  }
  used = link.kind == FOT_BANK_LINK ? 0 : used + static_cast<uint32_t>(count);
  slots += count;
  checksum.append(record);
  return Status();
}

Status BankDirectory::addDocument(std::span<const std::byte> record) {
  auto begin = recordOf<fot_bank_document>(record);
  std::span<const std::byte> name = record.subspan(FOT_BANK_SLOT_BYTES);
  if (begin.name_bytes > name.size() ||
      alignUp(begin.name_bytes, FOT_BANK_SLOT_BYTES) != name.size()) {
    return Status::failure("its name cannot have " +
                           std::to_string(begin.name_bytes) + " bytes");
  }
  if (begin.encoding > static_cast<uint32_t>(BankEncoding::Independent)) {
    return Status::failure("it is encoded in the unknown way " +
                           std::to_string(begin.encoding));
  }
  BankDocument document;
  document.name.assign(reinterpret_cast<const char *>(name.data()),
                       begin.name_bytes);
  document.encoding = static_cast<BankEncoding>(begin.encoding);
  document.window = begin.window;
  document.firstSegment = segments.size();
  documents.push_back(std::move(document));
  return Status();
}

Status BankDirectory::addSegment(std::span<const std::byte> record,
                                 const BankLayout &layout) {
  auto stated = recordOf<fot_bank_segment>(record);
  if (documents.empty() || documents.back().complete) {
    return Status::failure("it is a segment of no document");
  }
  BankDocument &document = documents.back();
  if (stated.count == 0 || stated.count > (1u << 30) ||
      stated.capacity != alignUp(stated.count, 64)) {
    return Status::failure(
        "a segment cannot have " + std::to_string(stated.count) +
        " tokens and a capacity of " + std::to_string(stated.capacity));
  }
  if (stated.first_token != document.tokens) {
    return Status::failure(
        "its segment begins with token " + std::to_string(stated.first_token) +
        " of the document instead of " + std::to_string(document.tokens));
  }
  if (stated.end_byte < stated.first_byte ||
      (stated.flags & ~FOT_BANK_HAS_INDEX) != 0) {
    return Status::failure("its segment has an unknown flag or ends before it "
                           "begins");
  }
  BankSegment segment;
  segment.document = documents.size() - 1;
  segment.firstToken = stated.first_token;
  segment.count = stated.count;
  segment.capacity = stated.capacity;
  segment.firstByte = stated.first_byte;
  segment.endByte = stated.end_byte;
  segment.hasIndex = (stated.flags & FOT_BANK_HAS_INDEX) != 0;
  segment.offset = stated.offset;
  segment.size = stated.bytes;
  segment.checksum = stated.checksum;
  auto size = layout.size(segment);
  auto segmentEnd = size ? checkedAdd(end, *size) : std::nullopt;
  if (!segmentEnd || stated.offset != end || stated.bytes != *size) {
    return Status::failure(
        "its segment cannot lie at byte " + std::to_string(stated.offset) +
        " with " + std::to_string(stated.bytes) + " bytes: expected byte " +
        std::to_string(end) + " and " +
        (size ? std::to_string(*size) : std::string("too many")) + " bytes");
  }
  segments.push_back(segment);
  document.tokens += segment.count; // less than the bytes of the file
  ++document.numSegments;
  tokens += segment.count;
  end = *segmentEnd;
  return Status();
}

Status BankDirectory::addEnd(std::span<const std::byte> record) {
  auto stated = recordOf<fot_bank_end>(record);
  if (documents.empty() || documents.back().complete ||
      documents.back().tokens != stated.tokens) {
    return Status::failure("it does not end the document before it");
  }
  documents.back().complete = true;
  documents.back().bytes = stated.bytes;
  documents.back().checksum = stated.text_checksum;
  return Status();
}

StatusOr<BankDirectory> BankDirectory::read(std::span<const std::byte> file,
                                            uint64_t firstBlock,
                                            const fot_bank_commit &commit,
                                            const BankLayout &layout) {
  auto damaged = [](const std::string &what) {
    return Status::failure("the bank is damaged: " + what);
  };
  BankDirectory directory(firstBlock);
  while (true) {
    // The block of the first slot, or the one that was linked to last.
    if (directory.end > file.size()) {
      return damaged("its directory or a segment ends at byte " +
                     std::to_string(directory.end) + ", behind the last one, " +
                     std::to_string(file.size()));
    }
    if (directory.slots == commit.slots) {
      break;
    }
    uint64_t offset = directory.nextSlot();
    auto first =
        recordOf<fot_bank_link>(file.subspan(offset, FOT_BANK_SLOT_BYTES));
    bool isLink = first.kind == FOT_BANK_LINK;
    if (first.slots == 0 || first.slots > commit.slots - directory.slots ||
        (isLink ? first.slots != 1 : !directory.hasRoom(first.slots))) {
      return damaged("the record at byte " + std::to_string(offset) +
                     " of its directory cannot take " +
                     std::to_string(first.slots) + " slots");
    }
    Status added = directory.add(
        file.subspan(offset, first.slots * uint64_t(FOT_BANK_SLOT_BYTES)),
        layout);
    if (!added.ok()) {
      return damaged("the record at byte " + std::to_string(offset) +
                     " of its directory is wrong: " + added.message());
    }
  }
  if (directory.checksum.digest() != commit.directory_checksum) {
    return damaged("the checksum of its directory, which begins at byte " +
                   std::to_string(firstBlock) + ", does not match");
  }
  if (directory.segments.size() != commit.segments ||
      directory.documents.size() != commit.documents ||
      directory.tokens != commit.tokens || directory.end != file.size()) {
    return damaged("its directory lists other segments, documents or tokens "
                   "than its commit record counts");
  }
  return directory;
}

} // namespace fot::rt
