//===- PtxasTest.cpp - reading what ptxas says ----------------------------===//

#include "passes/Emit/Ptxas.h"

#include <gtest/gtest.h>

using namespace mlir::fot;

TEST(Ptxas, ReadsItsLog) {
  auto kernels = parsePtxasLog(
      "ptxas info    : 0 bytes gmem\n"
      "ptxas info    : Compiling entry function 'matmul_2' for 'sm_90a'\n"
      "ptxas info    : Function properties for matmul_2\n"
      "    16 bytes stack frame, 12 bytes spill stores, 20 bytes spill loads\n"
      "ptxas info    : Used 64 registers, used 1 barriers, 16 bytes "
      "cumulative stack size, 8192 bytes smem, 416 bytes cmem[0]\n"
      "ptxas info    : Compiling entry function 'rope_3' for 'sm_90a'\n"
      "ptxas info    : Function properties for rope_3\n"
      "    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads\n"
      "ptxas info    : Used 18 registers, used 0 barriers\n");
  ASSERT_EQ(kernels.size(), 2u);
  EXPECT_EQ(kernels[0].name, "matmul_2");
  EXPECT_EQ(kernels[0].registers, 64);
  EXPECT_EQ(kernels[0].stackBytes, 16);
  EXPECT_EQ(kernels[0].spillStores, 12);
  EXPECT_EQ(kernels[0].spillLoads, 20);
  EXPECT_EQ(kernels[0].sharedBytes, 8192);
  EXPECT_EQ(kernels[1].name, "rope_3");
  EXPECT_EQ(kernels[1].registers, 18);
  EXPECT_EQ(kernels[1].sharedBytes, 0);
}

TEST(Ptxas, ReadsNothingFromNothing) {
  EXPECT_TRUE(parsePtxasLog("").empty());
  EXPECT_TRUE(parsePtxasLog("Used 12 registers\n").empty());
}
