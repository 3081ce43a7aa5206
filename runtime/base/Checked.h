// Arithmetic that notices overflow, for every number that comes from a file.
#ifndef FOT_RUNTIME_BASE_CHECKED_H
#define FOT_RUNTIME_BASE_CHECKED_H

#include <cstdint>
#include <optional>

namespace fot::rt {

/// a + b, or nothing when that does not fit.
inline std::optional<uint64_t> checkedAdd(uint64_t a, uint64_t b) {
  uint64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) {
    return std::nullopt;
  }
  return sum;
}

/// a * b, or nothing when that does not fit.
inline std::optional<uint64_t> checkedMultiply(uint64_t a, uint64_t b) {
  uint64_t product;
  if (__builtin_mul_overflow(a, b, &product)) {
    return std::nullopt;
  }
  return product;
}

/// Whether [offset, offset + size) lies within [0, limit).
inline bool rangeFits(uint64_t offset, uint64_t size, uint64_t limit) {
  return offset <= limit && size <= limit - offset;
}

/// `value` rounded up to a multiple of `step`, a power of two.
constexpr uint64_t alignUp(uint64_t value, uint64_t step) {
  return (value + step - 1) & ~(step - 1);
}

} // namespace fot::rt

#endif
