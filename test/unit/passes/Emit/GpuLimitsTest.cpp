//===- GpuLimitsTest.cpp - how many blocks fit a multiprocessor -----------===//

#include "passes/Emit/GpuLimits.h"

#include <gtest/gtest.h>

using namespace mlir::fot;

// Expected numbers were worked out by hand from the limits.
TEST(GpuLimits, ThreadsBound) {
  EXPECT_EQ(residentBlocks(gpuLimits("sm_80"), 256, 32, 0), 8);
  EXPECT_EQ(residentBlocks(gpuLimits("sm_86"), 256, 32, 0), 6);
  EXPECT_EQ(residentBlocks(gpuLimits("sm_120a"), 1024, 32, 0), 1);
}

TEST(GpuLimits, BlocksBound) {
  EXPECT_EQ(residentBlocks(gpuLimits("sm_80"), 32, 16, 0), 32);
  EXPECT_EQ(residentBlocks(gpuLimits("sm_86"), 32, 16, 0), 16);
  EXPECT_EQ(residentBlocks(gpuLimits("sm_89"), 32, 16, 0), 24);
}

TEST(GpuLimits, RegistersBound) {
  EXPECT_EQ(residentBlocks(gpuLimits("sm_90a"), 256, 64, 0), 4);
  EXPECT_EQ(residentBlocks(gpuLimits("sm_90"), 128, 255, 0), 2);
  // 65 registers are given as 72.
  EXPECT_EQ(residentBlocks(gpuLimits("sm_100a"), 128, 65, 0), 7);
}

TEST(GpuLimits, SharedMemoryBounds) {
  EXPECT_EQ(residentBlocks(gpuLimits("sm_80"), 128, 32, 48 << 10), 3);
  EXPECT_EQ(residentBlocks(gpuLimits("sm_86"), 128, 32, 48 << 10), 2);
  EXPECT_EQ(residentBlocks(gpuLimits("sm_89"), 128, 32, 100 << 10), 0);
}

TEST(GpuLimits, OfUnknownArchitecturesNothingIsKnown) {
  EXPECT_EQ(gpuLimits("sm_75").threads, 0);
  EXPECT_TRUE(gpuProducts("sm_75").empty());
  EXPECT_EQ(gpuProducts("sm_90a").data(), gpuProducts("sm_90").data());
}
