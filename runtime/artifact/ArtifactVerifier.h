// The checks of an artifact's header that go beyond its encoding.
#ifndef FOT_RUNTIME_ARTIFACT_ARTIFACTVERIFIER_H
#define FOT_RUNTIME_ARTIFACT_ARTIFACTVERIFIER_H

#include "runtime/base/Status.h"

#include "fot/schema/artifact_generated.h"

#include <cstdint>

namespace fot::rt {

/// Checks everything that `artifact`, already a well-formed FlatBuffer, refers
/// to: segments lie within [64, segmentsEnd), indices exist, enums are known,
/// the model's numbers fit together. A failure names the field.
Status verifyHeader(const schema::Artifact &artifact, uint64_t segmentsEnd);

} // namespace fot::rt

#endif
