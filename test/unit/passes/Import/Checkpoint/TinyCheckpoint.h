// The tiny model of TestFiles.h, opened as a checkpoint.
#ifndef FOT_TEST_UNIT_PASSES_IMPORT_CHECKPOINT_TINYCHECKPOINT_H
#define FOT_TEST_UNIT_PASSES_IMPORT_CHECKPOINT_TINYCHECKPOINT_H

#include "TestFiles.h"
#include "passes/Import/Checkpoint/Checkpoint.h"
#include "passes/Import/Checkpoint/RowReader.h"

#include <gtest/gtest.h>

namespace fot_test {

/// Writes the tiny model as one file, with some fields of its configuration
/// replaced, and opens it.
inline llvm::Expected<std::unique_ptr<mlir::fot::Checkpoint>>
openTiny(const TempDir &dir, llvm::json::Object changes = {}) {
  llvm::json::Object config = tinyConfig();
  for (auto &[key, value] : changes) {
    config[key] = value;
  }
  dir.write("config.json", toText(std::move(config)));
  dir.write("model.safetensors", safeTensors(asF32(tinyTensors())));
  return mlir::fot::Checkpoint::open(dir.path());
}

/// Rows [begin, end) as float32.
inline std::vector<float> rowsOf(const mlir::fot::Checkpoint &checkpoint,
                                 llvm::StringRef name) {
  mlir::fot::TensorSource source = llvm::cantFail(checkpoint.tensor(name));
  mlir::fot::RowReader reader(source);
  std::vector<float> values(reader.rows() * reader.cols());
  reader.readF32(0, reader.rows(), values.data());
  return values;
}

inline void
expectError(llvm::Expected<std::unique_ptr<mlir::fot::Checkpoint>> opened,
            llvm::StringRef complaint) {
  std::string message = messageOf(opened.takeError());
  EXPECT_TRUE(llvm::StringRef(message).contains(complaint)) << message;
}

} // namespace fot_test

#endif
