// Writes a small bank, for tests of tools: sample-bank FILE HEAD_DIM STEPS.
// STEPS are letters: a to z a document of 150 tokens in two segments, the same
// for the same letter; `!` leaves the one before it without its end.
#include "test/unit/runtime/memory/BankSamples.h"

#include <cstdio>
#include <cstdlib>

using namespace fot::rt;
using namespace fot::rt::test;

int main(int argc, char **argv) {
  if (argc != 4) {
    std::fputs("usage: sample-bank FILE HEAD_DIM STEPS\n", stderr);
    return 2;
  }
  BankDescription about = sampleDescription();
  about.headDim = static_cast<uint32_t>(std::atoi(argv[2]));
  std::vector<SampleStep> steps;
  for (const char *c = argv[3]; *c != 0; ++c) {
    unsigned number = static_cast<unsigned>(*c - 'a');
    if (*c == '!') {
      steps.pop_back();
      continue;
    }
    steps.push_back({SampleStep::Begin, number});
    steps.push_back({SampleStep::Segment, 10 * number, 128});
    steps.push_back({SampleStep::Segment, 10 * number + 1, 22});
    steps.push_back({SampleStep::Finish, number});
  }
  Status status = writeSample(argv[1], steps, about);
  if (!status.ok()) {
    std::fprintf(stderr, "error: %s\n", status.message().c_str());
  }
  return status.ok() ? 0 : 1;
}
