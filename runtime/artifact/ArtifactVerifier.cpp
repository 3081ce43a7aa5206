// One function a table of the schema.
#include "runtime/artifact/ArtifactVerifier.h"

#include "runtime/base/Checked.h"

#include "fot/artifact_layout.h"
#include "fot/kernel_abi.h"

#include <set>
#include <string>

namespace fot::rt {

namespace {
using flatbuffers::Offset;
using flatbuffers::Vector;

/// Sizes that no artifact of ours comes near, and that keep products of them
/// within 64 bits.
constexpr uint64_t kMostWindow = uint64_t(1) << 31;
constexpr uint64_t kMostBytes = uint64_t(1) << 46;

Status wrong(const std::string &where, const std::string &what) {
  return Status::failure("the artifact's header is wrong: " + where + " " +
                         what);
}

template <typename T> uint32_t sizeOf(const Vector<T> *vector) {
  return vector ? vector->size() : 0;
}

template <typename Enum> bool known(Enum value, Enum last) {
  return static_cast<unsigned>(value) <= static_cast<unsigned>(last);
}

std::string indexed(const char *list, uint32_t i) {
  return std::string(list) + "[" + std::to_string(i) + "]";
}

class HeaderVerifier {
public:
  HeaderVerifier(const schema::Artifact &artifact, uint64_t segmentsEnd)
      : artifact(artifact), segmentsEnd(segmentsEnd) {}

  Status verify() {
    FOT_RETURN_IF_ERROR(verifySegments());
    FOT_RETURN_IF_ERROR(verifyModel());
    FOT_RETURN_IF_ERROR(verifyMemories());
    FOT_RETURN_IF_ERROR(verifyEntries());
    FOT_RETURN_IF_ERROR(verifyCodes());
    FOT_RETURN_IF_ERROR(verifyWeights());
    return verifyTokenizer();
  }

private:
  Status verifySegments();
  Status verifyModel();
  Status verifyMemories();
  Status verifyEntries();
  Status verifyArgument(const schema::Argument &argument,
                        const std::string &where);
  Status verifyCodes();
  Status verifyWeights();
  Status verifyTokenizer();
  /// Whether `index` names a segment of that kind.
  bool isSegment(uint32_t index, schema::SegmentKind kind) const {
    return index < sizeOf(artifact.segments()) &&
           artifact.segments()->Get(index)->kind() == kind;
  }

  const schema::Artifact &artifact;
  uint64_t segmentsEnd;
  std::set<uint32_t> memoryLayers;
  uint64_t weightsBytes = 0;
};

Status HeaderVerifier::verifySegments() {
  unsigned numWeights = 0;
  for (uint32_t i = 0; i < sizeOf(artifact.segments()); ++i) {
    const schema::Segment &segment = *artifact.segments()->Get(i);
    if (!known(segment.kind(), schema::SegmentKind::MAX)) {
      return wrong(indexed("segments", i), "has an unknown kind");
    }
    if (segment.offset() < sizeof(fot_artifact_prelude) ||
        segment.offset() % FOT_SEGMENT_ALIGNMENT != 0 ||
        !rangeFits(segment.offset(), segment.size(), segmentsEnd)) {
      return wrong(indexed("segments", i),
                   "cannot lie at byte " + std::to_string(segment.offset()) +
                       " with " + std::to_string(segment.size()) + " bytes");
    }
    if (segment.kind() == schema::SegmentKind::Weights) {
      weightsBytes = segment.size();
      if (++numWeights > 1) {
        return wrong(indexed("segments", i), "is a second weights segment");
      }
    }
  }
  return Status();
}

Status HeaderVerifier::verifyModel() {
  const schema::Model *model = artifact.model();
  if (!model) {
    return Status();
  }
  if (model->vocab() == 0 || model->vocab() > INT32_MAX) {
    return wrong("model.vocab", "cannot be " + std::to_string(model->vocab()));
  }
  if (model->window() == 0 || model->window() > kMostWindow) {
    return wrong("model.window",
                 "cannot be " + std::to_string(model->window()));
  }
  if (model->last_context() == 0 || model->last_context() > model->window()) {
    return wrong("model.last_context",
                 "must be from 1 to the window, " +
                     std::to_string(model->window()) + ", and is " +
                     std::to_string(model->last_context()));
  }
  if (!known(model->memory_mode(), schema::MemoryMode::MAX)) {
    return wrong("model.memory_mode", "is unknown");
  }
  auto isToken = [&](int64_t id) { return id >= -1 && id < model->vocab(); };
  bool tokens = isToken(model->bos()) && isToken(model->pad());
  for (uint32_t i = 0; i < sizeOf(model->eos()); ++i) {
    tokens = tokens && isToken(model->eos()->Get(i));
  }
  if (!tokens) {
    return wrong("model", "names a special token outside the vocabulary");
  }
  if (sizeOf(model->fingerprint()) != 0 && sizeOf(model->fingerprint()) != 16) {
    return wrong("model.fingerprint",
                 "must have 16 bytes and has " +
                     std::to_string(sizeOf(model->fingerprint())));
  }
  return Status();
}

Status HeaderVerifier::verifyMemories() {
  const schema::Model *model = artifact.model();
  for (uint32_t i = 0; i < sizeOf(artifact.memories()); ++i) {
    const schema::MemoryBank &bank = *artifact.memories()->Get(i);
    if (model && bank.layer() >= model->layers()) {
      return wrong(indexed("memories", i),
                   "belongs to layer " + std::to_string(bank.layer()) + " of " +
                       std::to_string(model->layers()));
    }
    if (!memoryLayers.insert(bank.layer()).second) {
      return wrong(indexed("memories", i),
                   "is a second bank of layer " + std::to_string(bank.layer()));
    }
    if (sizeOf(bank.heads()) == 0) {
      return wrong(indexed("memories", i), "has no heads");
    }
    for (uint32_t h = 0; h < bank.heads()->size(); ++h) {
      bool ascends = h == 0 || bank.heads()->Get(h) > bank.heads()->Get(h - 1);
      if (!ascends || (model && bank.heads()->Get(h) >= model->kv_heads())) {
        return wrong(indexed("memories", i) + ".heads",
                     "must be ascending key-value heads of the model");
      }
    }
    if (bank.head_dim() == 0 || bank.head_dim() > (1u << 20)) {
      return wrong(indexed("memories", i) + ".head_dim",
                   "cannot be " + std::to_string(bank.head_dim()));
    }
    if (!known(bank.key_type(), schema::ElementType::MAX) ||
        !known(bank.value_type(), schema::ElementType::MAX)) {
      return wrong(indexed("memories", i), "has an unknown element type");
    }
  }
  return Status();
}

Status HeaderVerifier::verifyEntries() {
  std::set<std::string> names;
  for (uint32_t i = 0; i < sizeOf(artifact.entries()); ++i) {
    const schema::Entry &entry = *artifact.entries()->Get(i);
    std::string where = indexed("entries", i);
    if (!names.insert(entry.name()->str()).second) {
      return wrong(where, "has the name of an earlier one, '" +
                              entry.name()->str() + "'");
    }
    if (entry.workspace_bytes() > kMostBytes) {
      return wrong(where + ".workspace_bytes",
                   "cannot be " + std::to_string(entry.workspace_bytes()));
    }
    if (entry.max_tokens() > kMostWindow) {
      return wrong(where + ".max_tokens",
                   "cannot be " + std::to_string(entry.max_tokens()));
    }
    for (uint32_t a = 0; a < sizeOf(entry.arguments()); ++a) {
      FOT_RETURN_IF_ERROR(verifyArgument(
          *entry.arguments()->Get(a), where + "." + indexed("arguments", a)));
    }
  }
  return Status();
}

Status HeaderVerifier::verifyArgument(const schema::Argument &argument,
                                      const std::string &where) {
  if (!known(argument.kind(), schema::ArgumentKind::MAX) ||
      !known(argument.role(), schema::Role::MAX) ||
      !known(argument.type(), schema::ElementType::MAX)) {
    return wrong(where, "has an unknown kind, role or type");
  }
  if (sizeOf(argument.dims()) > FOT_MAX_RANK) {
    return wrong(where + ".dims",
                 "has rank " + std::to_string(sizeOf(argument.dims())) +
                     ", more than " + std::to_string(FOT_MAX_RANK));
  }
  uint64_t bytes = 8;
  for (uint32_t d = 0; d < sizeOf(argument.dims()); ++d) {
    int64_t size = argument.dims()->Get(d);
    if (size < -1) {
      return wrong(where + ".dims", "has a size of " + std::to_string(size));
    }
    if (size == -1) {
      continue;
    }
    auto product = checkedMultiply(bytes, static_cast<uint64_t>(size));
    if (!product || *product > kMostBytes) {
      return wrong(where + ".dims", "describe a tensor that is too large");
    }
    bytes = *product;
  }
  switch (argument.role()) {
  case schema::Role::WindowKeys:
  case schema::Role::WindowValues:
  case schema::Role::WindowRawKeys:
    if (argument.layer() < 0 || !artifact.model() ||
        static_cast<uint32_t>(argument.layer()) >= artifact.model()->layers()) {
      return wrong(where, "is a window cache of layer " +
                              std::to_string(argument.layer()) +
                              ", which the model lacks");
    }
    break;
  case schema::Role::Memory:
    if (argument.layer() < 0 ||
        !memoryLayers.count(static_cast<uint32_t>(argument.layer()))) {
      return wrong(where, "is the memory of layer " +
                              std::to_string(argument.layer()) +
                              ", which has none");
    }
    break;
  default:
    break;
  }
  bool isMemory = argument.kind() == schema::ArgumentKind::Memory;
  if (isMemory != (argument.role() == schema::Role::Memory)) {
    return wrong(where, "is a memory by kind or by role, but not by both");
  }
  return Status();
}

Status HeaderVerifier::verifyCodes() {
  for (uint32_t i = 0; i < sizeOf(artifact.codes()); ++i) {
    const schema::Code &code = *artifact.codes()->Get(i);
    if (!known(code.format(), schema::CodeFormat::MAX)) {
      return wrong(indexed("codes", i), "has an unknown format");
    }
    if (!isSegment(code.segment(), schema::SegmentKind::Code)) {
      return wrong(indexed("codes", i), "names segment " +
                                            std::to_string(code.segment()) +
                                            ", which holds no code");
    }
  }
  return Status();
}

Status HeaderVerifier::verifyWeights() {
  for (uint32_t i = 0; i < sizeOf(artifact.weights()); ++i) {
    const schema::Weight &weight = *artifact.weights()->Get(i);
    if (!rangeFits(weight.offset(), weight.size(), weightsBytes)) {
      return wrong(indexed("weights", i),
                   "does not lie within the weights segment of " +
                       std::to_string(weightsBytes) + " bytes");
    }
  }
  return Status();
}

Status HeaderVerifier::verifyTokenizer() {
  const schema::Tokenizer *tokenizer = artifact.tokenizer();
  if (tokenizer &&
      !isSegment(tokenizer->segment(), schema::SegmentKind::Tokenizer)) {
    return wrong("tokenizer", "names segment " +
                                  std::to_string(tokenizer->segment()) +
                                  ", which holds no tokenizer");
  }
  return Status();
}
} // namespace

Status verifyHeader(const schema::Artifact &artifact, uint64_t segmentsEnd) {
  return HeaderVerifier(artifact, segmentsEnd).verify();
}

} // namespace fot::rt
