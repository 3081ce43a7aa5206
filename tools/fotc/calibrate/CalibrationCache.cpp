//===- CalibrationCache.cpp - calibrations made before --------------------===//

#include "tools/fotc/calibrate/CalibrationCache.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

using namespace mlir::fot;

/// To be raised with any change of the texts, the search or the kernels that
/// could change results.
constexpr int kVersion = 2;

/// The file of an artifact's calibration; empty if there is no cache folder.
static std::string pathOf(const CalibrationKey &key) {
  llvm::SmallString<128> path;
  if (!llvm::sys::path::cache_directory(path)) {
    return "";
  }
  const auto &header = key.artifact.header();
  const auto &model = *header.model();
  if (!model.fingerprint()) {
    return "";
  }
  std::string name =
      "v" + std::to_string(kVersion) + "-" +
      llvm::toHex(llvm::ArrayRef(model.fingerprint()->data(), 16), true) + "-" +
      std::to_string(model.window()) + "-" + std::to_string(key.window) + "-" +
      std::to_string(key.lastContext) + "-" +
      std::to_string(static_cast<int>(model.memory_mode())) + "-" +
      std::to_string(model.top_k()) + "-" +
      std::to_string(static_cast<int>(header.memories()->Get(0)->key_type())) +
      "-" + llvm::utohexstr(llvm::xxh3_64bits(model.weights()->str())) +
      ".json";
  llvm::sys::path::append(path, "fotc", "calibrations", name);
  return path.str().str();
}

std::optional<Calibration>
mlir::fot::lookUpCalibration(const CalibrationKey &key) {
  std::string path = pathOf(key);
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (path.empty() || !buffer) {
    return std::nullopt;
  }
  llvm::Expected<llvm::json::Value> value =
      llvm::json::parse((*buffer)->getBuffer());
  if (!value) {
    llvm::consumeError(value.takeError());
    return std::nullopt;
  }
  Calibration result;
  std::vector<std::vector<double>> steps;
  llvm::json::Path::Root root;
  llvm::json::ObjectMapper mapper(*value, root);
  if (!mapper || !mapper.map("memory_layers", result.memoryLayers) ||
      !mapper.map("text_tokens", result.textTokens) ||
      !mapper.map("facts", result.facts) ||
      !mapper.map("loss_without", result.lossWithout) ||
      !mapper.map("loss", result.loss) || !mapper.map("steps", steps)) {
    return std::nullopt;
  }
  for (const std::vector<double> &step : steps) {
    if (step.size() != 3) {
      return std::nullopt;
    }
    result.steps.push_back({static_cast<uint32_t>(step[0]), step[1], step[2]});
  }
  return result;
}

void mlir::fot::keepCalibration(const CalibrationKey &key,
                                const Calibration &calibration) {
  std::string path = pathOf(key);
  if (path.empty() ||
      llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path))) {
    return;
  }
  llvm::json::Array steps;
  for (const Calibration::Step &step : calibration.steps) {
    steps.push_back(llvm::json::Array{step.heads, step.loss, step.checkLoss});
  }
  llvm::json::Object object{{"memory_layers", calibration.memoryLayers},
                            {"text_tokens", calibration.textTokens},
                            {"facts", calibration.facts},
                            {"loss_without", calibration.lossWithout},
                            {"loss", calibration.loss},
                            {"steps", std::move(steps)}};
  // Written aside and renamed.
  llvm::consumeError(llvm::writeToOutput(path, [&](llvm::raw_ostream &stream) {
    stream << llvm::json::Value(std::move(object)) << "\n";
    return llvm::Error::success();
  }));
}
