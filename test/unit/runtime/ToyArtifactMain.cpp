// toy-artifact: writes an artifact around the hand-written module, for tests
// of tools that need one but no compiler.
//   toy-artifact OUT.fotm [plain|text|memory [FINGERPRINT]]
// text: a token is an ASCII character, and the window holds 256 of them.
// memory: the same, retrieving from sealed segments.
#include "test/unit/runtime/ToyArtifact.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace fot;
using namespace fot::rt::test;

/// Printable ASCII, line break and space, as the `bpe` asset spells them.
static std::string asciiTokenizer() {
  std::string tokens = "\"\\u010a\", \"\\u0120\"";
  for (char c = '!'; c <= '~'; ++c) {
    tokens +=
        std::string(", \"") + (c == '"' || c == '\\' ? "\\" : "") + c + "\"";
  }
  return "{\"format\": 1, \"tokens\": [" + tokens +
         "], \"merges\": [], \"pre_tokenizer\": []}";
}

int main(int argc, char **argv) {
  if (argc < 2) {
    std::fputs("error: expected a name for the artifact\n", stderr);
    return 2;
  }
  ToyModel model;
  if (argc > 2 && std::strcmp(argv[2], "plain") == 0) {
    model.evicts = model.memories = false;
    model.lastContext = model.window;
  }
  bool remembers = argc > 2 && std::strcmp(argv[2], "memory") == 0;
  if (remembers) {
    model.topK = model.seals = true;
    model.fingerprint = static_cast<uint8_t>(argc > 3 ? std::atoi(argv[3]) : 1);
  }
  if (remembers || (argc > 2 && std::strcmp(argv[2], "text") == 0)) {
    model.tokenizer = asciiTokenizer();
    model.vocab = 96;
    model.window = 256;
    model.lastContext = 192;
  }
  const char *module = model.memories ? toyModule() : toyModulePlain();
  std::vector<ToyCode> codes{{"any", {}, module},
                             {"alien", {"warp-drive"}, module}};
  rt::Status status = writeToy(argv[1], model, codes);
  if (!status.ok()) {
    std::fprintf(stderr, "error: %s\n", status.message().c_str());
    return 1;
  }
  return 0;
}
