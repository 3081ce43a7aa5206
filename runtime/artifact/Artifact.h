// A .fotm file, mapped and verified: what everything else may trust.
#ifndef FOT_RUNTIME_ARTIFACT_ARTIFACT_H
#define FOT_RUNTIME_ARTIFACT_ARTIFACT_H

#include "runtime/base/MappedFile.h"
#include "runtime/base/Status.h"

#include "fot/schema/artifact_generated.h"

#include <memory>
#include <span>
#include <string>

namespace fot::rt {

/// Size in bytes of one element; 0 for a type that this runtime lacks.
uint64_t elementBytes(schema::ElementType type);

/// An immutable artifact. Once open() has succeeded, every offset, index and
/// reference in header() is valid, every name that is used is present, and
/// all segments but the weights have the checksum that the header states.
/// May be shared between threads.
class Artifact {
public:
  static StatusOr<std::shared_ptr<const Artifact>>
  open(const std::string &path);

  const schema::Artifact &header() const { return *root; }
  const std::string &path() const { return name; }
  uint64_t fileBytes() const { return file.bytes().size(); }

  /// The bytes of `header().segments()[index]`.
  std::span<const std::byte> segment(uint32_t index) const;
  /// The weights segment; empty when the artifact has none.
  std::span<const std::byte> weights() const;
  /// Compares the weights (which open() leaves alone: they are large) with
  /// their checksum.
  Status verifyWeights() const;
  /// Asks the kernel to read the weights ahead.
  void adviseWeightsHot() const;

private:
  Status readPrelude();
  Status readHeader();
  Status verifyChecksum(uint32_t segment) const;

  std::string name;
  MappedFile file;
  std::span<const std::byte> headerBytes;
  const schema::Artifact *root = nullptr;
};

} // namespace fot::rt

#endif
