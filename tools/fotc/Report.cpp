//===- Report.cpp - fotc --report -----------------------------------------===//

#include "tools/fotc/Report.h"

#include "runtime/base/FileWriter.h"
#include "tools/fot/Roofline.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

using namespace ::fot::rt;

static Status write(const std::string &artifact, const std::string &file,
                    unsigned threads) {
  FOT_ASSIGN_OR_RETURN(auto opened, Artifact::open(artifact));
  FOT_ASSIGN_OR_RETURN(auto pool,
                       ThreadPool::create(threads ? threads : usableCores()));
  FOT_ASSIGN_OR_RETURN(nlohmann::ordered_json bounds,
                       ::fot::tool::boundsOf(*opened, *pool));
  llvm::StringRef name(file);
  std::string text = name.ends_with(".json") ? bounds.dump(2) + "\n"
                     : name.ends_with(".svg")
                         ? ::fot::tool::rooflineSvg(bounds)
                         : ::fot::tool::rooflineText(bounds);
  if (file.empty()) {
    llvm::outs() << text;
    return Status();
  }
  FOT_ASSIGN_OR_RETURN(FileWriter writer, FileWriter::create(file));
  FOT_RETURN_IF_ERROR(writer.write(text));
  return writer.commit();
}

llvm::Error mlir::fot::reportBounds(const std::string &artifact,
                                    const std::string &file, unsigned threads) {
  Status status = write(artifact, file, threads);
  return status.ok() ? llvm::Error::success()
                     : llvm::createStringError(status.message());
}
