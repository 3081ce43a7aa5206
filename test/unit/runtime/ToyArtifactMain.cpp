// toy-artifact: writes an artifact around the hand-written module, for tests
// of tools that need one but no compiler.
//   toy-artifact OUT.fotm [plain]
#include "test/unit/runtime/ToyArtifact.h"

#include <cstdio>
#include <cstring>

using namespace fot;
using namespace fot::rt::test;

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
