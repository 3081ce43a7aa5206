// The template's lexer.
#include "runtime/text/jinja/Lexer.h"

#include <algorithm>

namespace fot::rt::jinja {

std::string positionOf(std::string_view source, size_t offset) {
  std::string_view before = source.substr(0, offset);
  auto line = 1 + std::count(before.begin(), before.end(), '\n');
  size_t lineStart = before.rfind('\n');
  size_t column =
      offset - (lineStart == std::string_view::npos ? 0 : lineStart + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

static bool isBlank(char c) { return c == ' ' || c == '\t'; }
static bool isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool isDigit(char c) { return c >= '0' && c <= '9'; }
static bool startsName(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

namespace {
class Lexer {
public:
  explicit Lexer(std::string_view source) : source(source) {}
  StatusOr<std::vector<Token>> run();

private:
  Status failAt(size_t offset, const std::string &what) const {
    return Status::failure("chat template, " + positionOf(source, offset) +
                           ": " + what);
  }
  void push(Token::Kind kind, std::string text, size_t offset) {
    tokens.push_back({kind, std::move(text), offset});
  }
  void pushText(size_t begin, size_t end);
  Status lexComment();
  Status lexTag(bool isBlock);
  Status lexInside(bool &closed, bool isBlock);
  Status lexString();
  void lexNumber();
  bool at(std::string_view text) const {
    return source.substr(position, text.size()) == text;
  }
  /// Applies what a tag's end says about the text after it.
  void afterTag(char sign, bool trimLine);

  std::string_view source;
  size_t position = 0;
  bool stripNext = false; // the tag before ended in "-"
  std::vector<Token> tokens;
  std::string brackets; // open ones inside a tag
};
} // namespace

void Lexer::pushText(size_t begin, size_t end) {
  if (stripNext) {
    while (begin < end && isSpace(source[begin])) {
      ++begin;
    }
    stripNext = false;
  }
  // What follows is a tag, whose sign decides about the blanks before it.
  if (end < source.size()) {
    char sign = end + 2 < source.size() ? source[end + 2] : ' ';
    if (sign == '-') {
      while (end > begin && isSpace(source[end - 1])) {
        --end;
      }
    } else if (sign != '+' && source[end + 1] != '{') {
      size_t lineEnd = end;
      while (lineEnd > begin && isBlank(source[lineEnd - 1])) {
        --lineEnd;
      }
      if (lineEnd == 0 || source[lineEnd - 1] == '\n') {
        end = lineEnd;
      }
    }
  }
  if (begin < end) {
    push(Token::Kind::Text, std::string(source.substr(begin, end - begin)),
         begin);
  }
}

void Lexer::afterTag(char sign, bool trimLine) {
  if (sign == '-') {
    stripNext = true;
  } else if (sign != '+' && trimLine) {
    if (at("\r\n")) {
      position += 2;
    } else if (at("\n")) {
      position += 1;
    }
  }
}

StatusOr<std::vector<Token>> Lexer::run() {
  // One line break at the very end does not count.
  if (!source.empty() && source.back() == '\n') {
    source.remove_suffix(1);
    if (!source.empty() && source.back() == '\r') {
      source.remove_suffix(1);
    }
  }
  while (position < source.size()) {
    size_t tag = position;
    while (true) {
      tag = source.find('{', tag);
      if (tag == std::string_view::npos || tag + 1 >= source.size()) {
        tag = source.size();
        break;
      }
      char next = source[tag + 1];
      if (next == '{' || next == '%' || next == '#') {
        break;
      }
      ++tag;
    }
    pushText(position, tag);
    position = tag;
    if (tag == source.size()) {
      break;
    }
    if (source[tag + 1] == '#') {
      FOT_RETURN_IF_ERROR(lexComment());
    } else {
      FOT_RETURN_IF_ERROR(lexTag(source[tag + 1] == '%'));
    }
  }
  push(Token::Kind::End, "", source.size());
  return std::move(tokens);
}

Status Lexer::lexComment() {
  size_t end = source.find("#}", position + 2);
  if (end == std::string_view::npos) {
    return failAt(position, "a comment has no end");
  }
  char sign = end > position + 2 ? source[end - 1] : ' ';
  position = end + 2;
  afterTag(sign, /*trimLine=*/true);
  return Status();
}

Status Lexer::lexTag(bool isBlock) {
  size_t begin = position;
  push(isBlock ? Token::Kind::BlockBegin : Token::Kind::OutputBegin,
       isBlock ? "{%" : "{{", begin);
  position += 2;
  if (at("-") || at("+")) {
    ++position;
  }
  brackets.clear();
  bool closed = false;
  while (!closed) {
    if (position >= source.size()) {
      return failAt(begin, "a tag has no end");
    }
    FOT_RETURN_IF_ERROR(lexInside(closed, isBlock));
  }
  return Status();
}

Status Lexer::lexInside(bool &closed, bool isBlock) {
  char c = source[position];
  if (isSpace(c)) {
    ++position;
    return Status();
  }
  std::string_view end = isBlock ? "%}" : "}}";
  bool hasSign =
      (c == '-' || c == '+') && source.substr(position + 1, 2) == end;
  // "}}" closes only where no brace of the expression is open.
  if ((hasSign || at(end)) && brackets.empty()) {
    push(isBlock ? Token::Kind::BlockEnd : Token::Kind::OutputEnd,
         std::string(end), position);
    position += hasSign ? 3 : 2;
    closed = true;
    afterTag(hasSign ? c : ' ', isBlock);
    return Status();
  }
  if (c == '"' || c == '\'') {
    return lexString();
  }
  if (isDigit(c)) {
    lexNumber();
    return Status();
  }
  if (startsName(c)) {
    size_t begin = position;
    while (position < source.size() &&
           (startsName(source[position]) || isDigit(source[position]))) {
      ++position;
    }
    push(Token::Kind::Name, std::string(source.substr(begin, position - begin)),
         begin);
    return Status();
  }
  for (std::string_view two : {"==", "!=", "<=", ">=", "//", "**"}) {
    if (at(two)) {
      push(Token::Kind::Operator, std::string(two), position);
      position += 2;
      return Status();
    }
  }
  if (std::string_view("+-*/%~|.,:=<>()[]{}").find(c) ==
      std::string_view::npos) {
    return failAt(position, std::string("unexpected character '") + c + "'");
  }
  if (c == '(' || c == '[' || c == '{') {
    brackets.push_back(c);
  } else if ((c == ')' || c == ']' || c == '}') && !brackets.empty()) {
    brackets.pop_back();
  }
  push(Token::Kind::Operator, std::string(1, c), position);
  ++position;
  return Status();
}

Status Lexer::lexString() {
  size_t begin = position;
  char quote = source[position++];
  std::string value;
  while (position < source.size() && source[position] != quote) {
    char c = source[position++];
    if (c != '\\') {
      value.push_back(c);
      continue;
    }
    if (position >= source.size()) {
      break;
    }
    char escaped = source[position++];
    switch (escaped) {
    case 'n':
      value.push_back('\n');
      break;
    case 't':
      value.push_back('\t');
      break;
    case 'r':
      value.push_back('\r');
      break;
    case '\\':
    case '\'':
    case '"':
      value.push_back(escaped);
      break;
    case '\n':
      break;
    case 'u':
    case 'x':
    case 'U':
    case 'N':
    case '0':
      return failAt(position - 2, std::string("unsupported escape '\\") +
                                      escaped + "' in a string");
    default:
      value.push_back('\\');
      value.push_back(escaped);
    }
  }
  if (position >= source.size()) {
    return failAt(begin, "a string has no end");
  }
  ++position;
  push(Token::Kind::String, std::move(value), begin);
  return Status();
}

void Lexer::lexNumber() {
  size_t begin = position;
  bool real = false;
  auto digits = [&] {
    while (position < source.size() && isDigit(source[position])) {
      ++position;
    }
  };
  digits();
  if (position + 1 < source.size() && source[position] == '.' &&
      isDigit(source[position + 1])) {
    real = true;
    ++position;
    digits();
  }
  push(real ? Token::Kind::Float : Token::Kind::Int,
       std::string(source.substr(begin, position - begin)), begin);
}

StatusOr<std::vector<Token>> tokenize(std::string_view source) {
  return Lexer(source).run();
}

} // namespace fot::rt::jinja
