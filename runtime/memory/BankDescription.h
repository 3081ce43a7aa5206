// Whose memory a bank file keeps: the model, the layers and key-value heads,
// and the types of keys and values. Banks and models fit together or do not.
#ifndef FOT_RUNTIME_MEMORY_BANKDESCRIPTION_H
#define FOT_RUNTIME_MEMORY_BANKDESCRIPTION_H

#include "runtime/base/Status.h"

#include "fot/schema/artifact_generated.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fot::rt {

/// A layer with a memory, and the key-value heads of it that own one.
struct BankLayer {
  uint32_t layer = 0;
  std::vector<uint32_t> heads; // ascending

  bool operator==(const BankLayer &) const = default;
};

struct BankDescription {
  std::string model;   // its name
  std::string weights; // how they were stored, such as "q4_1 (211)"
  std::array<uint8_t, 16> fingerprint = {};
  schema::ElementType keyType = schema::ElementType::F32;
  schema::ElementType valueType = schema::ElementType::F32;
  uint32_t headDim = 0;
  std::vector<BankLayer> layers; // ascending

  /// That of the banks which a model makes. Fails for an artifact without a
  /// model, fingerprint or memory, and where layers differ in their types.
  static StatusOr<BankDescription> of(const schema::Artifact &artifact);

  /// Whether `bank` can be used where this description is expected: the same
  /// fingerprint, types, head dimension, layers and heads. The failure says
  /// what differs; names are for people and may differ.
  Status compatible(const BankDescription &bank) const;

  /// The fingerprint in hexadecimal.
  std::string fingerprintText() const;
  /// "3:0+1 8:0+2": the layers, each with its heads.
  std::string layersText() const;

  /// As it stands in a file, and back. parse() checks everything.
  std::vector<std::byte> serialize() const;
  static StatusOr<BankDescription> parse(std::span<const std::byte> bytes);
  /// Whether the numbers make sense and sizes computed from them fit.
  Status verify() const;
};

/// Bytes of a row of `headDim` numbers; 0 for a type that banks do not store.
uint64_t rowBytes(schema::ElementType type, uint32_t headDim);

} // namespace fot::rt

#endif
