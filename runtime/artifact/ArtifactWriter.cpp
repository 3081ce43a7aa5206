// Room for the prelude first; it is filled in when all sizes are known.
#include "runtime/artifact/ArtifactWriter.h"

#include "runtime/base/Checked.h"

#include "fot/artifact_layout.h"

#include <cassert>
#include <cstring>

namespace fot::rt {

StatusOr<ArtifactWriter> ArtifactWriter::create(const std::string &path) {
  FOT_ASSIGN_OR_RETURN(FileWriter file, FileWriter::create(path));
  ArtifactWriter writer(std::move(file));
  fot_artifact_prelude prelude = {};
  FOT_RETURN_IF_ERROR(writer.file.write(std::as_bytes(std::span(&prelude, 1))));
  return writer;
}

uint32_t ArtifactWriter::beginSegment(schema::SegmentKind kind,
                                      const std::string &name) {
  assert(!open && "the segment before has not ended");
  assert(file.offset() % FOT_SEGMENT_ALIGNMENT == 0);
  schema::SegmentT segment;
  segment.kind = kind;
  segment.name = name;
  segment.offset = file.offset();
  segments.push_back(std::move(segment));
  checksum.reset();
  open = true;
  return static_cast<uint32_t>(segments.size() - 1);
}

Status ArtifactWriter::append(std::span<const std::byte> bytes) {
  assert(open && "bytes belong to a segment");
  checksum.append(bytes);
  return file.write(bytes);
}

Status ArtifactWriter::pad(uint64_t alignment) {
  assert(alignment <= FOT_SEGMENT_ALIGNMENT);
  static constexpr std::byte zeros[FOT_SEGMENT_ALIGNMENT] = {};
  uint64_t size = segmentBytes();
  return append(std::span(zeros, alignUp(size, alignment) - size));
}

uint64_t ArtifactWriter::segmentBytes() const {
  return file.offset() - segments.back().offset;
}

Status ArtifactWriter::endSegment() {
  segments.back().size = segmentBytes();
  segments.back().checksum = checksum.digest();
  open = false;
  return file.pad(FOT_SEGMENT_ALIGNMENT);
}

StatusOr<uint32_t>
ArtifactWriter::addSegment(schema::SegmentKind kind, const std::string &name,
                           std::span<const std::byte> bytes) {
  uint32_t index = beginSegment(kind, name);
  FOT_RETURN_IF_ERROR(append(bytes));
  FOT_RETURN_IF_ERROR(endSegment());
  return index;
}

Status ArtifactWriter::finish(schema::ArtifactT &header) {
  assert(!open && "the last segment has not ended");
  header.format_major = FOT_ARTIFACT_MAJOR;
  header.format_minor = FOT_ARTIFACT_MINOR;
  header.schema_hash = FOT_ARTIFACT_SCHEMA_HASH;
  header.segments.clear();
  for (const schema::SegmentT &segment : segments) {
    header.segments.push_back(std::make_unique<schema::SegmentT>(segment));
  }
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishArtifactBuffer(builder,
                               schema::CreateArtifact(builder, &header));
  auto bytes =
      std::as_bytes(std::span(builder.GetBufferPointer(), builder.GetSize()));

  fot_artifact_prelude prelude = {};
  std::memcpy(prelude.magic, FOT_ARTIFACT_MAGIC, sizeof(prelude.magic));
  prelude.format_major = FOT_ARTIFACT_MAJOR;
  prelude.format_minor = FOT_ARTIFACT_MINOR;
  prelude.header_offset = file.offset();
  prelude.header_bytes = bytes.size();
  prelude.header_checksum = checksum64(bytes);
  prelude.file_bytes = prelude.header_offset + bytes.size();
  auto start = std::as_bytes(std::span(&prelude, 1));
  prelude.prelude_checksum =
      checksum64(start.first(offsetof(fot_artifact_prelude, prelude_checksum)));
  FOT_RETURN_IF_ERROR(file.write(bytes));
  FOT_RETURN_IF_ERROR(file.writeAt(0, start));
  return file.commit();
}

} // namespace fot::rt
