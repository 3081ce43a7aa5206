// Small banks with contents that tests can predict.
#ifndef FOT_TEST_UNIT_RUNTIME_MEMORY_BANKSAMPLES_H
#define FOT_TEST_UNIT_RUNTIME_MEMORY_BANKSAMPLES_H

#include "runtime/base/Checksum.h"
#include "runtime/memory/BankFile.h"
#include "runtime/memory/BankWriter.h"

#include "fot/kernel_abi.h"

#include <random>
#include <string>
#include <vector>

namespace fot::rt::test {

/// Two layers, of two heads and of one, bf16 keys and i8 values of 16 numbers.
inline BankDescription sampleDescription() {
  BankDescription about;
  about.model = "sample";
  about.weights = "f32 (1)";
  for (size_t i = 0; i < about.fingerprint.size(); ++i) {
    about.fingerprint[i] = static_cast<uint8_t>(i * 17);
  }
  about.keyType = schema::ElementType::BF16;
  about.valueType = schema::ElementType::I8;
  about.headDim = 16;
  about.layers = {{1, {0, 2}}, {4, {1}}};
  return about;
}

/// The data of one segment, random but the same for the same seed.
struct SampleSegment {
  std::vector<int32_t> tokens;
  std::vector<std::vector<std::byte>> parts; // index, keys, values by layer
  uint64_t firstByte = 0, endByte = 0;

  SampleSegment(const BankDescription &about, uint64_t count, bool hasIndex,
                unsigned seed) {
    std::mt19937 random(seed);
    for (uint64_t i = 0; i < count; ++i) {
      tokens.push_back(static_cast<int32_t>(random() % 1000));
    }
    firstByte = seed;
    endByte = seed + 5 * count;
    uint64_t capacity = (count + 63) / 64 * 64;
    for (const BankLayer &layer : about.layers) {
      uint64_t heads = layer.heads.size();
      uint64_t index =
          hasIndex
              ? static_cast<uint64_t>(FOT_INDEX_BYTES(about.headDim, capacity))
              : 0;
      for (uint64_t size : {index, capacity * about.headDim * 2,
                            capacity * (about.headDim + 4)}) {
        std::vector<std::byte> part(heads * size);
        for (std::byte &byte : part) {
          byte = static_cast<std::byte>(random());
        }
        parts.push_back(std::move(part));
      }
    }
  }

  std::vector<BankPieces> pieces() const {
    std::vector<BankPieces> layers;
    for (size_t i = 0; i < parts.size(); i += 3) {
      layers.push_back({parts[i], parts[i + 1], parts[i + 2]});
    }
    return layers;
  }

  Status addTo(BankWriter &writer) const {
    return writer.addSegment(tokens, firstByte, endByte, pieces());
  }
};

/// One thing that a writer is told.
struct SampleStep {
  enum { Begin, Segment, Finish } what;
  unsigned number;    // of the document; of the segment as its seed
  uint64_t count = 0; // tokens
  bool hasIndex = true;

  Status addTo(BankWriter &writer) const {
    switch (what) {
    case Begin:
      return writer.beginDocument("document-" + std::to_string(number) + ".txt",
                                  number % 2 ? BankEncoding::Independent
                                             : BankEncoding::Sequential,
                                  64);
    case Segment:
      return SampleSegment(writer.description(), count, hasIndex, number)
          .addTo(writer);
    case Finish:
      return writer.finishDocument(1000 + number, number);
    }
    return Status();
  }
};

/// Two documents in three segments.
inline std::vector<SampleStep> sampleSteps() {
  return {{SampleStep::Begin, 0},       {SampleStep::Segment, 1, 128},
          {SampleStep::Segment, 2, 70}, {SampleStep::Finish, 0},
          {SampleStep::Begin, 1},       {SampleStep::Segment, 3, 5, false},
          {SampleStep::Finish, 1}};
}

/// Writes steps to a new bank and finishes it.
inline Status writeSample(const std::string &path,
                          const std::vector<SampleStep> &steps = sampleSteps(),
                          const BankDescription &about = sampleDescription()) {
  FOT_ASSIGN_OR_RETURN(auto writer, BankWriter::createAside(path, about));
  for (const SampleStep &step : steps) {
    FOT_RETURN_IF_ERROR(step.addTo(*writer));
  }
  return writer->finish();
}

} // namespace fot::rt::test

#endif
