//===- BuildId.cpp - which compiler this is -------------------------------===//
//
// Read from the notes of the objects in memory, so that no file is opened and
// none can have been replaced since it was loaded.
//
//===----------------------------------------------------------------------===//

#include "passes/Emit/BuildId.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"

#include <link.h>
#include <vector>

using namespace mlir::fot;

static int here; ///< lies in the object that holds this code

/// The GNU build id among `notes`, or nothing.
static llvm::ArrayRef<uint8_t> findBuildId(llvm::ArrayRef<uint8_t> notes) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    auto *note = reinterpret_cast<const ElfW(Nhdr) *>(notes.data());
    uint64_t name = llvm::alignTo(note->n_namesz, 4);
    uint64_t size = llvm::alignTo(note->n_descsz, 4);
    if (name + size > notes.size() - sizeof(*note)) {
      return {};
    }
    const uint8_t *text = notes.data() + sizeof(*note);
    if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
        llvm::StringRef(reinterpret_cast<const char *>(text), 3) == "GNU") {
      return {text + name, note->n_descsz};
    }
    notes = notes.drop_front(sizeof(*note) + name + size);
  }
  return {};
}

namespace {
struct Search {
  std::vector<std::string> ids;
  bool complete = true;
};
} // namespace

static int addObject(dl_phdr_info *object, size_t, void *data) {
  auto &search = *static_cast<Search *>(data);
  llvm::StringRef name = object->dlpi_name;
  bool wanted = name.contains("libLLVM") || name.contains("libMLIR");
  std::string id;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr) &header = object->dlpi_phdr[i];
    uintptr_t begin = object->dlpi_addr + header.p_vaddr;
    uintptr_t at = reinterpret_cast<uintptr_t>(&here);
    wanted |=
        header.p_type == PT_LOAD && at >= begin && at - begin < header.p_memsz;
    if (header.p_type == PT_NOTE) {
      llvm::ArrayRef<uint8_t> found = findBuildId(
          {reinterpret_cast<const uint8_t *>(begin), header.p_memsz});
      id = found.empty() ? id : llvm::toHex(found, /*LowerCase=*/true);
    }
  }
  if (wanted) {
    search.complete &= !id.empty();
    search.ids.push_back(std::move(id));
  }
  return 0;
}

const std::string &mlir::fot::compilerBuildId() {
  static const std::string id = [] {
    Search search;
    dl_iterate_phdr(addObject, &search);
    return search.complete && !search.ids.empty() ? llvm::join(search.ids, " ")
                                                  : std::string();
  }();
  return id;
}
