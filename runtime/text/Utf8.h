// UTF-8: validity, repair, and a stream that lets only whole characters out.
#ifndef FOT_RUNTIME_TEXT_UTF8_H
#define FOT_RUNTIME_TEXT_UTF8_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace fot::rt {

/// What stands at the front of some bytes.
struct Utf8Step {
  enum class Kind { Character, Invalid, Incomplete };
  Kind kind;
  /// Bytes it takes; at least 1 where the input is not empty. For Invalid, the
  /// longest start of a character that cannot go on (one replacement each).
  size_t length;
  char32_t codePoint;
};

/// Reads the front of `bytes`, which are not empty. Overlong forms, surrogates
/// and values above U+10FFFF are Invalid; a cut character is Incomplete.
Utf8Step readUtf8(std::string_view bytes);

bool isValidUtf8(std::string_view bytes);
/// `bytes` with U+FFFD in place of what is not UTF-8.
std::string repairUtf8(std::string_view bytes);
/// Appends the UTF-8 form of a valid code point.
void appendUtf8(std::string &out, char32_t codePoint);

class Utf8Stream {
public:
  /// Takes bytes, returns the characters that are complete by now.
  std::string push(std::string_view bytes);
  std::string finish();

private:
  std::string pending;
};

} // namespace fot::rt

#endif
