// Chooses the next token from logits.
#ifndef FOT_RUNTIME_SESSION_SAMPLER_H
#define FOT_RUNTIME_SESSION_SAMPLER_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace fot::rt {

struct SamplerOptions {
  /// 0: the best token, always. Otherwise logits are divided by this.
  double temperature = 0;
  /// Only the most probable tokens that together reach this are considered.
  double topP = 1;
  uint64_t seed = 0;
};

/// Deterministic: the same options and logits give the same tokens on every
/// machine.
class Sampler {
public:
  /// `vocab` is the number of logits that sample() will get.
  static StatusOr<Sampler> create(const SamplerOptions &options,
                                  uint32_t vocab);

  /// The next token. Equal logits: the lower id.
  int32_t sample(std::span<const float> logits);

private:
  explicit Sampler(const SamplerOptions &options)
      : options(options), random(options.seed) {}

  SamplerOptions options;
  std::mt19937_64 random;
  std::vector<double> weights;
  std::vector<int32_t> order;
};

/// The id of the largest logit; of equals, the lowest. NaNs never win unless
/// there is nothing else.
int32_t bestToken(std::span<const float> logits);

/// The same out of the pairs that FOT_DECODE_BEST (kernel_abi.h) leaves.
int32_t bestOfPairs(std::span<const float> pairs);

} // namespace fot::rt

#endif
