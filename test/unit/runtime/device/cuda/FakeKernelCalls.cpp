// The fake driver's entry points for modules, launches and graphs. Names and
// arguments are those of cuda.h.
#include "test/unit/runtime/device/cuda/FakeDriver.h"

#include "runtime/device/emulated/EmulatedModule.h"

#include <cstring>
#include <elf.h>
#include <fstream>
#include <iterator>

using namespace fake;

/// A cubin's bytes as far as its table of sections, or PTX up to its zero.
static std::string imageOf(const void *data) {
  const auto *bytes = static_cast<const char *>(data);
  if (std::memcmp(bytes, ELFMAG, SELFMAG) != 0) {
    return bytes;
  }
  Elf64_Ehdr header;
  std::memcpy(&header, data, sizeof(header));
  return std::string(bytes, header.e_shoff +
                                size_t(header.e_shentsize) * header.e_shnum);
}

/// Whether a GPU of that capability takes the image.
static int judge(const std::string &image, int capability) {
  if (image.starts_with(ELFMAG)) {
    return image.size() > sizeof(Elf64_Ehdr) ? Success : InvalidValue;
  }
  size_t target = image.find(".target sm_");
  if (image.find(".version ") == std::string::npos ||
      target == std::string::npos ||
      image.find(".address_size 64") == std::string::npos) {
    return InvalidPtx;
  }
  return std::atoi(image.c_str() + target + 11) <= capability ? Success
                                                              : NoBinaryForGpu;
}

/// Loads the emulator's form of the kernels, if there is one.
static bool loadCode(Driver &driver, Module &module) {
  if (driver.code.empty()) {
    return true;
  }
  std::ifstream file(driver.code, std::ios::binary);
  std::string elf((std::istreambuf_iterator<char>(file)), {});
  auto code = driver.device->load(std::as_bytes(std::span(elf)), driver.code);
  if (!code.ok()) {
    driver.misuse(InvalidValue, code.status().message());
    return false;
  }
  module.code = *code;
  return true;
}

FAKE_CALL cuModuleLoadDataEx(void **handle, const void *data,
                             unsigned numOptions, int *, void **) {
  FAKE_ENTER();
  if (!data || numOptions != 0) {
    return driver.misuse(InvalidValue, "no image, or options");
  }
  std::string image = imageOf(data);
  if (int code = judge(image, driver.capability)) {
    return code;
  }
  Module *module = driver.modules.make();
  module->image = std::move(image);
  if (!loadCode(driver, *module)) {
    driver.modules.remove(module);
    return InvalidValue;
  }
  *handle = module;
  return Success;
}

FAKE_CALL cuModuleUnload(void *handle) {
  FAKE_ENTER(true, true);
  Module *module = driver.modules.find(handle);
  if (!module) {
    return driver.misuse(InvalidHandle, "no such module");
  }
  std::vector<Function *> own;
  driver.functions.each([&](Function &function) {
    if (function.module == module) {
      own.push_back(&function);
    }
  });
  for (Function *function : own) {
    driver.functions.remove(function);
  }
  driver.modules.remove(module);
  return driver.sticky;
}

FAKE_CALL cuModuleGetFunction(void **handle, void *owner, const char *name) {
  FAKE_ENTER();
  Module *module = driver.modules.find(owner);
  if (!module) {
    return driver.misuse(InvalidHandle, "no such module");
  }
  std::string wanted = name;
  const std::string &image = module->image;
  bool cubin = image.starts_with(ELFMAG);
  size_t entry =
      image.find(cubin ? ".text." + wanted + '\0' : ".entry " + wanted + "(");
  if (entry == std::string::npos) {
    return NotFound;
  }
  Function made{.module = module, .name = wanted};
  if (module->code) {
    auto found = driver.device->kernel(*module->code, wanted);
    if (!found.ok()) {
      return driver.misuse(NotFound, found.status().message());
    }
    made.number = *found;
    made.numArguments = module->code->table().kernels[*found].num_arguments;
  } else if (!cubin) {
    size_t end = image.find(')', entry);
    for (size_t at = entry; (at = image.find(".param", at)) < end; ++at) {
      ++made.numArguments;
    }
  }
  Function *function = driver.functions.make();
  *function = made;
  *handle = function;
  return Success;
}

FAKE_CALL cuFuncSetAttribute(void *handle, int attribute, int value) {
  FAKE_ENTER();
  Function *function = driver.functions.find(handle);
  if (!function || attribute != 8) {
    return driver.misuse(InvalidHandle, "no such function, or attribute");
  }
  if (value < 0 || value > 227 * 1024) {
    return driver.misuse(InvalidValue, "shared memory that no GPU has");
  }
  function->dynamicShared = static_cast<unsigned>(value);
  return Success;
}

/// What of a launch can be known to be wrong before it runs.
static int checkShape(Driver &driver, const Launch &launch) {
  const unsigned *grid = launch.grid, *block = launch.block;
  if (!grid[0] || !grid[1] || !grid[2] || grid[0] > 0x7fffffff ||
      grid[1] > 65535 || grid[2] > 65535) {
    return driver.misuse(InvalidValue, "a grid that no GPU takes");
  }
  if (!block[0] || !block[1] || !block[2] || block[2] > 64 ||
      uint64_t(block[0]) * block[1] * block[2] > 1024) {
    return driver.misuse(InvalidValue, "blocks that no GPU takes");
  }
  if (launch.sharedBytes > launch.function->dynamicShared) {
    return driver.misuse(InvalidValue,
                         "more shared memory than the function may ask for");
  }
  return Success;
}

FAKE_CALL cuLaunchKernel(void *handle, unsigned gridX, unsigned gridY,
                         unsigned gridZ, unsigned blockX, unsigned blockY,
                         unsigned blockZ, unsigned sharedBytes, void *queue,
                         void **arguments, void **extra) {
  FAKE_ENTER();
  Function *function = driver.functions.find(handle);
  Stream *stream = driver.streams.find(queue);
  if (!function || !stream || extra) {
    return driver.misuse(InvalidHandle, "no such function or stream");
  }
  Launch launch{function,
                {gridX, gridY, gridZ},
                {blockX, blockY, blockZ},
                sharedBytes,
                {}};
  if (int code = checkShape(driver, launch)) {
    return code;
  }
  for (uint32_t i = 0; i < function->numArguments; ++i) {
    launch.arguments.push_back(*static_cast<uint64_t *>(arguments[i]));
  }
  if (stream->capture) {
    stream->capture->launches.push_back(std::move(launch));
    return Success;
  }
  return driver.queue(*stream,
                      [&driver, launch] { return driver.run(launch); });
}

FAKE_CALL cuStreamBeginCapture_v2(void *handle, int mode) {
  FAKE_ENTER();
  Stream *stream = driver.streams.find(handle);
  if (!stream || stream->capture || mode < 0 || mode > 2) {
    return driver.misuse(InvalidHandle, "no such stream, or mode, or it is "
                                        "being captured");
  }
  stream->capture = driver.graphs.make();
  stream->captureBroken = false;
  return Success;
}

FAKE_CALL cuStreamEndCapture(void *handle, void **graph) {
  Driver &driver = Driver::get();
  int error = driver.enter(__func__);
  Stream *stream = driver.streams.find(handle);
  *graph = nullptr;
  if (!stream || !stream->capture) {
    return driver.misuse(InvalidHandle, "no stream that is being captured");
  }
  // However it goes, the capture is over.
  Graph *captured = stream->capture;
  stream->capture = nullptr;
  if (error || stream->captureBroken) {
    driver.graphs.remove(captured);
    return error ? error : int(CaptureInvalidated);
  }
  *graph = captured;
  return Success;
}

FAKE_CALL cuGraphInstantiateWithFlags(void **handle, void *graph,
                                      unsigned long long flags) {
  FAKE_ENTER();
  Graph *captured = driver.graphs.find(graph);
  if (!captured || flags != 0) {
    return driver.misuse(InvalidHandle, "no such graph");
  }
  auto *made = driver.executables.make();
  made->launches = captured->launches;
  *handle = made;
  return Success;
}

FAKE_CALL cuGraphDestroy(void *handle) {
  FAKE_ENTER(true, true);
  Graph *graph = driver.graphs.find(handle);
  if (!graph) {
    return driver.misuse(InvalidHandle, "no such graph");
  }
  driver.graphs.remove(graph);
  return driver.sticky;
}

FAKE_CALL cuGraphLaunch(void *handle, void *queue) {
  FAKE_ENTER();
  auto *graph = driver.executables.find(handle);
  Stream *stream = driver.streams.find(queue);
  if (!graph || !stream) {
    return driver.misuse(InvalidHandle, "no such graph or stream");
  }
  return driver.queue(*stream, [&driver, launches = graph->launches] {
    for (const Launch &launch : launches) {
      if (int code = driver.run(launch)) {
        return code;
      }
    }
    return int(Success);
  });
}

FAKE_CALL cuGraphExecDestroy(void *handle) {
  FAKE_ENTER(true, true);
  auto *graph = driver.executables.find(handle);
  if (!graph) {
    return driver.misuse(InvalidHandle, "no such executable graph");
  }
  driver.executables.remove(graph);
  return driver.sticky;
}
