//===- Report.cpp - fotc --report -----------------------------------------===//

#include "tools/fotc/Report.h"

#include "runtime/base/FileWriter.h"
#include "tools/fot/Roofline.h"
#include "tools/fotc/GpuReport.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

using namespace ::fot::rt;

/// Whether there is code for CPUs, that this machine's rates bound.
static bool hasCpuCode(const Artifact &artifact) {
  const auto *codes = artifact.header().codes();
  for (uint32_t i = 0; codes && i < codes->size(); ++i) {
    if (codes->Get(i)->format() == ::fot::schema::CodeFormat::Elf) {
      return true;
    }
  }
  return false;
}

static Status write(const std::string &artifact, const std::string &file,
                    unsigned threads, const mlir::fot::CompiledGpu *gpu) {
  FOT_ASSIGN_OR_RETURN(auto opened, Artifact::open(artifact));
  nlohmann::ordered_json bounds = nlohmann::ordered_json::array();
  nlohmann::ordered_json gpus = nlohmann::ordered_json::array();
  if (hasCpuCode(*opened)) {
    FOT_ASSIGN_OR_RETURN(auto pool,
                         ThreadPool::create(threads ? threads : usableCores()));
    FOT_ASSIGN_OR_RETURN(bounds, ::fot::tool::boundsOf(*opened, *pool));
  }
  if (gpu) {
    gpus = mlir::fot::gpuReport(*gpu, *opened);
  }
  llvm::StringRef name(file);
  std::string text;
  if (name.ends_with(".json")) {
    bounds.insert(bounds.end(), gpus.begin(), gpus.end());
    text = bounds.dump(2) + "\n";
  } else if (name.ends_with(".svg")) {
    text = ::fot::tool::rooflineSvg(bounds);
  } else {
    text = ::fot::tool::rooflineText(bounds) + mlir::fot::gpuReportText(gpus);
  }
  if (file.empty()) {
    llvm::outs() << text;
    return Status();
  }
  FOT_ASSIGN_OR_RETURN(FileWriter writer, FileWriter::create(file));
  FOT_RETURN_IF_ERROR(writer.write(text));
  return writer.commit();
}

llvm::Error mlir::fot::reportBounds(const std::string &artifact,
                                    const std::string &file, unsigned threads,
                                    const CompiledGpu *gpu) {
  Status status = write(artifact, file, threads, gpu);
  return status.ok() ? llvm::Error::success()
                     : llvm::createStringError(status.message());
}
