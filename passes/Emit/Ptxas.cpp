//===- Ptxas.cpp - NVIDIA's assembler as a child process ------------------===//

#include "passes/Emit/Ptxas.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

std::string mlir::fot::findPtxas() {
  if (ErrorOr<std::string> found = sys::findProgramByName("ptxas")) {
    return *found;
  }
  SmallVector<std::string> folders;
  if (std::optional<std::string> home = sys::Process::GetEnv("CUDA_HOME")) {
    folders.push_back(*home + "/bin");
  }
  folders.push_back("/usr/local/cuda/bin");
  for (const std::string &folder : folders) {
    if (ErrorOr<std::string> found =
            sys::findProgramByName("ptxas", StringRef(folder))) {
      return *found;
    }
  }
  return "";
}

std::string mlir::fot::ptxasVersion(StringRef ptxas) {
  SmallString<128> output;
  if (sys::fs::createTemporaryFile("fotc", "txt", output)) {
    return "";
  }
  FileRemover remover(output);
  StringRef arguments[] = {ptxas, "--version"};
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(output),
                                          StringRef(output)};
  if (sys::ExecuteAndWait(ptxas, arguments, std::nullopt, redirects,
                          /*SecondsToWait=*/10) != 0) {
    return "";
  }
  auto said = MemoryBuffer::getFile(output);
  return said ? (*said)->getBuffer().str() : "";
}

/// The number before `unit` in a line, or 0.
static int64_t numberBefore(StringRef line, StringRef unit) {
  size_t end = line.find(unit);
  if (end == StringRef::npos) {
    return 0;
  }
  StringRef text = line.take_front(end).rtrim();
  text = text.substr(text.find_last_not_of("0123456789") + 1);
  int64_t number = 0;
  text.getAsInteger(10, number);
  return number;
}

std::vector<mlir::fot::AssembledKernel>
mlir::fot::parsePtxasLog(StringRef log) {
  std::vector<AssembledKernel> kernels;
  while (!log.empty()) {
    StringRef line;
    std::tie(line, log) = log.split('\n');
    if (line.contains("Compiling entry function '")) {
      StringRef name = line.split('\'').second.split('\'').first;
      kernels.push_back({name.str(), 0, 0, 0, 0, 0});
    }
    if (kernels.empty()) {
      continue;
    }
    AssembledKernel &kernel = kernels.back();
    if (line.contains("bytes stack frame")) {
      kernel.stackBytes = numberBefore(line, " bytes stack frame");
      kernel.spillStores = numberBefore(line, " bytes spill stores");
      kernel.spillLoads = numberBefore(line, " bytes spill loads");
    } else if (line.contains(" registers")) {
      kernel.registers = numberBefore(line, " registers");
      kernel.sharedBytes = numberBefore(line, " bytes smem");
    }
  }
  return kernels;
}

Expected<mlir::fot::AssembledCode>
mlir::fot::assemblePtx(StringRef ptxas, StringRef architecture, StringRef ptx) {
  SmallString<128> folder;
  if (std::error_code code = sys::fs::createUniqueDirectory("fotc", folder)) {
    return createStringError(code, "cannot create a temporary directory: " +
                                       code.message());
  }
  scope_exit cleanUp([&] { sys::fs::remove_directories(folder); });
  std::string source = (folder + "/code.ptx").str();
  std::string cubin = (folder + "/code.cubin").str();
  std::string log = (folder + "/log").str();
  std::error_code code;
  raw_fd_ostream stream(source, code);
  stream << ptx;
  stream.close();
  if (code || stream.has_error()) {
    stream.clear_error();
    return createStringError("cannot write '" + source + "'");
  }
  std::string target = ("--gpu-name=" + architecture).str();
  StringRef arguments[] = {ptxas, "-v", target, source, "-o", cubin};
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(log),
                                          StringRef(log)};
  std::string message;
  int result = sys::ExecuteAndWait(ptxas, arguments, std::nullopt, redirects,
                                   /*SecondsToWait=*/300, 0, &message);
  auto said = MemoryBuffer::getFile(log);
  if (result != 0) {
    StringRef text = said ? (*said)->getBuffer().trim() : StringRef(message);
    return createStringError("ptxas refuses the code for " + architecture +
                             ": " + text.split('\n').first);
  }
  auto bytes = MemoryBuffer::getFile(cubin);
  if (!bytes) {
    return createStringError(bytes.getError(), "cannot read '" + cubin + "'");
  }
  return AssembledCode{(*bytes)->getBuffer().str(),
                       said ? (*said)->getBuffer().str() : std::string()};
}
