// XXH3-64, the checksum of everything in an artifact.
#ifndef FOT_RUNTIME_BASE_CHECKSUM_H
#define FOT_RUNTIME_BASE_CHECKSUM_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace fot::rt {

/// The checksum of bytes that lie in one piece.
uint64_t checksum64(std::span<const std::byte> bytes);

/// The same checksum of bytes that come piece by piece.
class ChecksumStream {
public:
  ChecksumStream();
  ~ChecksumStream();
  ChecksumStream(ChecksumStream &&) noexcept;
  ChecksumStream &operator=(ChecksumStream &&) noexcept;

  void reset();
  void append(std::span<const std::byte> bytes);
  uint64_t digest() const;

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace fot::rt

#endif
