// Drawn five times a second at most, and not for what takes less than two.
#include "tools/fot/EvalProgress.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <unistd.h>

namespace fot::tool {

EvalProgress::EvalProgress(uint64_t totalCells, uint64_t totalTokens)
    : totalCells(totalCells), totalTokens(std::max<uint64_t>(totalTokens, 1)),
      terminal(isatty(STDERR_FILENO)) {}

EvalProgress::~EvalProgress() {
  if (shown) {
    std::fputs("\r\033[K", stderr);
  }
}

void EvalProgress::readTokens(uint64_t count) {
  current = count;
  draw();
}

void EvalProgress::finishText(uint64_t count) {
  tokens += count;
  current = 0;
  draw();
}

void EvalProgress::draw() {
  constexpr uint64_t kWidth = 24;
  double now = watch.seconds();
  uint64_t done = std::min(tokens + current, totalTokens);
  if (!terminal || now < 2 || now < last + 0.2 || done == 0) {
    return;
  }
  last = now;
  shown = true;
  uint64_t filled = done * kWidth / totalTokens;
  std::string bar =
      std::string(filled, '#') + std::string(kWidth - filled, '.');
  double left =
      now * static_cast<double>(totalTokens - done) / static_cast<double>(done);
  std::fprintf(stderr, "\r\033[K[%s] %llu of %llu cells, %.0f s left",
               bar.c_str(), static_cast<unsigned long long>(cells),
               static_cast<unsigned long long>(totalCells), left);
}

} // namespace fot::tool
