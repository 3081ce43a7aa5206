// UTF-8 decoding, one character at a time.
#include "runtime/text/Utf8.h"

namespace fot::rt {

static constexpr std::string_view replacement = "\xef\xbf\xbd";

Utf8Step readUtf8(std::string_view bytes) {
  using Kind = Utf8Step::Kind;
  auto byteAt = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  uint8_t lead = byteAt(0);
  if (lead < 0x80) {
    return {Kind::Character, 1, lead};
  }
  // The second byte's range excludes overlong forms, surrogates and values
  // above U+10FFFF; later bytes are 80..BF.
  size_t length = 0;
  uint8_t low = 0x80, high = 0xBF;
  char32_t value = 0;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
    value = lead & 0x1F;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    value = lead & 0x0F;
    low = lead == 0xE0 ? 0xA0 : 0x80;
    high = lead == 0xED ? 0x9F : 0xBF;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    value = lead & 0x07;
    low = lead == 0xF0 ? 0x90 : 0x80;
    high = lead == 0xF4 ? 0x8F : 0xBF;
  } else {
    return {Kind::Invalid, 1, 0};
  }
  for (size_t i = 1; i < length; ++i) {
    if (i == bytes.size()) {
      return {Kind::Incomplete, i, 0};
    }
    if (byteAt(i) < low || byteAt(i) > high) {
      return {Kind::Invalid, i, 0};
    }
    value = (value << 6) | (byteAt(i) & 0x3F);
    low = 0x80;
    high = 0xBF;
  }
  return {Kind::Character, length, value};
}

bool isValidUtf8(std::string_view bytes) {
  while (!bytes.empty()) {
    Utf8Step step = readUtf8(bytes);
    if (step.kind != Utf8Step::Kind::Character) {
      return false;
    }
    bytes.remove_prefix(step.length);
  }
  return true;
}

std::string repairUtf8(std::string_view bytes) {
  Utf8Stream stream;
  std::string out = stream.push(bytes);
  return out + stream.finish();
}

void appendUtf8(std::string &out, char32_t codePoint) {
  auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (codePoint < 0x80) {
    put(codePoint);
  } else if (codePoint < 0x800) {
    put(0xC0 | (codePoint >> 6));
    put(0x80 | (codePoint & 0x3F));
  } else if (codePoint < 0x10000) {
    put(0xE0 | (codePoint >> 12));
    put(0x80 | ((codePoint >> 6) & 0x3F));
    put(0x80 | (codePoint & 0x3F));
  } else {
    put(0xF0 | (codePoint >> 18));
    put(0x80 | ((codePoint >> 12) & 0x3F));
    put(0x80 | ((codePoint >> 6) & 0x3F));
    put(0x80 | (codePoint & 0x3F));
  }
}

std::string Utf8Stream::push(std::string_view bytes) {
  pending.append(bytes);
  std::string out;
  std::string_view rest = pending;
  while (!rest.empty()) {
    Utf8Step step = readUtf8(rest);
    if (step.kind == Utf8Step::Kind::Incomplete) {
      break;
    }
    out += step.kind == Utf8Step::Kind::Character ? rest.substr(0, step.length)
                                                  : replacement;
    rest.remove_prefix(step.length);
  }
  pending.erase(0, pending.size() - rest.size());
  return out;
}

std::string Utf8Stream::finish() {
  std::string out(pending.empty() ? std::string_view() : replacement);
  pending.clear();
  return out;
}

} // namespace fot::rt
