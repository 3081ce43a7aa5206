// Text in which `fot eval` hides its facts: ordinary prose, the same for the
// same seed on every machine.
#ifndef FOT_TOOLS_FOT_EVALPROSE_H
#define FOT_TOOLS_FOT_EVALPROSE_H

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fot::tool {

/// A sequence of random numbers that depends on its seed alone (SplitMix64).
class EvalRandom {
public:
  explicit EvalRandom(uint64_t seed) : state(seed) {}
  /// A sequence of its own for each list of numbers.
  EvalRandom(std::initializer_list<uint64_t> numbers);

  uint64_t next();
  /// A number below `limit`, which is not 0.
  uint64_t below(uint64_t limit) { return next() % limit; }

private:
  uint64_t state;
};

/// Gives sentence after sentence. Each ends with the space or the line breaks
/// that belong behind it, so that they can simply be joined.
class SentenceSource {
public:
  virtual ~SentenceSource();
  virtual std::string next() = 0;
};

/// Sentences about life in a small town: no digits, no full names. Paragraphs
/// keep to one place.
std::unique_ptr<SentenceSource> makeProse(uint64_t seed);

/// The sentences of `text`, over and over, from one that `seed` chooses. Null
/// if it has none.
std::unique_ptr<SentenceSource> makeSentencesOf(std::string_view text,
                                                uint64_t seed);

} // namespace fot::tool

#endif
