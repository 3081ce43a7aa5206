//===- Ptxas.cpp - NVIDIA's assembler as a child process ------------------===//

#include "passes/Emit/Ptxas.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
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

Expected<std::string>
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
  StringRef arguments[] = {ptxas, target, source, "-o", cubin};
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(log),
                                          StringRef(log)};
  std::string message;
  int result = sys::ExecuteAndWait(ptxas, arguments, std::nullopt, redirects,
                                   /*SecondsToWait=*/300, 0, &message);
  if (result != 0) {
    auto said = MemoryBuffer::getFile(log);
    StringRef text = said ? (*said)->getBuffer().trim() : StringRef(message);
    return createStringError("ptxas refuses the code for " + architecture +
                             ": " + text.split('\n').first);
  }
  auto bytes = MemoryBuffer::getFile(cubin);
  if (!bytes) {
    return createStringError(bytes.getError(), "cannot read '" + cubin + "'");
  }
  return (*bytes)->getBuffer().str();
}
