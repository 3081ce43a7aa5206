// Lexer: cuts a template into text, tags and what is inside the tags, and
// settles white space the way chat templates expect it: a line break after a
// block tag goes, and so do blanks in front of one (trim_blocks,
// lstrip_blocks), besides what "-" and "+" ask for.
#ifndef FOT_RUNTIME_TEXT_JINJA_LEXER_H
#define FOT_RUNTIME_TEXT_JINJA_LEXER_H

#include "runtime/base/Status.h"

#include <string>
#include <string_view>
#include <vector>

namespace fot::rt::jinja {

struct Token {
  enum class Kind {
    Text,        // outside of tags
    BlockBegin,  // {%
    BlockEnd,    // %}
    OutputBegin, // {{
    OutputEnd,   // }}
    Name,
    String, // `text` is its value
    Int,
    Float,
    Operator,
    End
  };
  Kind kind;
  std::string text;
  size_t offset; // in the template, in bytes
};

/// The tokens of `source`, the last of kind End.
StatusOr<std::vector<Token>> tokenize(std::string_view source);

/// "line 3, column 7" of a byte offset, both from 1.
std::string positionOf(std::string_view source, size_t offset);

} // namespace fot::rt::jinja

#endif
