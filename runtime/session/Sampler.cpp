// Temperature and nucleus sampling over the whole vocabulary.
#include "runtime/session/Sampler.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>
#include <string>

namespace fot::rt {

StatusOr<Sampler> Sampler::create(const SamplerOptions &options,
                                  uint32_t vocab) {
  if (!(options.temperature >= 0) || !std::isfinite(options.temperature)) {
    return Status::failure("expected a temperature of 0 or more, found " +
                           std::to_string(options.temperature));
  }
  if (!(options.topP > 0 && options.topP <= 1)) {
    return Status::failure("expected a top-p above 0 and at most 1, found " +
                           std::to_string(options.topP));
  }
  Sampler sampler(options);
  sampler.weights.resize(vocab);
  sampler.order.resize(vocab);
  return sampler;
}

int32_t bestToken(std::span<const float> logits) {
  size_t best = 0;
  for (size_t i = 1; i < logits.size(); ++i) {
    if (logits[i] > logits[best] || std::isnan(logits[best])) {
      best = i;
    }
  }
  return static_cast<int32_t>(best);
}

int32_t bestOfPairs(std::span<const float> pairs) {
  size_t best = 0;
  for (size_t i = 2; i < pairs.size(); i += 2) {
    if (pairs[i] > pairs[best] || std::isnan(pairs[best])) {
      best = i;
    }
  }
  return std::bit_cast<int32_t>(pairs[best + 1]);
}

int32_t Sampler::sample(std::span<const float> logits) {
  int32_t best = bestToken(logits);
  double most = logits[static_cast<size_t>(best)];
  if (options.temperature == 0 || !std::isfinite(most)) {
    return best;
  }
  double total = 0;
  for (size_t i = 0; i < logits.size(); ++i) {
    double weight = std::exp((logits[i] - most) / options.temperature);
    weights[i] = std::isnan(weight) ? 0 : weight;
    total += weights[i];
  }
  size_t considered = logits.size();
  std::iota(order.begin(), order.end(), 0);
  if (options.topP < 1) {
    std::sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
      double wa = weights[static_cast<size_t>(a)];
      double wb = weights[static_cast<size_t>(b)];
      return wa != wb ? wa > wb : a < b;
    });
    double kept = 0;
    considered = 0;
    while (considered < order.size() && kept < options.topP * total) {
      kept += weights[static_cast<size_t>(order[considered++])];
    }
    total = kept;
  }
  // 53 random bits; the standard's distributions differ between libraries.
  double unit = static_cast<double>(random() >> 11) * 0x1p-53;
  double target = unit * total;
  for (size_t i = 0; i < considered; ++i) {
    target -= weights[static_cast<size_t>(order[i])];
    if (target < 0) {
      return order[i];
    }
  }
  return best;
}

} // namespace fot::rt
