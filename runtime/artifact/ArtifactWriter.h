// Writes .fotm files: the compiler's emitter and the tests here use it.
#ifndef FOT_RUNTIME_ARTIFACT_ARTIFACTWRITER_H
#define FOT_RUNTIME_ARTIFACT_ARTIFACTWRITER_H

#include "runtime/base/Checksum.h"
#include "runtime/base/FileWriter.h"
#include "runtime/base/Status.h"

#include "fot/schema/artifact_generated.h"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace fot::rt {

/// Streams segments out, then the header that lists them. The file appears
/// under its name only when finish() has succeeded.
///
///     FOT_ASSIGN_OR_RETURN(ArtifactWriter writer, ArtifactWriter::create(p));
///     uint32_t w = writer.beginSegment(schema::SegmentKind::Weights, "w");
///     FOT_RETURN_IF_ERROR(writer.append(bytes));   // as often as needed
///     FOT_RETURN_IF_ERROR(writer.endSegment());
///     FOT_RETURN_IF_ERROR(writer.finish(header));  // an ArtifactT
class ArtifactWriter {
public:
  static StatusOr<ArtifactWriter> create(const std::string &path);

  /// Starts the next segment and returns its index in the header's list. The
  /// one before must have ended.
  uint32_t beginSegment(schema::SegmentKind kind, const std::string &name);
  Status append(std::span<const std::byte> bytes);
  /// Appends zeros until the segment's size is a multiple of `alignment`, a
  /// power of two of at most 64.
  Status pad(uint64_t alignment);
  /// Bytes of the open segment so far.
  uint64_t segmentBytes() const;
  Status endSegment();
  /// begin, append and end in one.
  StatusOr<uint32_t> addSegment(schema::SegmentKind kind,
                                const std::string &name,
                                std::span<const std::byte> bytes);

  /// Fills in `header`'s format, schema hash and segments and writes it, then
  /// puts the file in place. Nothing can be written afterwards.
  Status finish(schema::ArtifactT &header);

private:
  explicit ArtifactWriter(FileWriter file) : file(std::move(file)) {}

  FileWriter file;
  std::vector<schema::SegmentT> segments;
  bool open = false;
  ChecksumStream checksum;
};

} // namespace fot::rt

#endif
