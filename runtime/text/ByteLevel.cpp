// The byte-level alphabet.
#include "runtime/text/ByteLevel.h"

#include "runtime/text/Utf8.h"

namespace fot::rt {

// Bytes that are printable in Latin-1 stand for themselves.
static constexpr bool isPrintable(unsigned byte) {
  return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) ||
         (byte >= 0xAE && byte <= 0xFF);
}

static constexpr std::array<char32_t, 256> makeAlphabet() {
  std::array<char32_t, 256> alphabet{};
  // The others take the characters from U+0100 on, in order.
  char32_t next = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) {
    alphabet[byte] = isPrintable(byte) ? byte : next++;
  }
  return alphabet;
}

static constexpr std::array<char32_t, 256> alphabet = makeAlphabet();

// Highest character of the alphabet: 68 bytes are not printable.
static constexpr char32_t numCharacters = 0x100 + 68;

static constexpr std::array<int16_t, numCharacters> makeInverse() {
  std::array<int16_t, numCharacters> inverse{};
  for (int16_t &byte : inverse) {
    byte = -1;
  }
  for (unsigned byte = 0; byte < 256; ++byte) {
    inverse[alphabet[byte]] = static_cast<int16_t>(byte);
  }
  return inverse;
}

static constexpr std::array<int16_t, numCharacters> inverse = makeInverse();

const std::array<char32_t, 256> &byteLevelAlphabet() { return alphabet; }

std::optional<std::string> bytesOfSpelling(std::string_view spelling) {
  std::string bytes;
  bytes.reserve(spelling.size());
  while (!spelling.empty()) {
    Utf8Step step = readUtf8(spelling);
    if (step.kind != Utf8Step::Kind::Character ||
        step.codePoint >= numCharacters || inverse[step.codePoint] < 0) {
      return std::nullopt;
    }
    bytes.push_back(static_cast<char>(inverse[step.codePoint]));
    spelling.remove_prefix(step.length);
  }
  return bytes;
}

} // namespace fot::rt
