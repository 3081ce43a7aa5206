// Ties, nuclei, seeds.
#include "runtime/session/Sampler.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <map>

using namespace fot::rt;

namespace {
Sampler make(const SamplerOptions &options, uint32_t vocab) {
  auto sampler = Sampler::create(options, vocab);
  EXPECT_TRUE(sampler.ok());
  return std::move(*sampler);
}

TEST(SamplerTest, GreedyTakesTheLowestOfEqualBests) {
  float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(bestToken(std::vector<float>{1, 3, 2, 3}), 1);
  EXPECT_EQ(bestToken(std::vector<float>{nan, 1, 2, nan}), 2);
  EXPECT_EQ(bestToken(std::vector<float>{-INFINITY, -INFINITY}), 0);
  Sampler sampler = make({}, 4);
  EXPECT_EQ(sampler.sample(std::vector<float>{1, 3, 2, 3}), 1);
}

TEST(SamplerTest, BestOfPairsIsTheBestToken) {
  float nan = std::numeric_limits<float>::quiet_NaN();
  auto best = [](std::vector<std::pair<float, int32_t>> found) {
    std::vector<float> pairs;
    for (auto [number, token] : found) {
      pairs.insert(pairs.end(), {number, std::bit_cast<float>(token)});
    }
    return bestOfPairs(pairs);
  };
  EXPECT_EQ(best({{1, 7}}), 7);
  EXPECT_EQ(best({{1, 7}, {3, 300}, {3, 700}, {2, 800}}), 300);
  EXPECT_EQ(best({{nan, 255}, {-INFINITY, 256}, {nan, 767}}), 256);
  EXPECT_EQ(best({{nan, 255}, {nan, 300}}), 300);
  EXPECT_EQ(best({{-INFINITY, 0}, {-INFINITY, 256}}), 0);
}

TEST(SamplerTest, FrequenciesFollowTheProbabilities) {
  Sampler sampler = make({.temperature = 1, .seed = 7}, 3);
  std::vector<float> logits{std::log(0.2f), std::log(0.5f), std::log(0.3f)};
  std::map<int32_t, int> counts;
  for (int i = 0; i < 20000; ++i) {
    ++counts[sampler.sample(logits)];
  }
  EXPECT_NEAR(counts[0] / 20000.0, 0.2, 0.02);
  EXPECT_NEAR(counts[1] / 20000.0, 0.5, 0.02);
  EXPECT_NEAR(counts[2] / 20000.0, 0.3, 0.02);
}

TEST(SamplerTest, TopPKeepsTheSmallestSufficientSet) {
  std::vector<float> logits{std::log(0.2f), std::log(0.5f), std::log(0.3f)};
  Sampler sampler = make({.temperature = 1, .topP = 0.7, .seed = 7}, 3);
  std::map<int32_t, int> counts;
  for (int i = 0; i < 20000; ++i) {
    ++counts[sampler.sample(logits)];
  }
  EXPECT_EQ(counts[0], 0);
  EXPECT_NEAR(counts[1] / 20000.0, 0.5 / 0.8, 0.02);
  Sampler tight = make({.temperature = 1, .topP = 0.01, .seed = 7}, 3);
  EXPECT_EQ(tight.sample(logits), 1);
}

TEST(SamplerTest, TheSeedDecides) {
  std::vector<float> logits(100, 0.0f);
  auto draw = [&](uint64_t seed) {
    Sampler sampler = make({.temperature = 2, .topP = 0.9, .seed = seed}, 100);
    std::vector<int32_t> tokens;
    for (int i = 0; i < 50; ++i) {
      tokens.push_back(sampler.sample(logits));
    }
    return tokens;
  };
  EXPECT_EQ(draw(1), draw(1));
  EXPECT_NE(draw(1), draw(2));
}

TEST(SamplerTest, RefusesImpossibleOptions) {
  EXPECT_FALSE(Sampler::create({.temperature = -1}, 3).ok());
  EXPECT_FALSE(Sampler::create({.temperature = NAN}, 3).ok());
  EXPECT_FALSE(Sampler::create({.topP = 0}, 3).ok());
  EXPECT_FALSE(Sampler::create({.topP = 1.5}, 3).ok());
}
} // namespace
