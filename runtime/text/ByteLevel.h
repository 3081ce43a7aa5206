// The byte-level alphabet: GPT-2's one-to-one map between the 256 bytes and
// printable characters, in which vocabularies of byte-level BPE are written.
#ifndef FOT_RUNTIME_TEXT_BYTELEVEL_H
#define FOT_RUNTIME_TEXT_BYTELEVEL_H

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace fot::rt {

/// The character that stands for each byte.
const std::array<char32_t, 256> &byteLevelAlphabet();

/// The bytes that a spelling in the alphabet stands for; nothing when a
/// character of valid UTF-8 `spelling` is not in the alphabet.
std::optional<std::string> bytesOfSpelling(std::string_view spelling);

} // namespace fot::rt

#endif
