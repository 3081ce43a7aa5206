// SentencePiece: a real model against the library's own decoder, and damage.
#include "passes/Import/Tokenizer/ModelProtoWriter.h"
#include "test/unit/runtime/text/TestData.h"

#include <gtest/gtest.h>
#include <sentencepiece_processor.h>

#include <random>

using namespace fot::rt;
using namespace fot::rt::test;
using mlir::fot::SentencePiece;
using mlir::fot::SentencePieceSpec;
using Ids = std::vector<int32_t>;
using Type = SentencePiece::Type;

static const char *const texts[] = {
    "Hello world", "The quick brown fox, jumps over 13 lazy dogs!",
    "na\xc3\xafve caf\xc3\xa9 \xe2\x80\x94 "
    "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e "
    "\xf0\x9f\x9a\x80",
    "line\nbreak\tand tab", "a"};

TEST(SentencePieceTokenizer, OpenLlamaRoundTripsAndAgreesWithTheLibrary) {
  auto bytes = readShared("data/openllama/tokenizer.model");
  if (!bytes) {
    GTEST_SKIP() << noOpenLlama;
  }
  auto tokenizer = makeTokenizer("sentencepiece", *bytes);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->vocabSize(), 32000);
  EXPECT_EQ(tokenizer->bos(), 1);
  EXPECT_EQ(tokenizer->eos(), 2);
  EXPECT_EQ(tokenizer->specialId("</s>"), 2);
  EXPECT_EQ(tokenizer->specialId("the"), std::nullopt);
  sentencepiece::SentencePieceProcessor library;
  ASSERT_TRUE(library.LoadFromSerializedProto(*bytes).ok());
  for (const char *text : texts) {
    auto ids = tokenizer->encode(text);
    ASSERT_TRUE(ids.ok());
    auto decoded = tokenizer->decode(*ids);
    ASSERT_TRUE(decoded.ok());
    EXPECT_EQ(*decoded, text);
    EXPECT_EQ(library.DecodeIds(*ids), *decoded);
  }
  auto ids = tokenizer->encode("Hello", {true, false});
  ASSERT_TRUE(ids.ok());
  EXPECT_EQ(ids->front(), 1);
}

TEST(SentencePieceTokenizer, ReadsControlTokensOnlyWhenAsked) {
  auto bytes = readShared("data/openllama/tokenizer.model");
  if (!bytes) {
    GTEST_SKIP() << noOpenLlama;
  }
  auto tokenizer = makeTokenizer("sentencepiece", *bytes);
  ASSERT_TRUE(tokenizer);
  auto special = tokenizer->encode("<s>hi</s>", {true, true});
  auto outside = tokenizer->encode("<s>hi</s>");
  auto hi = tokenizer->encode("hi");
  ASSERT_TRUE(special.ok() && outside.ok() && hi.ok());
  Ids expected = {1};
  expected.insert(expected.end(), hi->begin(), hi->end());
  expected.push_back(2);
  EXPECT_EQ(*special, expected);
  for (int32_t id : *outside) {
    EXPECT_GT(id, 2);
  }
  EXPECT_EQ(*tokenizer->decode(*special), "hi");
  EXPECT_EQ(*tokenizer->decode(*special, true), "<s>hi</s>");
}

/// unk, bos, eos, 256 bytes, then pieces.
static SentencePieceSpec smallSpec() {
  SentencePieceSpec spec;
  spec.pieces = {{"<unk>", 0, Type::Unknown},
                 {"<s>", 0, Type::Control},
                 {"</s>", 0, Type::Control}};
  for (int byte = 0; byte < 256; ++byte) {
    char name[8];
    std::snprintf(name, sizeof(name), "<0x%02X>", byte);
    spec.pieces.push_back({name, 0, Type::Byte});
  }
  spec.pieces.push_back({"\xe2\x96\x81", -4});
  spec.pieces.push_back({"a", -5});
  spec.pieces.push_back({"b", -6});
  spec.pieces.push_back({"\xe2\x96\x81\x61", -2}); // 262: "_a"
  spec.pieces.push_back({"ab", -1});               // 263
  spec.unk = 0;
  spec.bos = 1;
  spec.eos = 2;
  return spec;
}

TEST(SentencePieceTokenizer, SmallModelMergesAndFallsBackToBytes) {
  auto tokenizer =
      makeTokenizer("sentencepiece", mlir::fot::writeModelProto(smallSpec()));
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->bos(), 1);
  EXPECT_EQ(tokenizer->eos(), 2);
  EXPECT_EQ(*tokenizer->encode("a"), (Ids{262}));
  EXPECT_EQ(*tokenizer->encode("ab"), (Ids{259, 263}));
  EXPECT_EQ(*tokenizer->encode("b\xc3\xa4"),
            (Ids{259, 261, 3 + 0xC3, 3 + 0xA4}));
  EXPECT_EQ(*tokenizer->encode(""), Ids());
  EXPECT_EQ(*tokenizer->encode("a  a"), (Ids{262, 259, 262}));
  SentencePieceSpec bare = smallSpec();
  bare.addDummyPrefix = false;
  tokenizer = makeTokenizer("sentencepiece", mlir::fot::writeModelProto(bare));
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(*tokenizer->encode("a a"), (Ids{260, 262}));
  EXPECT_EQ(*tokenizer->decode({262, 260}), " aa");
}

TEST(SentencePieceTokenizer, StreamsBytesAndDropsTheLeadingSpaceOnce) {
  auto tokenizer =
      makeTokenizer("sentencepiece", mlir::fot::writeModelProto(smallSpec()));
  ASSERT_TRUE(tokenizer);
  Detokenizer fromStart(*tokenizer);
  EXPECT_EQ(*fromStart.push(1), "");
  EXPECT_EQ(*fromStart.push(262), "a");
  EXPECT_EQ(*fromStart.push(262), " a");
  EXPECT_EQ(*fromStart.push(3 + 0xC3), "");
  EXPECT_EQ(*fromStart.push(3 + 0xA4), "\xc3\xa4");
  EXPECT_EQ(*fromStart.push(0), " \xe2\x81\x87 ");
  Detokenizer goingOn(*tokenizer, {/*startsText=*/false});
  EXPECT_EQ(*goingOn.push(262), " a");
}

TEST(SentencePieceTokenizer, EveryCutOfASmallModelIsAFailureOrHarmless) {
  std::string whole = mlir::fot::writeModelProto(smallSpec());
  for (size_t size = 0; size < whole.size(); size += 7) {
    auto made = Tokenizer::create("sentencepiece", whole.substr(0, size));
    if (made.ok()) {
      EXPECT_TRUE((*made)->encode("ab a").ok());
    } else {
      EXPECT_NE(made.status().message().find("sentencepiece model"),
                std::string::npos);
    }
  }
}

/// A protobuf field of bytes.
static std::string field(int id, const std::string &bytes) {
  std::string out(1, static_cast<char>(id << 3 | 2));
  size_t n = bytes.size();
  for (; n >= 0x80; n >>= 7) {
    out.push_back(static_cast<char>(n | 0x80));
  }
  return out + static_cast<char>(n) + bytes;
}

TEST(SentencePieceTokenizer, RefusesTablesThatLeadOutside) {
  std::string whole = mlir::fot::writeModelProto(smallSpec());
  auto withTable = [&](const std::string &table) {
    return Tokenizer::create("sentencepiece",
                             whole + field(3, field(2, table)));
  };
  std::string trieBytes("\x00\x04\x00\x00", 4); // 1024
  std::string units(1024, '\0');
  std::string bad = units;
  bad[2] = '\x7f'; // unit 0's offset leads far outside
  EXPECT_FALSE(withTable("x").ok());
  EXPECT_FALSE(withTable(std::string(4, '\xff') + units).ok());
  auto made = withTable(trieBytes + bad + std::string(2, '\0'));
  ASSERT_FALSE(made.ok());
  EXPECT_NE(made.status().message().find("leads outside"), std::string::npos);
  std::string leaf = units;
  leaf[1] = '\x01'; // unit 0 has a value: its own number, 256
  EXPECT_FALSE(withTable(trieBytes + leaf + std::string(2, '\0')).ok());
  EXPECT_FALSE(withTable(trieBytes + units + "no end").ok());
}

TEST(SentencePieceTokenizer, RefusesPiecesThatAreNoText) {
  for (const SentencePiece &piece :
       {SentencePiece{"\xff", 0}, SentencePiece{std::string(5000, 'x'), 0},
        SentencePiece{"", 0}, SentencePiece{std::string("a\0b", 3), 0},
        SentencePiece{"y", 1.0f / 0.0f}, SentencePiece{"z", 0, Type(9)},
        SentencePiece{"ab", 0}}) {
    std::string bytes = mlir::fot::writeModelProto(smallSpec()) +
                        mlir::fot::serializePiece(piece);
    EXPECT_FALSE(Tokenizer::create("sentencepiece", bytes).ok()) << piece.text;
  }
}

TEST(SentencePieceTokenizer, RandomDamageIsNeverFatal) {
  std::string whole = mlir::fot::writeModelProto(smallSpec());
  std::mt19937 random(11);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = whole;
    for (int edits = 1 + random() % 4; edits > 0; --edits) {
      // The end holds the settings, where damage does most.
      size_t near = random() % 2 ? 200 : damaged.size();
      damaged[damaged.size() - 1 - random() % near] =
          static_cast<char>(random());
    }
    auto made = Tokenizer::create("sentencepiece", damaged);
    if (made.ok()) {
      auto ids = (*made)->encode("ab <s> \xff z\xc3\xa4", {true, true});
      EXPECT_TRUE(!ids.ok() || (*made)->decode(*ids).ok());
    }
  }
}
