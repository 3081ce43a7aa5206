//===- EmitArtifact.cpp - from lowered IR to a .fotm file -----------------===//

#include "passes/Emit/EmitArtifact.h"

#include "passes/Emit/ArtifactHeader.h"
#include "passes/Emit/CompileElf.h"
#include "passes/Emit/CompileGpu.h"
#include "passes/Emit/EmitTokenizer.h"
#include "passes/Emit/FinishedLevels.h"
#include "passes/Emit/WeightPacker.h"
#include "passes/LowerCPU/Passes.h"
#include "passes/Support/ModelFacts.h"
#include "passes/Support/WeightTypes.h"
#include "runtime/artifact/ArtifactWriter.h"
#include "runtime/base/Version.h"
#include "runtime/include/fot/kernel_abi.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Threading.h"
#include "llvm/Support/raw_ostream.h"

#include <atomic>
#include <chrono>
#include <future>
#include <thread>
#include <xxhash.h>

using namespace mlir;
using namespace mlir::fot;
namespace schema = ::fot::schema;

static llvm::Error toError(::fot::rt::Status status) {
  return status.ok() ? llvm::Error::success()
                     : llvm::createStringError(status.message());
}

static std::span<const std::byte> bytesOf(StringRef text) {
  return {reinterpret_cast<const std::byte *>(text.data()), text.size()};
}

namespace {
/// The code of one CPU level, compiled on a thread of its own.
struct LevelJob {
  ModuleOp module;
  CpuLevel level;
  CompiledCode code;
  std::string error;
};

/// The code for GPUs, compiled on another.
struct GpuJob {
  ModuleOp module;
  CompiledGpu code;
  std::string error;
};

class Emitter {
public:
  Emitter(ModuleOp module, const EmitOptions &options,
          ::fot::rt::ArtifactWriter writer)
      : module(module), options(options), writer(std::move(writer)),
        threads(options.threads
                    ? options.threads
                    : llvm::hardware_concurrency().compute_thread_count()) {}

  llvm::Error run();

private:
  llvm::Error findLevels();
  void compileLevel(LevelJob &job, ArrayRef<std::string> entries);
  void compileGpuCode(ArrayRef<std::string> entries);
  void compileCode();
  llvm::Error await(std::future<void> code);
  llvm::Error writeWeights();
  llvm::Error writeTokenizer();
  llvm::Error writeCode();
  llvm::Error writeGpuCode();
  llvm::Error addCode(StringRef level, schema::CodeFormat format,
                      StringRef bytes);
  llvm::Error dump(StringRef name, StringRef text);
  ModuleOp module;
  const EmitOptions &options;
  ::fot::rt::ArtifactWriter writer;
  unsigned threads;
  schema::ArtifactT header;
  std::vector<LevelJob> jobs;
  std::optional<GpuJob> gpu;
  std::atomic<unsigned> jobsDone{0};
  std::atomic<bool> stopped{false};
};
} // namespace

llvm::Error Emitter::findLevels() {
  for (auto nested : module.getOps<ModuleOp>()) {
    if (nested->hasAttr(kGpuAttr)) {
      gpu = GpuJob{nested, {}, {}};
      continue;
    }
    auto name = nested->getAttrOfType<StringAttr>(kLevelAttr);
    if (!name) {
      continue;
    }
    llvm::Expected<CpuLevel> level = CpuLevel::parse(name);
    if (!level) {
      return level.takeError();
    }
    jobs.push_back({nested, std::move(*level), {}, {}});
  }
  if (jobs.empty() && !gpu) {
    return llvm::createStringError("expected IR of phase lower, with code for "
                                   "at least one CPU level or for GPUs");
  }
  return llvm::Error::success();
}

void Emitter::compileLevel(LevelJob &job, ArrayRef<std::string> entries) {
  const std::string *finished =
      options.finished ? options.finished->find(job.level.name) : nullptr;
  if (finished) {
    job.code.elf = *finished;
    return;
  }
  ElfOptions elf;
  elf.keepText = !options.dumpDir.empty();
  elf.threads = threads;
  elf.cache = options.kernelCache;
  elf.stopped = &stopped;
  llvm::Expected<CompiledCode> code =
      compileElf(job.module, job.level, entries, elf);
  if (!code) {
    job.error = llvm::toString(code.takeError());
    return;
  }
  job.code = std::move(*code);
  if (options.finished) {
    options.finished->keep(job.level.name, job.code.elf);
  }
}

void Emitter::compileGpuCode(ArrayRef<std::string> entries) {
  GpuOptions choices;
  choices.keepText = !options.dumpDir.empty();
  choices.threads = threads;
  choices.cache = options.kernelCache;
  llvm::Expected<CompiledGpu> code = compileGpu(gpu->module, entries, choices);
  if (code) {
    gpu->code = std::move(*code);
  } else {
    gpu->error = llvm::toString(code.takeError());
  }
}

/// Levels and GPUs side by side, if there are threads for it: each has parts
/// that one thread does alone.
void Emitter::compileCode() {
  SmallVector<std::string> entries = entryNames(module);
  SmallVector<std::string> cpuEntries = entries;
  cpuEntries.push_back(FOT_DECODE_BEST);
  // Not while another thread translates.
  registerTranslations(*module.getContext());
  std::vector<std::thread> others;
  auto start = [&](auto work) {
    auto run = [this, work] {
      work();
      ++jobsDone;
    };
    if (threads > 1) {
      others.emplace_back(run);
    } else {
      run();
    }
  };
  for (LevelJob &job : jobs) {
    start([&] { compileLevel(job, cpuEntries); });
  }
  if (gpu) {
    start([&] { compileGpuCode(entries); });
  }
  for (std::thread &other : others) {
    other.join();
  }
  options.kernelCache.prune();
}

/// Waits for compileCode(), and lets who listens stop it.
llvm::Error Emitter::await(std::future<void> code) {
  while (code.wait_for(std::chrono::milliseconds(100)) !=
         std::future_status::ready) {
    if (llvm::Error error =
            tell(options.progress, "compiling code",
                 double(jobsDone) / (jobs.size() + (gpu ? 1 : 0)))) {
      stopped = true;
      code.wait();
      return error;
    }
  }
  return llvm::Error::success();
}

llvm::Error Emitter::writeWeights() {
  uint64_t total = 0;
  for (auto weight : module.getOps<WeightOp>()) {
    total = std::max<uint64_t>(total, weight.getOffset().value_or(0) +
                                          weightBytes(weight.getTensorType()));
  }
  std::unique_ptr<XXH3_state_t, void (*)(XXH3_state_t *)> hash(
      XXH3_createState(), [](XXH3_state_t *state) { XXH3_freeState(state); });
  XXH3_128bits_reset(hash.get());
  WeightReader reader;
  writer.beginSegment(schema::SegmentKind::Weights, "weights");
  llvm::Error error = packWeights(
      module, reader, threads,
      [&](ArrayRef<uint8_t> bytes) {
        XXH3_128bits_update(hash.get(), bytes.data(), bytes.size());
        return toError(writer.append(
            {reinterpret_cast<const std::byte *>(bytes.data()), bytes.size()}));
      },
      [&](uint64_t written) {
        return tell(options.progress, "packing weights",
                    total ? double(written) / total : 1);
      });
  if (error) {
    return error;
  }
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(hash.get()));
  header.model->fingerprint.assign(canonical.digest, canonical.digest + 16);
  return toError(writer.endSegment());
}

llvm::Error Emitter::writeTokenizer() {
  FailureOr<ModelFacts> facts = ModelFacts::of(module);
  if (failed(facts)) {
    return llvm::createStringError("expected IR with fot.model");
  }
  auto asset = loadTokenizer(facts->checkpoint);
  if (!asset) {
    return asset.takeError();
  }
  if (!*asset) {
    return llvm::Error::success();
  }
  TokenizerAsset &tokenizer = **asset;
  for (const std::string &note : tokenizer.notes) {
    if (options.note) {
      options.note(note);
    }
  }
  auto segment = writer.addSegment(schema::SegmentKind::Tokenizer, "tokenizer",
                                   bytesOf(tokenizer.bytes));
  if (!segment.ok()) {
    return toError(segment.takeStatus());
  }
  header.tokenizer = std::make_unique<schema::TokenizerT>();
  header.tokenizer->kind = tokenizer.kind;
  header.tokenizer->segment = *segment;
  header.tokenizer->add_bos = tokenizer.addBos;
  header.tokenizer->chat_template = tokenizer.chatTemplate;
  if (tokenizer.bos) {
    header.model->bos = *tokenizer.bos;
  }
  for (int32_t eos : tokenizer.eos) {
    if (!llvm::is_contained(header.model->eos, eos)) {
      header.model->eos.push_back(eos);
    }
  }
  return llvm::Error::success();
}

llvm::Error Emitter::dump(StringRef name, StringRef text) {
  if (options.dumpDir.empty()) {
    return llvm::Error::success();
  }
  llvm::SmallString<256> path(options.dumpDir);
  llvm::sys::path::append(path, "08-emit." + name);
  std::error_code code;
  llvm::raw_fd_ostream stream(path, code);
  stream << text;
  stream.close();
  if (code || stream.has_error()) {
    stream.clear_error();
    return llvm::createStringError("cannot write '" + path.str() + "'");
  }
  return llvm::Error::success();
}

/// Adds a code segment; what else is to be said of it goes to the last of the
/// header's codes.
llvm::Error Emitter::addCode(StringRef level, schema::CodeFormat format,
                             StringRef bytes) {
  auto segment =
      writer.addSegment(schema::SegmentKind::Code, level.str(), bytesOf(bytes));
  if (!segment.ok()) {
    return toError(segment.takeStatus());
  }
  auto code = std::make_unique<schema::CodeT>();
  code->level = level.str();
  code->format = format;
  code->segment = *segment;
  code->kernel_abi = FOT_KERNEL_ABI_VERSION;
  header.codes.push_back(std::move(code));
  return llvm::Error::success();
}

llvm::Error Emitter::writeCode() {
  for (LevelJob &job : jobs) {
    const std::string &name = job.level.name;
    if (!job.error.empty()) {
      return llvm::createStringError(name + ": " + job.error);
    }
    if (llvm::Error error = dump(name + ".ll", job.code.llvmIr)) {
      return error;
    }
    if (llvm::Error error = dump(name + ".s", job.code.assembly)) {
      return error;
    }
    if (llvm::Error error =
            addCode(name, schema::CodeFormat::Elf, job.code.elf)) {
      return error;
    }
    header.codes.back()->features.assign(job.level.features.begin(),
                                         job.level.features.end());
  }
  return gpu ? writeGpuCode() : llvm::Error::success();
}

llvm::Error Emitter::writeGpuCode() {
  if (!gpu->error.empty()) {
    return llvm::createStringError("cuda: " + gpu->error);
  }
  CompiledGpu &code = gpu->code;
  if (!code.note.empty() && options.note) {
    options.note(code.note);
  }
  if (options.gpu) {
    options.gpu(code);
  }
  if (llvm::Error error = dump("cuda.ll", code.llvmIr)) {
    return error;
  }
  if (llvm::Error error =
          addCode("cuda-host", schema::CodeFormat::CudaHost, code.host)) {
    return error;
  }
  header.codes.back()->kernels = code.kernels;
  if (llvm::Error error = addCode(
          "cuda-emulated", schema::CodeFormat::CudaEmulated, code.emulated)) {
    return error;
  }
  for (GpuCode &each : code.codes) {
    const std::string &name = each.architecture;
    if (llvm::Error error = dump("cuda." + name + ".ptx", each.ptx)) {
      return error;
    }
    if (llvm::Error error = addCode(name, schema::CodeFormat::Ptx, each.ptx)) {
      return error;
    }
    if (each.cubin.empty()) {
      continue;
    }
    if (llvm::Error error =
            addCode(name, schema::CodeFormat::Cubin, each.cubin)) {
      return error;
    }
  }
  return llvm::Error::success();
}

llvm::Error Emitter::run() {
  if (llvm::Error error = findLevels()) {
    return error;
  }
  if (llvm::Error error = describeModule(module, header)) {
    return error;
  }
  header.producer = std::string("fotc ") + ::fot::rt::runtimeVersion();
  if (options.calibration) {
    header.calibration = describeCalibration(*options.calibration);
  }
  for (const auto &[name, value] : options.recorded) {
    auto option = std::make_unique<schema::OptionT>();
    option->name = name;
    option->value = value;
    header.options.push_back(std::move(option));
  }
  // Code generation and packing use different parts of the machine: one waits
  // for files, the other computes.
  if (llvm::Error error = tell(options.progress, "compiling code", 0)) {
    return error;
  }
  std::future<void> code =
      std::async(std::launch::async, [&] { compileCode(); });
  if (llvm::Error error = writeWeights()) {
    stopped = true;
    return error;
  }
  if (llvm::Error error = await(std::move(code))) {
    return error;
  }
  if (llvm::Error error = writeTokenizer()) {
    return error;
  }
  if (llvm::Error error = writeCode()) {
    return error;
  }
  return toError(writer.finish(header));
}

llvm::Error mlir::fot::emitArtifact(ModuleOp module,
                                    const EmitOptions &options) {
  auto writer = ::fot::rt::ArtifactWriter::create(options.output);
  if (!writer.ok()) {
    return toError(writer.takeStatus());
  }
  return Emitter(module, options, std::move(*writer)).run();
}
