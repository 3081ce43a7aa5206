//===- OutputText.cpp - text for people, to a file or a pipe --------------===//

#include "passes/Driver/OutputText.h"

#include "runtime/base/FileWriter.h"

using namespace mlir::fot;

llvm::Error mlir::fot::flushOutput() {
  llvm::outs().flush();
  std::error_code code = llvm::outs().error();
  llvm::outs().clear_error();
  return code ? llvm::createStringError("cannot write to standard output: " +
                                        code.message())
              : llvm::Error::success();
}

static ::fot::rt::Status writeFile(const std::string &path,
                                   llvm::StringRef text) {
  FOT_ASSIGN_OR_RETURN(auto writer, ::fot::rt::FileWriter::create(path));
  FOT_RETURN_IF_ERROR(writer.write(std::string_view(text)));
  return writer.commit();
}

llvm::Error
mlir::fot::writeText(llvm::StringRef path,
                     llvm::function_ref<void(llvm::raw_ostream &)> print) {
  if (path.empty() || path == "-") {
    print(llvm::outs());
    return flushOutput();
  }
  // LLVM's writeToOutput would put a file in the place of a device.
  std::string text;
  llvm::raw_string_ostream stream(text);
  print(stream);
  ::fot::rt::Status status = writeFile(path.str(), text);
  return status.ok() ? llvm::Error::success()
                     : llvm::createStringError(status.message());
}
