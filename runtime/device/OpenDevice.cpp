// Devices by name, and code by device.
#include "runtime/device/OpenDevice.h"

#include "runtime/device/cuda/CudaDevice.h"

#include <cstdlib>
#include <dlfcn.h>
#include <optional>

namespace fot::rt {

/// Where this code was loaded from: a folder with a '/' behind it, or nothing.
static std::string ownFolder() {
  Dl_info info;
  if (!dladdr(reinterpret_cast<void *>(&ownFolder), &info) || !info.dli_fname) {
    return "";
  }
  std::string path = info.dli_fname;
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) {
    return "";
  }
  return path.substr(0, slash + 1);
}

/// The emulator is for tests, so programs load it only when they are asked to.
static StatusOr<std::unique_ptr<Device>> openEmulatedDevice() {
  constexpr const char *kLibrary = "libfot_emulator.so";
  std::string own = ownFolder();
  void *library = nullptr;
  for (const std::string &path :
       {own + "../lib/" + kLibrary, own + kLibrary, std::string(kLibrary)}) {
    if ((library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL))) {
      break;
    }
  }
  if (!library) {
    return Status::failure(std::string("the emulated device needs ") +
                           kLibrary +
                           ", which is neither beside this program "
                           "nor where libraries are looked for");
  }
  using Open = Device *(*)(std::string * problem);
  auto open =
      reinterpret_cast<Open>(dlsym(library, "fot_open_emulated_device"));
  auto interface =
      static_cast<const uint32_t *>(dlsym(library, "fot_emulator_interface"));
  if (!open || !interface || *interface != kDeviceInterface) {
    return Status::failure(std::string(kLibrary) +
                           " is of another version than this program");
  }
  std::string problem;
  std::unique_ptr<Device> device(open(&problem));
  if (!device) {
    return Status::failure(problem);
  }
  return device;
}

StatusOr<std::unique_ptr<Device>> openDevice(const std::string &name) {
  if (name == "cuda") {
    return openCudaDevice();
  }
  if (name == "cuda-emulated") {
    return openEmulatedDevice();
  }
  return Status::failure("expected the device cuda or cuda-emulated, found '" +
                         name + "'");
}

static const auto kHost = schema::CodeFormat::CudaHost;

StatusOr<uint32_t> selectGpuHostCode(const schema::Artifact &header) {
  for (uint32_t i = 0; header.codes() && i < header.codes()->size(); ++i) {
    if (header.codes()->Get(i)->format() == kHost) {
      return i;
    }
  }
  return Status::failure("the artifact has no code for GPUs; compile the model "
                         "with --target=cuda");
}

/// "sm_90a" is 90, and only for that.
static int capabilityOf(const std::string &level) {
  return level.starts_with("sm_") ? std::atoi(level.c_str() + 3) : 0;
}

StatusOr<uint32_t> selectGpuCode(const schema::Artifact &header,
                                 int capability) {
  std::optional<uint32_t> best;
  int bestRank = -1;
  std::string found;
  for (uint32_t i = 0; header.codes() && i < header.codes()->size(); ++i) {
    const schema::Code &code = *header.codes()->Get(i);
    std::string level = code.level()->str();
    int made = capabilityOf(level), rank = -1;
    switch (code.format()) {
    case schema::CodeFormat::CudaEmulated:
      rank = capability == 0 ? 0 : -1;
      break;
    case schema::CodeFormat::Cubin:
      // Within a generation, for later ones too.
      if (level.ends_with("a")
              ? made == capability
              : made / 10 == capability / 10 && made <= capability) {
        rank = 2 * made + 1;
      }
      break;
    case schema::CodeFormat::Ptx:
      found += (found.empty() ? "" : ", ") + level;
      if (level.ends_with("a") ? made == capability : made <= capability) {
        rank = 2 * made;
      }
      break;
    default:
      break;
    }
    if (rank > bestRank) {
      best = i;
      bestRank = rank;
    }
  }
  if (best) {
    return *best;
  }
  return Status::failure(
      capability == 0
          ? "the artifact has no code for the emulated device; compile the "
            "model "
            "with --target=cuda"
          : "no GPU code in the artifact runs on this GPU, which is sm_" +
                std::to_string(capability) + "; it has " +
                (found.empty() ? "none" : found));
}

} // namespace fot::rt
