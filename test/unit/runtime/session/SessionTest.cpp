// What a session shows to compiled code, against the reference's rules: a
// small simulation here keeps windows and memory as lists of tokens, call by
// call as fot-reference.md section 7 does, and the toy module reports what it
// was given.
#include "runtime/session/Session.h"

#include "test/unit/runtime/ToyArtifact.h"

#include <gtest/gtest.h>

#include <optional>
#include <random>

using namespace fot;
using namespace fot::rt;
using namespace fot::rt::test;

namespace {
constexpr int64_t kPrime = 65521;
/// The logits that the toy module fills in.
constexpr size_t kReported = 9;

int64_t mix(int64_t hash, int64_t value) {
  return (hash * 31 + value + 7) % kPrime;
}

/// The reference's state and its rules, on token ids instead of keys.
struct Simulation {
  ToyModel model;
  /// The local cache; nothing is not the same as empty to the rules.
  std::optional<std::vector<int32_t>> local;
  std::vector<int32_t> memory;

  using Row = std::vector<float>;

  std::vector<Row> call(const std::vector<int32_t> &tokens) {
    std::vector<Row> rows;
    size_t n = tokens.size();
    size_t cut = n > model.lastContext ? n - model.lastContext : 0;
    for (size_t begin = 0; begin < cut; begin += model.window) {
      size_t end = std::min<size_t>(cut, begin + model.window);
      window({tokens.begin() + begin, tokens.begin() + end}, local.has_value(),
             rows);
    }
    window({tokens.begin() + cut, tokens.end()}, true, rows);
    return rows;
  }

private:
  void window(const std::vector<int32_t> &tokens, bool useCache,
              std::vector<Row> &rows) {
    bool push = !local && !useCache;
    std::vector<int32_t> keys = local.value_or(std::vector<int32_t>());
    size_t old = keys.size();
    keys.insert(keys.end(), tokens.begin(), tokens.end());
    if (local && keys.size() > model.window) {
      memory.insert(memory.end(), keys.begin(), keys.begin() + old);
      keys.erase(keys.begin(), keys.begin() + old);
      old = 0;
    }
    for (size_t i = 0; i < tokens.size(); ++i) {
      rows.push_back(report(keys, old + i));
    }
    if (useCache) {
      local = keys;
    }
    if (push) {
      memory.insert(memory.end(), tokens.begin(), tokens.end());
    }
  }

  Row report(const std::vector<int32_t> &keys, size_t position) const {
    int64_t rotated = 0, values = 0, memoryKeys = 0, memoryValues = 0;
    for (size_t p = 0; p <= position; ++p) {
      rotated = mix(rotated, keys[p] + 3 * static_cast<int64_t>(p));
      values = mix(values, keys[p]);
    }
    for (int32_t token : memory) {
      memoryKeys = mix(memoryKeys, token + 1000 + 15);
      memoryValues = mix(memoryValues, 3 * token + 1 + 15);
    }
    return {static_cast<float>(position),
            static_cast<float>(rotated),
            static_cast<float>(values),
            static_cast<float>(memory.size()),
            static_cast<float>(memoryKeys),
            static_cast<float>(memoryValues),
            static_cast<float>(keys[position]),
            42.0f,
            1.0f};
  }
};

std::unique_ptr<Session> makeSession(const TemporaryFolder &folder,
                                     const ToyModel &model, uint32_t threads,
                                     uint64_t segmentCapacity = 64) {
  auto artifact = openToy(folder, model);
  EXPECT_TRUE(artifact.ok()) << artifact.status().message();
  auto module = Module::load(*artifact, {.threads = threads});
  EXPECT_TRUE(module.ok()) << module.status().message();
  auto session = Session::create(*module, {.segmentCapacity = segmentCapacity});
  EXPECT_TRUE(session.ok()) << session.status().message();
  return std::move(*session);
}

std::vector<int32_t> randomTokens(std::mt19937 &random, size_t count,
                                  uint32_t vocab) {
  std::vector<int32_t> tokens(count);
  for (int32_t &token : tokens) {
    token = static_cast<int32_t>(random() % vocab);
  }
  return tokens;
}

/// Runs one call on both and compares what was reported for the tokens from
/// `from` on.
void compareCall(Session &session, Simulation &simulation,
                 const std::vector<int32_t> &tokens, size_t from) {
  std::vector<Simulation::Row> expected = simulation.call(tokens);
  uint32_t vocab = session.vocabulary();
  std::vector<float> logits((tokens.size() - from) * vocab, -1.0f);
  Status status = session.run(tokens, from, logits.data());
  ASSERT_TRUE(status.ok()) << status.message();
  for (size_t i = from; i < tokens.size(); ++i) {
    std::vector<float> row(&logits[(i - from) * vocab],
                           &logits[(i - from) * vocab] + kReported);
    ASSERT_EQ(row, expected[i]) << "token " << i << " of " << tokens.size();
  }
  ASSERT_EQ(session.localLength(), simulation.local->size());
  ASSERT_EQ(session.memoryLength(), simulation.memory.size());
}

TEST(SessionTest, DecodeFillsTheWindowAndThenMovesAllOfIt) {
  TemporaryFolder folder;
  auto session = makeSession(folder, {.window = 4, .lastContext = 4}, 2);
  std::vector<uint64_t> locals, memories;
  float logits[64];
  for (int32_t i = 0; i < 10; ++i) {
    ASSERT_TRUE(session->run({&i, 1}, 0, logits).ok());
    locals.push_back(session->localLength());
    memories.push_back(session->memoryLength());
  }
  EXPECT_EQ(locals, (std::vector<uint64_t>{1, 2, 3, 4, 1, 2, 3, 4, 1, 2}));
  EXPECT_EQ(memories, (std::vector<uint64_t>{0, 0, 0, 0, 4, 4, 4, 4, 8, 8}));
}

TEST(SessionTest, SplitsAPromptThatFitsTheWindowButNotTheLastContext) {
  TemporaryFolder folder;
  auto session = makeSession(folder, {.window = 16, .lastContext = 8}, 1);
  std::vector<int32_t> prompt(9, 5);
  std::vector<float> logits(9 * 64);
  ASSERT_TRUE(session->run(prompt, 0, logits.data()).ok());
  EXPECT_EQ(session->localLength(), 8u);
  EXPECT_EQ(session->memoryLength(), 1u);
  EXPECT_EQ(logits[0 * 64 + 3], 0); // the first window sees no memory
  EXPECT_EQ(logits[8 * 64 + 3], 1);
  EXPECT_EQ(logits[8 * 64 + 0], 7); // positions start at each window
}

TEST(SessionTest, FollowsTheReferenceForRandomCalls) {
  std::mt19937 random(1);
  TemporaryFolder folder;
  for (int round = 0; round < 40; ++round) {
    ToyModel model;
    model.window = 1 + random() % 20;
    model.lastContext = 1 + random() % model.window;
    model.maxTokens = random() % 3 == 0 ? 0 : 1 + random() % 24;
    auto session =
        makeSession(folder, model, 1 + round % 3, round % 2 ? 64 : 128);
    Simulation simulation{model, std::nullopt, {}};
    SCOPED_TRACE(testing::Message()
                 << "window " << model.window << ", last context "
                 << model.lastContext << ", chunks of " << model.maxTokens);
    for (int call = 0; call < 12; ++call) {
      size_t most = random() % 4 == 0 ? 70 : random() % 2 == 0 ? 1 : 20;
      size_t count = 1 + random() % most;
      size_t from = random() % 2 == 0 ? 0 : random() % (count + 1);
      compareCall(*session, simulation,
                  randomTokens(random, count, model.vocab), from);
      if (HasFatalFailure()) {
        return;
      }
    }
  }
}

TEST(SessionTest, CallsOfTheWindowOneLessAndOneMore) {
  TemporaryFolder folder;
  std::mt19937 random(2);
  for (size_t count : {1, 7, 8, 9, 15, 16, 17, 24, 25, 32, 33}) {
    ToyModel model{.window = 16, .lastContext = 8};
    for (size_t before : {0, 1, 15, 16}) {
      auto session = makeSession(folder, model, 2);
      Simulation simulation{model, std::nullopt, {}};
      for (size_t i = 0; i < before; ++i) {
        compareCall(*session, simulation, randomTokens(random, 1, 64), 0);
      }
      compareCall(*session, simulation, randomTokens(random, count, 64), 0);
      compareCall(*session, simulation, randomTokens(random, 1, 64), 0);
    }
  }
}

TEST(SessionTest, AModelWithoutDecodeUsesPrefill) {
  TemporaryFolder folder;
  auto artifact = openToy(folder, {}, [](schema::ArtifactT &header) {
    header.entries.erase(header.entries.begin() + 1);
  });
  ASSERT_TRUE(artifact.ok()) << artifact.status().message();
  auto module = Module::load(*artifact, {.threads = 1});
  ASSERT_TRUE(module.ok());
  auto session = Session::create(*module);
  ASSERT_TRUE(session.ok()) << session.status().message();
  Simulation simulation{{}, std::nullopt, {}};
  for (int32_t i = 0; i < 40; ++i) {
    compareCall(**session, simulation, {i}, 0);
  }
}

TEST(SessionTest, APlainModelEndsWithItsWindow) {
  TemporaryFolder folder;
  auto session = makeSession(
      folder,
      {.window = 16, .lastContext = 16, .evicts = false, .memories = false}, 2);
  std::vector<int32_t> tokens(17, 3);
  std::vector<float> logits(17 * 64);
  EXPECT_FALSE(session->hasRoomFor(17));
  Status status = session->run(tokens, 0, logits.data());
  EXPECT_NE(status.message().find("window of 16"), std::string::npos);
  EXPECT_NE(status.message().find("--memory-layers"), std::string::npos);
  EXPECT_EQ(session->localLength(), 0u);
  tokens.resize(16);
  ASSERT_TRUE(session->run(tokens, 0, logits.data()).ok());
  EXPECT_EQ(logits[15 * 64], 15);
  EXPECT_FALSE(session->hasRoomFor(1));
  EXPECT_FALSE(session->run({tokens.data(), 1}, 0, logits.data()).ok());
  session->reset();
  EXPECT_TRUE(session->run({tokens.data(), 1}, 0, logits.data()).ok());
}

TEST(SessionTest, AModelThatEvictsIntoNoMemoryForgets) {
  TemporaryFolder folder;
  auto session = makeSession(
      folder, {.window = 16, .lastContext = 8, .memories = false}, 2);
  std::vector<int32_t> tokens(40, 3);
  std::vector<float> logits(40 * 64);
  ASSERT_TRUE(session->run(tokens, 0, logits.data()).ok());
  EXPECT_EQ(logits[16 * 64], 0);
  EXPECT_EQ(logits[39 * 64], 7);
  EXPECT_EQ(session->localLength(), 8u);
  EXPECT_EQ(session->memoryLength(), 0u);
}

TEST(SessionTest, ResetForgetsEverything) {
  TemporaryFolder folder;
  ToyModel model;
  auto session = makeSession(folder, model, 2);
  std::mt19937 random(3);
  for (int round = 0; round < 3; ++round) {
    Simulation simulation{model, std::nullopt, {}};
    compareCall(*session, simulation, randomTokens(random, 300, 64), 290);
    compareCall(*session, simulation, randomTokens(random, 3, 64), 0);
    session->reset();
    EXPECT_EQ(session->localLength(), 0u);
    EXPECT_EQ(session->memoryLength(), 0u);
  }
}

TEST(SessionTest, LocalTokensCanBeTakenBack) {
  TemporaryFolder folder;
  ToyModel model;
  auto taken = makeSession(folder, model, 2);
  Simulation simulation{model, std::nullopt, {}};
  std::mt19937 random(5);
  compareCall(*taken, simulation, randomTokens(random, 50, 64), 0);
  for (int round = 0; round < 3; ++round) {
    uint64_t length = taken->localLength();
    ASSERT_TRUE(taken
                    ->run(randomTokens(random, 2 + round, 64), 0,
                          [](const float *, uint64_t) { return Status(); })
                    .ok());
    taken->keepLocal(length);
    EXPECT_EQ(taken->localLength(), length);
    taken->keepLocal(length + 1);
    EXPECT_EQ(taken->localLength(), length);
  }
  // As if they had never been there, also once the window is evicted.
  compareCall(*taken, simulation, randomTokens(random, 3, 64), 0);
  compareCall(*taken, simulation, randomTokens(random, 40, 64), 0);
}

TEST(SessionTest, BestTokensAreThoseOfTheLogits) {
  TemporaryFolder folder;
  ToyModel model;
  auto one = makeSession(folder, model, 2);
  auto other = makeSession(folder, model, 2);
  ASSERT_NE(other->module().bestDecode(), nullptr);
  std::mt19937 random(6);
  for (uint64_t count : {1, 2, 70}) {
    std::vector<int32_t> tokens = randomTokens(random, count, 64);
    uint64_t from = count / 2, vocab = one->vocabulary();
    std::vector<float> logits((count - from) * vocab);
    ASSERT_TRUE(one->run(tokens, from, logits.data()).ok());
    std::vector<int32_t> best(count - from, -1);
    ASSERT_TRUE(other->runBest(tokens, from, best.data()).ok());
    for (size_t row = 0; row < best.size(); ++row) {
      const float *begin = logits.data() + row * vocab;
      EXPECT_EQ(best[row], std::max_element(begin, begin + vocab) - begin);
    }
  }
}

TEST(SessionTest, SessionsOfOneModuleAreIndependent) {
  TemporaryFolder folder;
  ToyModel model;
  auto first = makeSession(folder, model, 2);
  auto artifact = openToy(folder, model);
  auto module = Module::load(*artifact, {.threads = 2});
  auto second = Session::create(*module);
  auto third = Session::create(*module);
  Simulation a{model, std::nullopt, {}}, b{model, std::nullopt, {}};
  std::mt19937 random(4);
  for (int i = 0; i < 20; ++i) {
    compareCall(**second, a, randomTokens(random, 1 + i, 64), 0);
    compareCall(**third, b, randomTokens(random, 40 - i, 64), 0);
  }
}

TEST(SessionTest, ReportsProgressInTokensOfTheCall) {
  TemporaryFolder folder;
  auto session =
      makeSession(folder, {.window = 8, .lastContext = 4, .maxTokens = 5}, 1);
  std::vector<uint64_t> seen;
  session->onProgress([&](uint64_t done) { seen.push_back(done); });
  std::vector<int32_t> tokens(22, 1);
  ASSERT_TRUE(session->run(tokens, 22, nullptr).ok());
  EXPECT_EQ(seen, (std::vector<uint64_t>{5, 8, 13, 16, 18, 22}));
}

void expectFailure(const Status &status, std::vector<std::string> words) {
  ASSERT_FALSE(status.ok());
  for (const std::string &word : words) {
    EXPECT_NE(status.message().find(word), std::string::npos)
        << "no '" << word << "' in: " << status.message();
  }
}

TEST(SessionTest, BadCallsAreRefusedAndChangeNothing) {
  TemporaryFolder folder;
  auto session = makeSession(folder, {}, 1);
  std::vector<float> logits(64 * 8);
  std::vector<int32_t> good{1, 2, 3}, high{1, 64}, low{1, 2, -1};
  ASSERT_TRUE(session->run(good, 0, logits.data()).ok());
  expectFailure(session->run(high, 0, logits.data()),
                {"vocabulary", "63", "64", "position 1"});
  expectFailure(session->run(low, 0, logits.data()), {"-1", "position 2"});
  expectFailure(session->run({}, 0, logits.data()), {"at least one token"});
  expectFailure(session->run(good, 4, logits.data()), {"3", "4"});
  EXPECT_EQ(session->localLength(), 3u);
  EXPECT_TRUE(session->run(good, 0, logits.data()).ok());
}

TEST(SessionTest, AFailingSinkEndsTheRunUntilReset) {
  TemporaryFolder folder;
  auto session = makeSession(folder, {.maxTokens = 4}, 1);
  std::vector<int32_t> tokens(12, 1);
  int calls = 0;
  Status status = session->run(tokens, 0, [&](const float *, uint64_t) {
    return ++calls == 2 ? Status::failure("no more") : Status();
  });
  EXPECT_EQ(status.message(), "no more");
  float logits[64];
  expectFailure(session->run({tokens.data(), 1}, 0, logits), {"reset"});
  session->reset();
  EXPECT_TRUE(session->run({tokens.data(), 1}, 0, logits).ok());
}

TEST(SessionTest, AMemoryMayHaveALimit) {
  TemporaryFolder folder;
  auto artifact = openToy(
      folder, {.window = 16, .lastContext = 8},
      [](schema::ArtifactT &header) { header.entries[0]->max_memory = 40; });
  ASSERT_TRUE(artifact.ok()) << artifact.status().message();
  auto module = Module::load(*artifact, {.threads = 1});
  ASSERT_TRUE(module.ok());
  auto session = Session::create(*module);
  ASSERT_TRUE(session.ok()) << session.status().message();
  std::vector<int32_t> tokens(49, 1);
  expectFailure((*session)->run(tokens, 49, nullptr), {"40", "32", "9"});
  (*session)->reset();
  tokens.resize(48);
  EXPECT_TRUE((*session)->run(tokens, 48, nullptr).ok());
  EXPECT_EQ((*session)->memoryLength(), 40u);
}

/// A toy whose header `change` made unfit for a session.
Status createSpoilt(const std::function<void(schema::ArtifactT &)> &change) {
  TemporaryFolder folder;
  FOT_ASSIGN_OR_RETURN(auto artifact, openToy(folder, {}, change));
  FOT_ASSIGN_OR_RETURN(auto module, Module::load(artifact, {.threads = 1}));
  FOT_ASSIGN_OR_RETURN(auto session, Session::create(module));
  return Status();
}

TEST(SessionTest, ArtifactsThatNoSessionCanRunAreRefused) {
  EXPECT_TRUE(createSpoilt([](schema::ArtifactT &) {}).ok());
  expectFailure(createSpoilt([](schema::ArtifactT &header) {
                  header.entries.erase(header.entries.begin());
                }),
                {"'prefill'"});
  expectFailure(createSpoilt([](schema::ArtifactT &header) {
                  header.entries.pop_back();
                }),
                {"memories", "evicted"});
  expectFailure(createSpoilt([](schema::ArtifactT &header) {
                  header.entries[0]->arguments[1]->dims[1] = 15;
                }),
                {"cache1", "16"});
  expectFailure(createSpoilt([](schema::ArtifactT &header) {
                  header.entries[1]->arguments[1]->dims[2] = 32;
                }),
                {"cache1", "another shape"});
  expectFailure(createSpoilt([](schema::ArtifactT &header) {
                  header.entries[0]->arguments[0]->type =
                      schema::ElementType::I64;
                }),
                {"prefill", "tokens", "I32"});
  expectFailure(
      createSpoilt([](schema::ArtifactT &header) { header.model->vocab = 63; }),
      {"logits", "63"});
  expectFailure(createSpoilt([](schema::ArtifactT &header) {
                  header.entries[0]->arguments.pop_back();
                }),
                {"prefill", "Position"});
  expectFailure(createSpoilt([](schema::ArtifactT &header) {
                  header.entries[2]->arguments[4]->role =
                      schema::Role::Position;
                }),
                {"evict", "Position"});
  expectFailure(createSpoilt([](schema::ArtifactT &header) {
                  header.entries[0]->arguments[0]->role = schema::Role::Input;
                }),
                {"tokens", "Input"});
  expectFailure(createSpoilt([](schema::ArtifactT &header) {
                  header.memories[1]->key_type = schema::ElementType::I64;
                }),
                {"layer 2", "I64", "BF16"});
}
} // namespace
