//===- Calibration.h - what --memory-layers=auto found ----------*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_CALIBRATION_H
#define FOT_PASSES_EMIT_CALIBRATION_H

#include <cstdint>
#include <string>
#include <vector>

namespace mlir::fot {

/// Losses are means over the answers' tokens, in nats.
struct Calibration {
  struct Step {
    uint32_t heads = 0; ///< key-value heads with a memory
    double loss = 0;    ///< of the text by which heads were dropped
    double checkLoss = 0;
  };

  std::string memoryLayers; ///< the choice, as --memory-layers takes it
  uint32_t textTokens = 0;  ///< of each text
  uint32_t facts = 0;       ///< planted in all that the choice was made by
  double lossWithout = 0;   ///< of the text of checkLoss, without any memory
  double loss = 0;          ///< of that text, with the choice
  std::vector<Step> steps;
};

} // namespace mlir::fot

#endif
