// Selection by cpuid; loading through an anonymous file, because dlopen wants
// a path and an artifact should not need a writable directory.
#include "runtime/device/cpu/CodeObject.h"

#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <fcntl.h>
#include <optional>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>

namespace fot::rt {

using FeatureSet = std::set<std::string, std::less<>>;

std::vector<std::string> missingFeatures(const schema::Code &code,
                                         const FeatureSet &features) {
  std::vector<std::string> missing;
  for (uint32_t i = 0; code.features() && i < code.features()->size(); ++i) {
    std::string name = code.features()->Get(i)->str();
    if (!features.count(name)) {
      missing.push_back(name);
    }
  }
  return missing;
}

/// "x86-64-v3 (runs here), znver4 (needs avx512f, avx512vnni)".
static std::string describeLevels(const schema::Artifact &header,
                                  const FeatureSet &features) {
  std::string text;
  for (uint32_t i = 0; header.codes() && i < header.codes()->size(); ++i) {
    const schema::Code &code = *header.codes()->Get(i);
    if (code.format() != schema::CodeFormat::Elf) {
      continue;
    }
    text += (text.empty() ? "" : ", ") + code.level()->str();
    std::vector<std::string> missing = missingFeatures(code, features);
    if (missing.empty()) {
      text += " (runs here)";
      continue;
    }
    text += " (needs ";
    for (size_t f = 0; f < missing.size(); ++f) {
      text += (f ? ", " : "") + missing[f];
    }
    text += ")";
  }
  return text.empty() ? "no CPU code at all" : text;
}

StatusOr<uint32_t> selectCpuCode(const schema::Artifact &header,
                                 const std::string &level,
                                 const FeatureSet &features) {
  std::optional<uint32_t> best;
  uint32_t bestNeeds = 0;
  bool levelExists = false;
  for (uint32_t i = 0; header.codes() && i < header.codes()->size(); ++i) {
    const schema::Code &code = *header.codes()->Get(i);
    if (code.format() != schema::CodeFormat::Elf ||
        (!level.empty() && code.level()->str() != level)) {
      continue;
    }
    levelExists = true;
    uint32_t needs = code.features() ? code.features()->size() : 0;
    if (missingFeatures(code, features).empty() &&
        (!best || needs >= bestNeeds)) {
      best = i;
      bestNeeds = needs;
    }
  }
  if (best) {
    return *best;
  }
  std::string levels = describeLevels(header, features);
  if (level.empty()) {
    return Status::failure("no code in the artifact runs on this CPU; it has " +
                           levels);
  }
  return Status::failure(
      (levelExists ? "CPU level '" + level + "' cannot run on this CPU"
                   : "the artifact has no CPU level '" + level + "'") +
      "; it has " + levels);
}

/// Loads the object in the anonymous file `fd`, which is closed. dlopen knows
/// objects by name and would return a loaded one of the same name instead; the
/// name has the file's number in it, so the number has to be a new one.
static void *loadFile(int fd, std::string &error) {
  std::string path = "/proc/self/fd/" + std::to_string(fd);
  while (void *other = dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD)) {
    dlclose(other);
    int next = fcntl(fd, F_DUPFD_CLOEXEC, fd + 1);
    if (next < 0) {
      error = std::strerror(errno);
      close(fd);
      return nullptr;
    }
    close(fd);
    fd = next;
    path = "/proc/self/fd/" + std::to_string(fd);
  }
  void *handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char *reason = dlerror();
    error = reason ? reason : "unknown error";
  }
  close(fd);
  return handle;
}

StatusOr<CodeObject> CodeObject::load(std::span<const std::byte> elf,
                                      const std::string &name) {
  int fd = memfd_create("fot-code", MFD_CLOEXEC);
  if (fd < 0) {
    return Status::failure("cannot create memory for " + name + ": " +
                           std::strerror(errno));
  }
  for (std::span<const std::byte> left = elf; !left.empty();) {
    ssize_t count = write(fd, left.data(), left.size());
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      Status status = Status::failure("cannot copy " + name +
                                      " to memory: " + std::strerror(errno));
      close(fd);
      return status;
    }
    left = left.subspan(static_cast<size_t>(count));
  }
  std::string error;
  void *handle = loadFile(fd, error);
  if (!handle) {
    return Status::failure("cannot load " + name + ": " + error);
  }
  CodeObject object(handle, name);
  const auto *version =
      static_cast<const uint32_t *>(dlsym(handle, "fot_kernel_abi_version"));
  if (!version || *version != FOT_KERNEL_ABI_VERSION) {
    return Status::failure(
        name + " has kernel ABI " +
        (version ? std::to_string(*version) : std::string("of no version")) +
        ", this runtime needs " + std::to_string(FOT_KERNEL_ABI_VERSION) +
        "; compile the model again with the fotc of this runtime");
  }
  return object;
}

CodeObject::CodeObject(CodeObject &&other) noexcept
    : handle(std::exchange(other.handle, nullptr)),
      name(std::move(other.name)) {}

CodeObject::~CodeObject() {
  if (handle) {
    dlclose(handle);
  }
}

StatusOr<fot_entry> CodeObject::entry(const std::string &symbol) const {
  void *address = dlsym(handle, symbol.c_str());
  if (!address) {
    return Status::failure(name + " lacks the entry point '" + symbol + "'");
  }
  return reinterpret_cast<fot_entry>(address);
}

} // namespace fot::rt
