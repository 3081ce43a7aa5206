// The bytes of packed panels against docs/weight-layouts.md, written out here
// anew from numbers that are known for every row and input.
#include "passes/Emit/WeightPacker.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

using namespace mlir;
using namespace mlir::fot;

namespace {
using Bytes = std::vector<uint8_t>;

void put16(Bytes &bytes, uint16_t value) {
  bytes.push_back(value & 0xff);
  bytes.push_back(value >> 8);
}

// What the matrix holds: any pattern in which neighbours differ.
uint16_t scale(int64_t row, int64_t block) { return 0x3000 + 16 * row + block; }
uint16_t minimum(int64_t row, int64_t block) {
  return 0xb000 + 16 * row + block;
}
int int8At(int64_t row, int64_t k) { return (row * 37 + k * 11) % 256 - 128; }
int fiveAt(int64_t row, int64_t k) { return (row * 11 + k * 7 + k / 3) % 32; }
int sixAt(int64_t row, int64_t k) { return (row * 23 + k * 13 + k / 5) % 64; }
int nibbleAt(int64_t row, int64_t k) { return (row * 7 + k * 5 + k / 3) % 16; }
float floatAt(int64_t row, int64_t k) { return 1000.0f * row + k + 0.5f; }
uint16_t halfAt(int64_t row, int64_t k) { return 0x4000 + 64 * row + k; }

/// One block of ggml: q8_0 is scale and 32 bytes; q4_0, q4_1 and q5_1 keep
/// number k in the low half of byte k, and number k + 16 in its high half; or
/// one of ours.
void putBlock(Bytes &bytes, Format format, int64_t row, int64_t block) {
  put16(bytes, scale(row, block));
  int64_t first = 32 * block;
  if (format == Format::Q8_0) {
    for (int64_t k = first; k < first + 32; ++k) {
      bytes.push_back(static_cast<uint8_t>(int8At(row, k)));
    }
    return;
  }
  if (format == Format::Q6_0) {
    // A second scale, and in each half three words with the fourth above.
    put16(bytes, minimum(row, block));
    for (int64_t half = first; half < first + 32; half += 16) {
      for (int64_t i = 0; i < 12; ++i) {
        int pair = sixAt(row, half + 12 + i % 4) >> (4 - i / 4 * 2) & 3;
        bytes.push_back(sixAt(row, half + i) | pair << 6);
      }
    }
    return;
  }
  if (format == Format::Q4_1 || format == Format::Q5_1) {
    put16(bytes, minimum(row, block));
  }
  if (format == Format::Q5_1) {
    uint32_t fifth = 0;
    for (int64_t k = 0; k < 32; ++k) {
      fifth |= static_cast<uint32_t>(fiveAt(row, first + k) >> 4) << k;
    }
    put16(bytes, fifth & 0xffff);
    put16(bytes, fifth >> 16);
    for (int64_t k = first; k < first + 16; ++k) {
      bytes.push_back((fiveAt(row, k) & 15) | (fiveAt(row, k + 16) & 15) << 4);
    }
    return;
  }
  for (int64_t k = first; k < first + 16; ++k) {
    bytes.push_back(nibbleAt(row, k) | nibbleAt(row, k + 16) << 4);
  }
}

Bytes rowMajor(Format format, int64_t rows, int64_t columns) {
  Bytes bytes;
  for (int64_t row = 0; row < rows; ++row) {
    if (format == Format::F32) {
      for (int64_t k = 0; k < columns; ++k) {
        float value = floatAt(row, k);
        uint32_t bits;
        std::memcpy(&bits, &value, 4);
        put16(bytes, bits & 0xffff);
        put16(bytes, bits >> 16);
      }
    } else if (format == Format::F16 || format == Format::BF16) {
      for (int64_t k = 0; k < columns; ++k) {
        put16(bytes, halfAt(row, k));
      }
    } else {
      for (int64_t block = 0; block < columns / 32; ++block) {
        putBlock(bytes, format, row, block);
      }
    }
  }
  return bytes;
}

/// Step `block` of a q6_0 panel: each half of the inputs with its scales.
Bytes stepOfSixBits(int64_t rows, int64_t block) {
  Bytes bytes;
  for (int64_t half = 0; half < 2; ++half) {
    int64_t first = 32 * block + 16 * half;
    for (int64_t row = 0; row < 16; ++row) {
      uint16_t bits = half ? minimum(row, block) : scale(row, block);
      put16(bytes, row < rows ? bits : 0);
    }
    for (int64_t plane = 0; plane < 3; ++plane) {
      for (int64_t row = 0; row < 16; ++row) {
        for (int64_t j = 0; j < 4; ++j) {
          int last = sixAt(row, first + 12 + j);
          int top = plane == 0   ? last / 16
                    : plane == 1 ? last / 4 % 4
                                 : last % 4;
          int low = sixAt(row, first + 4 * plane + j);
          bytes.push_back(row < rows ? low + 64 * top : 0);
        }
      }
    }
  }
  return bytes;
}

/// Step `block` of a quantised panel by the table of docs/weight-layouts.md.
/// Rows that do not exist have scale and minimum zero; of q4 their numbers
/// say nothing then, and are zero.
Bytes quantisedStep(Format format, int64_t rows, int64_t block) {
  if (format == Format::Q6_0) {
    return stepOfSixBits(rows, block);
  }
  Bytes bytes;
  for (int64_t row = 0; row < 16; ++row) {
    put16(bytes, row < rows ? scale(row, block) : 0);
  }
  if (format == Format::Q4_1 || format == Format::Q5_1) {
    for (int64_t row = 0; row < 16; ++row) {
      put16(bytes, row < rows ? minimum(row, block) : 0);
    }
  }
  int64_t first = 32 * block;
  for (int64_t plane = 0; plane < 5 && format == Format::Q5_1; ++plane) {
    for (int64_t row = 0; row < 16; ++row) {
      for (int64_t j = 0; j < 4; ++j) {
        int five = fiveAt(row, first + 20 + j),
            six = fiveAt(row, first + 24 + j);
        int seven = fiveAt(row, first + 28 + j);
        int tops[] = {five / 4, six / 4, seven / 4,
                      five % 4 + seven / 2 % 2 * 4, six % 4 + seven % 2 * 4};
        int low = fiveAt(row, first + 4 * plane + j);
        bytes.push_back(row < rows ? low + 32 * tops[plane] : 0);
      }
    }
  }
  if (format == Format::Q5_1) {
    return bytes;
  }
  int64_t groups = format == Format::Q8_0 ? 8 : 4;
  for (int64_t group = 0; group < groups; ++group) {
    for (int64_t row = 0; row < 16; ++row) {
      for (int64_t j = 0; j < 4; ++j) {
        int64_t k = first + 4 * group + j;
        if (format == Format::Q8_0) {
          bytes.push_back(row < rows ? int8At(row, k) + 128 : 128);
        } else {
          bytes.push_back(
              row < rows ? nibbleAt(row, k) | nibbleAt(row, k + 16) << 4 : 0);
        }
      }
    }
  }
  return bytes;
}

Bytes expectedPanel(Format format, int64_t rows, int64_t columns) {
  Bytes bytes;
  bool quantised =
      format != Format::F32 && format != Format::F16 && format != Format::BF16;
  if (quantised) {
    for (int64_t block = 0; block < columns / 32; ++block) {
      Bytes step = quantisedStep(format, rows, block);
      bytes.insert(bytes.end(), step.begin(), step.end());
    }
    return bytes;
  }
  Bytes source = rowMajor(format, rows, columns);
  int64_t size = format == Format::F32 ? 4 : 2;
  for (int64_t k = 0; k < columns; ++k) {
    for (int64_t row = 0; row < 16; ++row) {
      for (int64_t i = 0; i < size; ++i) {
        bytes.push_back(row < rows ? source[(row * columns + k) * size + i]
                                   : 0);
      }
    }
  }
  return bytes;
}

class PackPanel : public testing::TestWithParam<Format> {
protected:
  PackPanel() { context.loadDialect<FoTDialect>(); }

  void check(int64_t rows, int64_t columns) {
    auto panel = PanelType::get(&context, GetParam(), 16);
    Bytes expected = expectedPanel(GetParam(), rows, columns);
    ASSERT_EQ(static_cast<int64_t>(expected.size()),
              columns / panel.getDepth() * panel.getBytes());
    // Guards behind the panel, and old bytes inside, are not to matter.
    Bytes packed(expected.size() + 64, 0xaa);
    packPanel(panel, rowMajor(GetParam(), rows, columns), rows, columns,
              packed.data());
    EXPECT_EQ(Bytes(packed.end() - 64, packed.end()), Bytes(64, 0xaa));
    packed.resize(expected.size());
    EXPECT_EQ(packed, expected);
  }

  MLIRContext context;
};
} // namespace

TEST_P(PackPanel, LaysOutSixteenRows) { check(16, 96); }
TEST_P(PackPanel, PadsMissingRowsWithZeros) {
  for (int64_t rows : {1, 7, 15}) {
    check(rows, 64);
  }
}
TEST_P(PackPanel, TakesASingleBlock) { check(16, 32); }

INSTANTIATE_TEST_SUITE_P(
    Formats, PackPanel,
    testing::Values(Format::F32, Format::F16, Format::BF16, Format::Q8_0,
                    Format::Q4_0, Format::Q4_1, Format::Q5_1, Format::Q6_0),
    [](const auto &info) { return stringifyFormat(info.param).upper(); });

// Floats know no blocks: any number of inputs.
TEST(PackPanelOfFloats, TakesOddColumns) {
  MLIRContext context;
  context.loadDialect<FoTDialect>();
  auto panel = PanelType::get(&context, Format::F16, 16);
  Bytes packed(5 * 32);
  packPanel(panel, rowMajor(Format::F16, 3, 5), 3, 5, packed.data());
  EXPECT_EQ(packed, expectedPanel(Format::F16, 3, 5));
}

namespace {
/// A segment, and how it was written.
struct Segment {
  Bytes bytes;
  uint64_t lastProgress = 0;
};

OwningOpRef<ModuleOp> parse(MLIRContext &context, StringRef text) {
  context.loadDialect<FoTDialect>();
  return parseSourceString<ModuleOp>(text, &context);
}

llvm::Error pack(ModuleOp module, unsigned threads, Segment &segment) {
  WeightReader reader;
  return packWeights(
      module, reader, threads,
      [&](ArrayRef<uint8_t> bytes) -> llvm::Error {
        segment.bytes.insert(segment.bytes.end(), bytes.begin(), bytes.end());
        return llvm::Error::success();
      },
      [&](uint64_t written) {
        segment.lastProgress = written;
        return llvm::Error::success();
      });
}

// Of @ends the second panel has 3 rows.
const char kModule[] = R"(
  fot.weight @gain : tensor<3xf32> from dense<[1.0, 2.0, 3.0]> : tensor<3xf32> at 0
  fot.weight @ends : tensor<2x2x!fot.panel<f32 x 16>> from #fot.random<5, 1.0>
    at 64 logical tensor<19x2xf32>
  fot.weight @plain : tensor<19x2xf32> from #fot.random<5, 1.0> at 320
)";
} // namespace

TEST(PackWeights, PlacesWeightsAtTheirOffsets) {
  MLIRContext context;
  OwningOpRef<ModuleOp> module = parse(context, kModule);
  ASSERT_TRUE(module);
  Segment segment;
  llvm::Error error = pack(*module, 1, segment);
  ASSERT_FALSE(static_cast<bool>(error)) << llvm::toString(std::move(error));
  ASSERT_EQ(segment.bytes.size(), 320u + 19 * 2 * 4);
  EXPECT_EQ(segment.lastProgress, segment.bytes.size());

  auto at = [&](size_t offset) {
    float value;
    std::memcpy(&value, segment.bytes.data() + offset, 4);
    return value;
  };
  EXPECT_EQ(at(0), 1.0f);
  EXPECT_EQ(at(8), 3.0f);
  EXPECT_EQ(Bytes(segment.bytes.begin() + 12, segment.bytes.begin() + 64),
            Bytes(52, 0));
  // Row r, input k: in plain order, and in panels of 16 rows.
  for (int64_t row = 0; row < 32; ++row) {
    for (int64_t k = 0; k < 2; ++k) {
      float packed = at(64 + (row / 16) * 128 + k * 64 + row % 16 * 4);
      EXPECT_EQ(packed, row < 19 ? at(320 + (row * 2 + k) * 4) : 0.0f)
          << "row " << row << ", input " << k;
    }
  }
}

TEST(PackWeights, WritesTheSameWithAnyNumberOfThreads) {
  MLIRContext context;
  OwningOpRef<ModuleOp> module = parse(context, kModule);
  Segment one, many;
  llvm::cantFail(pack(*module, 1, one));
  llvm::cantFail(pack(*module, 7, many));
  EXPECT_EQ(one.bytes, many.bytes);
}

TEST(PackWeights, RefusesOverlappingWeights) {
  MLIRContext context;
  OwningOpRef<ModuleOp> module = parse(context, R"(
    fot.weight @a : tensor<32xf32> from #fot.random<1, 1.0> at 0
    fot.weight @b : tensor<32xf32> from #fot.random<2, 1.0> at 64
  )");
  Segment segment;
  EXPECT_EQ(llvm::toString(pack(*module, 2, segment)),
            "weight 'b': expects an offset within 64 bytes of 128, found 64");
}

TEST(PackWeights, SaysWhichFileIsMissing) {
  MLIRContext context;
  OwningOpRef<ModuleOp> module = parse(context, R"(
    fot.weight @a : tensor<2x4xf32> from #fot.source<"/nowhere/m.safetensors",
      offset = 0, bytes = 32, type = "f32", shape = [2, 4]> at 0
  )");
  Segment segment;
  std::string sentence = llvm::toString(pack(*module, 2, segment));
  EXPECT_NE(sentence.find("/nowhere/m.safetensors"), std::string::npos)
      << sentence;
  EXPECT_NE(sentence.find("'a'"), std::string::npos) << sentence;
}

TEST(PackWeights, PassesErrorsOfTheSinkOn) {
  MLIRContext context;
  OwningOpRef<ModuleOp> module = parse(context, kModule);
  WeightReader reader;
  llvm::Error error = packWeights(
      *module, reader, 2,
      [](ArrayRef<uint8_t>) { return llvm::createStringError("disk full"); },
      [](uint64_t) { return llvm::Error::success(); });
  EXPECT_EQ(llvm::toString(std::move(error)), "disk full");
}

TEST(PackWeights, StopsWhenTold) {
  MLIRContext context;
  OwningOpRef<ModuleOp> module = parse(context, kModule);
  WeightReader reader;
  unsigned told = 0;
  llvm::Error error = packWeights(
      *module, reader, 2,
      [](ArrayRef<uint8_t>) { return llvm::Error::success(); },
      [&](uint64_t) {
        ++told;
        return llvm::createStringError("enough");
      });
  EXPECT_EQ(llvm::toString(std::move(error)), "enough");
  EXPECT_EQ(told, 1u);
}
