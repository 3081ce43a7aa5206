// XXH3-64 with the library's code compiled in, so that nothing more is linked.
#include "runtime/base/Checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace fot::rt {

uint64_t checksum64(std::span<const std::byte> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

struct ChecksumStream::State {
  XXH3_state_t hash;
};

ChecksumStream::ChecksumStream() : state(std::make_unique<State>()) { reset(); }
ChecksumStream::~ChecksumStream() = default;
ChecksumStream::ChecksumStream(ChecksumStream &&) noexcept = default;
ChecksumStream &ChecksumStream::operator=(ChecksumStream &&) noexcept = default;

void ChecksumStream::reset() { XXH3_64bits_reset(&state->hash); }

void ChecksumStream::append(std::span<const std::byte> bytes) {
  XXH3_64bits_update(&state->hash, bytes.data(), bytes.size());
}

uint64_t ChecksumStream::digest() const {
  return XXH3_64bits_digest(&state->hash);
}

} // namespace fot::rt
