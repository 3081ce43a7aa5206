// Opening: prelude, header, references, checksums; in that order, so that no
// byte is used before it is known to be what the writer wrote.
#include "runtime/artifact/Artifact.h"

#include "runtime/artifact/ArtifactVerifier.h"
#include "runtime/base/Checked.h"
#include "runtime/base/Checksum.h"
#include "runtime/base/Version.h"

#include "fot/artifact_layout.h"

#include <cstddef>
#include <cstring>
#include <optional>

namespace fot::rt {

static_assert(sizeof(fot_artifact_prelude) == 64);

/// Limits of the FlatBuffers verifier. Real headers nest four deep; the number
/// of tables grows with the weights of a model.
static constexpr flatbuffers::uoffset_t kMostDepth = 16;
static constexpr flatbuffers::uoffset_t kMostTables = 4u << 20;

uint64_t elementBytes(schema::ElementType type) {
  switch (type) {
  case schema::ElementType::F32:
  case schema::ElementType::I32:
    return 4;
  case schema::ElementType::F16:
  case schema::ElementType::BF16:
    return 2;
  case schema::ElementType::I64:
    return 8;
  case schema::ElementType::I8:
    return 1;
  }
  return 0;
}

StatusOr<std::shared_ptr<const Artifact>>
Artifact::open(const std::string &path) {
  auto artifact = std::make_shared<Artifact>();
  artifact->name = path;
  FOT_ASSIGN_OR_RETURN(artifact->file, MappedFile::open(path));
  FOT_RETURN_IF_ERROR(artifact->readPrelude().at(path));
  FOT_RETURN_IF_ERROR(artifact->readHeader().at(path));
  const auto *segments = artifact->root->segments();
  for (uint32_t i = 0; segments && i < segments->size(); ++i) {
    if (segments->Get(i)->kind() != schema::SegmentKind::Weights) {
      FOT_RETURN_IF_ERROR(artifact->verifyChecksum(i).at(path));
    }
  }
  return std::shared_ptr<const Artifact>(std::move(artifact));
}

static std::string formatName(uint32_t major, uint32_t minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

Status Artifact::readPrelude() {
  std::span<const std::byte> bytes = file.bytes();
  fot_artifact_prelude prelude;
  if (bytes.size() < sizeof(prelude)) {
    bool begun = bytes.size() >= 8 &&
                 std::memcmp(bytes.data(), FOT_ARTIFACT_MAGIC, 8) == 0;
    return Status::failure(std::string(begun ? "the artifact is truncated"
                                             : "this is not a .fotm artifact") +
                           ": expected at least 64 bytes, found " +
                           std::to_string(bytes.size()));
  }
  std::memcpy(&prelude, bytes.data(), sizeof(prelude));
  if (std::memcmp(prelude.magic, FOT_ARTIFACT_MAGIC, 8) != 0) {
    return Status::failure("this is not a .fotm artifact: expected it to begin "
                           "with \"" FOT_ARTIFACT_MAGIC "\"");
  }
  if (prelude.format_major != FOT_ARTIFACT_MAJOR) {
    bool newer = prelude.format_major > FOT_ARTIFACT_MAJOR;
    return Status::failure(
        "the artifact has format " +
        formatName(prelude.format_major, prelude.format_minor) +
        ", but this runtime (" + runtimeVersion() + ") reads format " +
        std::to_string(FOT_ARTIFACT_MAJOR) + "; " +
        (newer ? "use a newer runtime, or compile the model again with the "
                 "fotc of this one"
               : "compile the model again with the fotc of this runtime"));
  }
  if (prelude.prelude_checksum !=
      checksum64(
          bytes.first(offsetof(fot_artifact_prelude, prelude_checksum)))) {
    return Status::failure("the artifact is damaged: the checksum of its first "
                           "48 bytes does not match");
  }
  if (prelude.file_bytes != bytes.size()) {
    return Status::failure(std::string(bytes.size() < prelude.file_bytes
                                           ? "the artifact is truncated"
                                           : "the artifact is damaged") +
                           ": expected " + std::to_string(prelude.file_bytes) +
                           " bytes, found " + std::to_string(bytes.size()));
  }
  if (prelude.header_offset % FOT_SEGMENT_ALIGNMENT != 0 ||
      prelude.header_offset < sizeof(prelude) ||
      !rangeFits(prelude.header_offset, prelude.header_bytes, bytes.size())) {
    return Status::failure(
        "the artifact is damaged: its header cannot lie at byte " +
        std::to_string(prelude.header_offset) + " with " +
        std::to_string(prelude.header_bytes) + " bytes");
  }
  headerBytes = bytes.subspan(prelude.header_offset, prelude.header_bytes);
  if (checksum64(headerBytes) != prelude.header_checksum) {
    return Status::failure("the artifact is damaged: the checksum of its "
                           "header, at byte " +
                           std::to_string(prelude.header_offset) +
                           ", does not match");
  }
  return Status();
}

Status Artifact::readHeader() {
  const auto *data = reinterpret_cast<const uint8_t *>(headerBytes.data());
  flatbuffers::Verifier verifier(data, headerBytes.size(), kMostDepth,
                                 kMostTables);
  if (headerBytes.size() < 8 || !schema::VerifyArtifactBuffer(verifier)) {
    return Status::failure("the artifact is damaged: its header is not a "
                           "well-formed FlatBuffer of type FOTM");
  }
  root = schema::GetArtifact(data);
  // A newer minor format only adds fields. The same minor with another schema
  // means a compiler that was built from other sources than this runtime.
  if (root->format_major() == FOT_ARTIFACT_MAJOR &&
      root->format_minor() == FOT_ARTIFACT_MINOR &&
      root->schema_hash() != FOT_ARTIFACT_SCHEMA_HASH) {
    std::string producer =
        root->producer() ? root->producer()->str() : "an unknown compiler";
    return Status::failure(
        "the artifact was made by " + producer +
        " with another edition of "
        "format " +
        formatName(FOT_ARTIFACT_MAJOR, FOT_ARTIFACT_MINOR) +
        " than that of this runtime (" + runtimeVersion() +
        "); compile the model again with the fotc that belongs to it");
  }
  uint64_t segmentsEnd =
      static_cast<uint64_t>(headerBytes.data() - file.bytes().data());
  return verifyHeader(*root, segmentsEnd);
}

std::span<const std::byte> Artifact::segment(uint32_t index) const {
  const schema::Segment *segment = root->segments()->Get(index);
  return file.bytes().subspan(segment->offset(), segment->size());
}

static std::optional<uint32_t> weightsIndex(const schema::Artifact &root) {
  for (uint32_t i = 0; root.segments() && i < root.segments()->size(); ++i) {
    if (root.segments()->Get(i)->kind() == schema::SegmentKind::Weights) {
      return i;
    }
  }
  return std::nullopt;
}

std::span<const std::byte> Artifact::weights() const {
  auto index = weightsIndex(*root);
  return index ? segment(*index) : std::span<const std::byte>();
}

Status Artifact::verifyWeights() const {
  auto index = weightsIndex(*root);
  return index ? verifyChecksum(*index).at(name) : Status();
}

void Artifact::adviseWeightsHot() const {
  if (auto index = weightsIndex(*root)) {
    const schema::Segment *segment = root->segments()->Get(*index);
    file.adviseHot(segment->offset(), segment->size());
  }
}

Status Artifact::verifyChecksum(uint32_t index) const {
  const schema::Segment *entry = root->segments()->Get(index);
  if (checksum64(segment(index)) == entry->checksum()) {
    return Status();
  }
  return Status::failure(
      "the artifact is damaged: the checksum of segment " +
      std::to_string(index) +
      (entry->name() ? " '" + entry->name()->str() + "'" : std::string()) +
      ", at byte " + std::to_string(entry->offset()) + ", does not match");
}

} // namespace fot::rt
