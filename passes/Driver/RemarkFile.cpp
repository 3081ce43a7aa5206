//===- RemarkFile.cpp - what passes did and why not, as a file ------------===//

#include "passes/Driver/RemarkFile.h"

#include "passes/Driver/OutputText.h"

#include "llvm/Remarks/RemarkSerializer.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace mlir::fot;

void RemarkFile::add(const remark::detail::Remark &remark) {
  Entry entry = {remark.getRemarkType(),
                 remark.getCombinedCategoryName().str(),
                 remark.getRemarkName().str(),
                 {},
                 {},
                 0,
                 0};
  for (const remark::detail::Remark::Arg &argument : remark.getArgs()) {
    entry.arguments.emplace_back(argument.key, argument.val);
  }
  if (auto place = dyn_cast<FileLineColLoc>(remark.getLocation())) {
    entry.file = place.getFilename().str();
    entry.line = place.getLine();
    entry.column = place.getColumn();
  }
  std::lock_guard<std::mutex> lock(mutex);
  byFunction[remark.getFunction().str()].push_back(std::move(entry));
}

llvm::Error RemarkFile::write(StringRef path) const {
  std::lock_guard<std::mutex> lock(mutex);
  auto print = [&](llvm::raw_ostream &stream) -> llvm::Error {
    auto serializer = llvm::remarks::createRemarkSerializer(
        llvm::remarks::Format::YAML, stream);
    if (!serializer) {
      return serializer.takeError();
    }
    for (const auto &[function, entries] : byFunction) {
      for (const Entry &entry : entries) {
        llvm::remarks::Remark remark;
        remark.RemarkType = entry.type;
        remark.PassName = entry.pass;
        remark.RemarkName = entry.name;
        remark.FunctionName = function;
        if (!entry.file.empty()) {
          remark.Loc = {entry.file, entry.line, entry.column};
        }
        for (const auto &[key, value] : entry.arguments) {
          remark.Args.emplace_back(key, value);
        }
        (*serializer)->emit(remark);
      }
    }
    return llvm::Error::success();
  };
  std::string text;
  llvm::raw_string_ostream stream(text);
  if (llvm::Error error = print(stream)) {
    return error;
  }
  return writeText(path, [&](llvm::raw_ostream &out) { out << text; });
}

namespace {
struct Streamer final : remark::detail::MLIRRemarkStreamerBase {
  explicit Streamer(RemarkFile &file) : file(file) {}
  void streamOptimizationRemark(const remark::detail::Remark &remark) override {
    file.add(remark);
  }
  RemarkFile &file;
};
} // namespace

std::unique_ptr<remark::detail::MLIRRemarkStreamerBase> RemarkFile::streamer() {
  return std::make_unique<Streamer>(*this);
}
