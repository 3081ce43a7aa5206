// Artifacts around handwritten_module.c, and a folder to put them in.
#ifndef FOT_TEST_UNIT_RUNTIME_TOYARTIFACT_H
#define FOT_TEST_UNIT_RUNTIME_TOYARTIFACT_H

#include "runtime/artifact/Artifact.h"
#include "runtime/artifact/ArtifactWriter.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace fot::rt::test {

/// A new empty folder that goes away with the object.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string file(const std::string &name) const { return path + "/" + name; }
  std::vector<std::string> list() const;

private:
  std::string path;
};

std::vector<std::byte> readFile(const std::string &path);
void writeFile(const std::string &path, std::span<const std::byte> bytes);

/// The facts of a toy model that tests vary.
struct ToyModel {
  uint32_t window = 16;
  uint32_t lastContext = 8;
  uint64_t maxTokens = 0;
  bool evicts = true;
  uint32_t vocab = 64;
  bool memories = true;
  bool topK = false;  // its decode retrieves, two entries a head
  bool seals = false; // it has an entry point 'seal', after all others
  uint8_t fingerprint = 7;
  std::string tokenizer = {}; // a "bpe" asset; empty: none
};

/// The toy's compiled forms.
inline const char *toyModule() { return TOY_MODULE; }
inline const char *toyModulePlain() { return TOY_MODULE_PLAIN; }
inline const char *toyModuleBetter() { return TOY_MODULE_BETTER; }
inline const char *toyModuleOldAbi() { return TOY_MODULE_OLD_ABI; }
inline const char *toyModuleWithoutDecode() {
  return TOY_MODULE_WITHOUT_DECODE;
}

/// One code object of an artifact to be written.
struct ToyCode {
  std::string level;
  std::vector<std::string> features;
  const char *module;
};

/// The header of a toy artifact, without segments and codes.
schema::ArtifactT toyHeader(const ToyModel &model);

/// Writes a toy artifact; `change` may spoil the header first.
Status writeToy(const std::string &path, const ToyModel &model,
                const std::vector<ToyCode> &codes,
                const std::function<void(schema::ArtifactT &)> &change = {});

/// Writes one with a single code object for any CPU and opens it.
StatusOr<std::shared_ptr<const Artifact>>
openToy(const TemporaryFolder &folder, const ToyModel &model,
        const std::function<void(schema::ArtifactT &)> &change = {});

} // namespace fot::rt::test

#endif
