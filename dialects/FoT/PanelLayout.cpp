//===- PanelLayout.cpp - where the numbers of a packed weight are ---------===//
//
// docs/weight-layouts.md as functions, for all who read panels.
//
//===----------------------------------------------------------------------===//

#include "dialects/FoT/FoTDialect.h"

using namespace mlir;
using namespace mlir::fot;

int64_t PanelType::getDepth() const {
  switch (getFormat()) {
  case Format::F32:
  case Format::F16:
  case Format::BF16:
    return 1;
  default:
    return BlockType::kValues;
  }
}

int64_t PanelType::getBytes() const {
  // Scales (and minimums) of the rows, f16, then the numbers themselves.
  switch (getFormat()) {
  case Format::F32:
    return getRows() * 4;
  case Format::F16:
  case Format::BF16:
    return getRows() * 2;
  case Format::Q8_0:
    return getRows() * (2 + 32);
  case Format::Q4_0:
    return getRows() * (2 + 16);
  case Format::Q4_1:
    return getRows() * (4 + 16);
  case Format::Q5_1:
    return getRows() * (4 + 20);
  case Format::Q6_0:
    return getRows() * (4 + 24);
  case Format::A8:
    break;
  }
  llvm_unreachable("not a weight format");
}

/// Bytes of 16 rows of four codes, or of parts of codes.
constexpr int64_t kPlane = 64;

SmallVector<PanelPiece, 3> PanelType::getPieces(int64_t group) const {
  int64_t plane = getScalesAt(0) + 32 + (hasMinimum() ? 32 : 0);
  auto piece = [&](int64_t number, int64_t shift, int64_t mask) {
    return PanelPiece{plane + number * kPlane, shift, mask};
  };
  switch (getFormat()) {
  case Format::Q8_0:
    return {piece(group, 0, 0xff)};
  case Format::Q4_0:
  case Format::Q4_1:
    return {piece(group % 4, group < 4 ? 0 : 4, 0x0f)};
  case Format::Q5_1:
    // Five groups have a plane; three are above them, cut in pieces.
    if (group < 5) {
      return {piece(group, 0, 0x1f)};
    }
    if (group < 7) {
      return {piece(group - 5, 3, 0x1c), piece(group - 2, 5, 0x03)};
    }
    return {piece(2, 3, 0x1c), piece(3, 6, 0x02), piece(4, 7, 0x01)};
  case Format::Q6_0: {
    // Of each half three groups have a plane; the fourth is above them.
    plane = getScalesAt(group / 4) + 32;
    if (group % 4 < 3) {
      return {piece(group % 4, 0, 0x3f)};
    }
    return {piece(0, 2, 0x30), piece(1, 4, 0x0c), piece(2, 6, 0x03)};
  }
  default:
    llvm_unreachable("not a quantised format");
  }
}

int32_t PanelType::getZero() const {
  switch (getFormat()) {
  case Format::Q8_0:
    return 128;
  case Format::Q4_0:
    return 8;
  case Format::Q6_0:
    return 32;
  default:
    return 0;
  }
}

bool PanelType::hasMinimum() const {
  return getFormat() == Format::Q4_1 || getFormat() == Format::Q5_1;
}

int64_t PanelType::getScaledInputs() const {
  return getFormat() == Format::Q6_0 ? 16 : 32;
}

int64_t PanelType::getScalesAt(int64_t half) const {
  return getFormat() == Format::Q6_0 ? half * (32 + 3 * kPlane) : 0;
}

int64_t PanelType::getMinimaAt() const { return 32; }
