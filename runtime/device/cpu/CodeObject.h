// Compiled code of an artifact: which object runs here, and loading it.
#ifndef FOT_RUNTIME_DEVICE_CPU_CODEOBJECT_H
#define FOT_RUNTIME_DEVICE_CPU_CODEOBJECT_H

#include "runtime/artifact/Artifact.h"
#include "runtime/base/SharedObject.h"
#include "runtime/base/Status.h"
#include "runtime/device/cpu/CpuFeatures.h"

#include "fot/kernel_abi.h"

#include <set>
#include <span>
#include <string>
#include <vector>

namespace fot::rt {

/// The features of `code` that `features` lacks, in the file's order.
std::vector<std::string>
missingFeatures(const schema::Code &code,
                const std::set<std::string, std::less<>> &features);

/// Index in `header.codes()` of the object to run on a CPU with `features`:
/// the one that needs most features among those that need no others; of
/// equals, the later one. With a `level`, the object of that name or a failure
/// that lists the levels and says which run here.
StatusOr<uint32_t>
selectCpuCode(const schema::Artifact &header, const std::string &level,
              const std::set<std::string, std::less<>> &features);

/// The same, where code that uses AMX tiles counts only if `request` succeeds.
/// It is asked only if such code would be chosen.
StatusOr<uint32_t>
selectPermittedCode(const schema::Artifact &header, const std::string &level,
                    std::set<std::string, std::less<>> features,
                    bool (*request)() = requestTiles);

/// Those of `features` that code of the artifact may use: without those of AMX
/// tiles if `request` fails. It is asked only if some code would run with them.
std::set<std::string, std::less<>>
permittedFeatures(const schema::Artifact &header,
                  std::set<std::string, std::less<>> features,
                  bool (*request)() = requestTiles);

/// A shared object from memory, loaded into this process.
class CodeObject {
public:
  /// Loads an ELF image. `name` says in failures what it is.
  static StatusOr<CodeObject> load(std::span<const std::byte> elf,
                                   const std::string &name);

  /// The entry point of that symbol, or a failure.
  StatusOr<fot_entry> entry(const std::string &symbol) const;

private:
  CodeObject(SharedObject library, std::string name)
      : library(std::move(library)), name(std::move(name)) {}

  SharedObject library;
  std::string name;
};

} // namespace fot::rt

#endif
