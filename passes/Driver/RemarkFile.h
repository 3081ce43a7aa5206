//===- RemarkFile.h - what passes did and why not, as a file ----*- C++ -*-===//
//
// Remarks in LLVM's YAML, which its remark tools read. Passes run on several
// functions at once; the file has the remarks of one function after those of
// another, so that it is the same every time.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_DRIVER_REMARKFILE_H
#define FOT_PASSES_DRIVER_REMARKFILE_H

#include "mlir/IR/Remarks.h"
#include "llvm/Remarks/Remark.h"

#include <map>
#include <mutex>

namespace mlir::fot {

/// Collects remarks from any thread. A context streams to it; it must outlive
/// the context.
class RemarkFile {
public:
  void add(const remark::detail::Remark &remark);
  /// Writes all that was added to `path` ("-": standard output), whole or not
  /// at all.
  llvm::Error write(llvm::StringRef path) const;
  /// What a context streams through.
  std::unique_ptr<remark::detail::MLIRRemarkStreamerBase> streamer();

private:
  struct Entry {
    llvm::remarks::Type type;
    std::string pass, name;
    std::vector<std::pair<std::string, std::string>> arguments;
    std::string file; ///< empty: nowhere
    unsigned line, column;
  };
  mutable std::mutex mutex;
  std::map<std::string, std::vector<Entry>> byFunction;
};

} // namespace mlir::fot

#endif
