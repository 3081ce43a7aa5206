//===- ExactAttention.cpp - brute force in double precision ---------------===//

#include "tools/fotc/bench-op/ExactAttention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

using namespace mlir::fot::bench;

constexpr int64_t kHeads = 4;
/// Of the outputs; sums of thousands of f32 products.
constexpr double kTolerance = 1e-5;

namespace {
/// Brute force for one head of the last query.
struct Head {
  const AttentionShape &shape;
  const AttentionBench &bench;
  int64_t head;
  std::vector<double> scores; ///< of the memory, scaled
  std::vector<int64_t> best;  ///< entries
  double rounding = 0;        ///< below which scores count as equal

  const float *query() const {
    int64_t row = shape.heads * shape.headDim;
    return bench.lastCall().queries.data() + (shape.queries - 1) * row +
           head * shape.headDim;
  }
  int64_t group() const { return head / (shape.heads / shape.kvHeads); }
  void score();
  /// Whether `found` holds the best entries, or others that are as good.
  bool retrievedBy(std::span<const int64_t> found) const;
  std::vector<double> attend() const;
};
} // namespace

void Head::score() {
  double scale = 1 / std::sqrt(static_cast<double>(shape.headDim));
  std::vector<double> row(shape.headDim);
  scores.resize(shape.memory);
  double longest = 0, length = 0;
  for (int64_t i = 0; i < shape.memory; ++i) {
    bench.memory().key(group(), i, row);
    double sum = 0, square = 0;
    for (int64_t d = 0; d < shape.headDim; ++d) {
      sum += query()[d] * row[d];
      square += row[d] * row[d];
    }
    scores[i] = sum * scale;
    longest = std::max(longest, square);
  }
  for (int64_t d = 0; d < shape.headDim; ++d) {
    length += double(query()[d]) * query()[d];
  }
  rounding = std::sqrt(longest * length) * scale *
             std::numeric_limits<float>::epsilon();
  best.resize(shape.memory);
  std::iota(best.begin(), best.end(), 0);
  if (!shape.dense && shape.topK < shape.memory) {
    auto better = [&](int64_t a, int64_t b) {
      return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
    };
    std::partial_sort(best.begin(), best.begin() + shape.topK, best.end(),
                      better);
    best.resize(shape.topK);
  }
}

bool Head::retrievedBy(std::span<const int64_t> found) const {
  std::set<int64_t> all(found.begin(), found.end());
  all.erase(-1);
  if (all.size() != best.size()) {
    return false;
  }
  double worst = std::numeric_limits<double>::infinity();
  for (int64_t entry : best) {
    worst = std::min(worst, scores[entry]);
  }
  return std::all_of(all.begin(), all.end(), [&](int64_t entry) {
    return entry >= 0 && entry < shape.memory &&
           scores[entry] >= worst - rounding;
  });
}

std::vector<double> Head::attend() const {
  double scale = 1 / std::sqrt(static_cast<double>(shape.headDim));
  std::vector<double> window(shape.window);
  double largest =
      best.empty() ? -std::numeric_limits<double>::infinity() : scores[best[0]];
  for (int64_t entry : best) {
    largest = std::max(largest, scores[entry]);
  }
  // The last query sees all of the window.
  const float *keys =
      bench.windowKeys().data() + group() * shape.window * shape.headDim;
  for (int64_t i = 0; i < shape.window; ++i) {
    double sum = 0;
    for (int64_t d = 0; d < shape.headDim; ++d) {
      sum += double(query()[d]) * keys[i * shape.headDim + d];
    }
    window[i] = sum * scale;
    largest = std::max(largest, window[i]);
  }
  std::vector<double> out(shape.headDim), row(shape.headDim);
  double total = 0;
  auto add = [&](double score) {
    double weight = std::exp(score - largest);
    total += weight;
    for (int64_t d = 0; d < shape.headDim; ++d) {
      out[d] += weight * row[d];
    }
  };
  for (int64_t entry : best) {
    bench.memory().value(group(), entry, row);
    add(scores[entry]);
  }
  const float *values =
      bench.windowValues().data() + group() * shape.window * shape.headDim;
  for (int64_t i = 0; i < shape.window; ++i) {
    std::copy_n(values + i * shape.headDim, shape.headDim, row.begin());
    add(window[i]);
  }
  for (double &x : out) {
    x /= total;
  }
  return out;
}

CheckResult mlir::fot::bench::checkLastCall(const AttentionShape &shape,
                                            const AttentionBench &bench) {
  CheckResult result;
  const LastCall &last = bench.lastCall();
  int64_t row = shape.heads * shape.headDim;
  result.heads = std::min(kHeads, shape.heads);
  for (int64_t i = 0; i < result.heads; ++i) {
    Head head = {shape, bench, i * shape.heads / result.heads, {}, {}};
    head.score();
    std::vector<double> expected = head.attend();
    const float *found =
        last.out.data() + (shape.queries - 1) * row + head.head * shape.headDim;
    double largest = 0, error = 0;
    for (int64_t d = 0; d < shape.headDim; ++d) {
      largest = std::max(largest, std::abs(expected[d]));
      double off = std::abs(expected[d] - found[d]);
      // Written so that NaN is an error.
      error = off <= error ? error : off;
    }
    error /= largest;
    bool same = error <= kTolerance;
    // Code that does not tell what it retrieved leaves -1.
    const int64_t *winners = last.winners.data() + head.head * shape.topK;
    if (!last.winners.empty() && winners[0] >= 0) {
      same &= head.retrievedBy({winners, size_t(shape.topK)});
      ++result.sets;
    }
    result.mismatches += !same;
    result.largestError =
        error <= result.largestError ? result.largestError : error;
  }
  return result;
}
