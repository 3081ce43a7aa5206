// Documents, segments and whose memory it is.
#include "tools/fot/DescribeBank.h"

#include "tools/fot/Describe.h"
#include "tools/fot/Output.h"

#include <cstdio>

namespace fot::tool {

using namespace fot::rt;
using Json = nlohmann::ordered_json;

static std::string counted(uint64_t count, const std::string &thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

Json describeBank(const BankFile &bank) {
  const BankDescription &about = bank.description();
  Json facts = {
      {"file", bank.path()},
      {"bytes", bank.fileBytes()},
      {"format", bank.formatText()},
      {"generation", bank.generation()},
      {"content", hex(bank.contentChecksum())},
      {"model", about.model},
      {"weights", about.weights},
      {"fingerprint", about.fingerprintText()},
      {"key_type", lower(schema::EnumNameElementType(about.keyType))},
      {"value_type", lower(schema::EnumNameElementType(about.valueType))},
      {"head_dim", about.headDim}};
  facts["layers"] = Json::array();
  for (const BankLayer &layer : about.layers) {
    facts["layers"].push_back({{"layer", layer.layer}, {"heads", layer.heads}});
  }
  facts["tokens"] = bank.totalTokens();
  facts["documents"] = Json::array();
  for (const BankDocument &document : bank.documents()) {
    Json one = {{"name", document.name},
                {"encoding", encodingName(document.encoding)},
                {"window", document.window},
                {"tokens", document.tokens},
                {"first_segment", document.firstSegment},
                {"segments", document.numSegments},
                {"complete", document.complete}};
    if (document.complete) {
      one["bytes"] = document.bytes;
      one["checksum"] = hex(document.checksum);
    }
    facts["documents"].push_back(std::move(one));
  }
  facts["segments"] = Json::array();
  for (const BankSegment &segment : bank.segments()) {
    facts["segments"].push_back({{"document", segment.document},
                                 {"first_token", segment.firstToken},
                                 {"tokens", segment.count},
                                 {"capacity", segment.capacity},
                                 {"first_byte", segment.firstByte},
                                 {"end_byte", segment.endByte},
                                 {"index", segment.hasIndex},
                                 {"offset", segment.offset},
                                 {"bytes", segment.size}});
  }
  return facts;
}

std::string summarizeBank(const BankFile &bank) {
  return counted(bank.documents().size(), "document") + ", " +
         counted(bank.totalTokens(), "token") + " in " +
         counted(bank.segments().size(), "segment") + ", " +
         sizeText(bank.fileBytes());
}

/// A line for each run of layers with the same heads.
static std::string describeLayers(const std::vector<BankLayer> &layers) {
  std::string out;
  for (size_t i = 0, next = 0; i < layers.size(); i = next) {
    const BankLayer &first = layers[i];
    for (next = i + 1; next < layers.size() &&
                       layers[next].heads == first.heads &&
                       layers[next].layer == layers[next - 1].layer + 1;) {
      ++next;
    }
    out += next == i + 1 ? "  bank     layer " + std::to_string(first.layer)
                         : "  bank     layers " + std::to_string(first.layer) +
                               " to " + std::to_string(layers[next - 1].layer);
    out += ", heads";
    for (uint32_t head : first.heads) {
      out += " " + std::to_string(head);
    }
    out += "\n";
  }
  return out;
}

static std::string describeDocument(const BankFile &bank, size_t number) {
  const BankDocument &document = bank.documents()[number];
  std::string line = "document   " + std::to_string(number) + " '" +
                     document.name + "': " + counted(document.tokens, "token");
  if (document.complete) {
    line += " of " + counted(document.bytes, "byte");
  } else {
    line += " so far, not complete";
  }
  line += ", " + std::string(encodingName(document.encoding)) + ", window " +
          std::to_string(document.window);
  if (document.numSegments == 1) {
    line += ", segment " + std::to_string(document.firstSegment);
  } else if (document.numSegments > 1) {
    line += ", segments " + std::to_string(document.firstSegment) + " to " +
            std::to_string(document.firstSegment + document.numSegments - 1);
  }
  return line + "\n";
}

static std::string describeSegment(const BankFile &bank, size_t number) {
  const BankSegment &segment = bank.segments()[number];
  return "segment    " + std::to_string(number) + ": tokens " +
         std::to_string(segment.firstToken) + " to " +
         std::to_string(segment.firstToken + segment.count - 1) +
         " and bytes " + std::to_string(segment.firstByte) + " to " +
         std::to_string(segment.endByte) + " of document " +
         std::to_string(segment.document) + ", " +
         (segment.hasIndex ? "with" : "without") + " index, at " +
         std::to_string(segment.offset) + ", " + sizeText(segment.size) + "\n";
}

std::string describeBankText(const BankFile &bank, bool segments) {
  const BankDescription &about = bank.description();
  std::string out = bank.path() + ": bank of format " + bank.formatText() +
                    ", " + summarizeBank(bank) + "\n";
  out += "model      " + about.model +
         (about.weights.empty() ? "" : ", weights " + about.weights) + "\n";
  out += "           fingerprint " + about.fingerprintText() + "\n";
  out += describeLayers(about.layers);
  out += "rows       keys " +
         lower(schema::EnumNameElementType(about.keyType)) + ", values " +
         lower(schema::EnumNameElementType(about.valueType)) +
         ", head dimension " + std::to_string(about.headDim) + "\n";
  out += "content    " + hex(bank.contentChecksum()) +
         (bank.generation() == 1
              ? ", finished"
              : ", commit " + std::to_string(bank.generation())) +
         "\n";
  for (size_t i = 0; i < bank.documents().size(); ++i) {
    out += describeDocument(bank, i);
  }
  for (size_t i = 0; segments && i < bank.segments().size(); ++i) {
    out += describeSegment(bank, i);
  }
  return out;
}

} // namespace fot::tool
