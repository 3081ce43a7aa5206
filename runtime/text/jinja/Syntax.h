// The syntax tree of a template.
#ifndef FOT_RUNTIME_TEXT_JINJA_SYNTAX_H
#define FOT_RUNTIME_TEXT_JINJA_SYNTAX_H

#include "runtime/text/jinja/Value.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace fot::rt::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;
using Named = std::vector<std::pair<std::string, ExpressionPtr>>;

struct Expression {
  enum class Kind {
    Literal,     // value
    Name,        // text
    List,        // operands
    Map,         // operands: key, value, key, value, ...
    Attribute,   // operands[0] . text
    Index,       // operands[0] [ operands[1] ]
    Slice,       // operands[0] [ 1 : 2 : 3 ], each may be null
    Call,        // operands[0] ( the others, named )
    Filter,      // operands[0] | text ( the others, named )
    Test,        // operands[0] is text ( the others )
    Unary,       // text operands[0], with text "-", "+" or "not"
    Binary,      // operands[0] text operands[1]
    And,         // operands
    Or,          // operands
    Compare,     // operands, operators between them
    Conditional, // operands: condition, then, else (may be null)
  };
  Kind kind;
  size_t offset = 0;
  int depth = 1;
  std::string text;
  Value value;
  std::vector<ExpressionPtr> operands;
  Named named;
  std::vector<std::string> operators; // "==", "<", "in", "not in", ...
};

struct Statement;
using Body = std::vector<std::unique_ptr<Statement>>;

struct Statement {
  enum class Kind {
    Text,   // text
    Output, // expression
    If,     // branches, otherwise
    For,    // names in expression, if filter: body, otherwise
    Set,    // names (or names[0].attribute) = expression, or = body
    Macro,  // text ( names = defaults ): body
    Scope,  // body
    Break,
    Continue
  };
  Kind kind;
  size_t offset = 0;
  std::string text;
  std::string attribute;
  std::vector<std::string> names;
  std::vector<ExpressionPtr> defaults; // null: none
  ExpressionPtr expression, filter;
  std::vector<std::pair<ExpressionPtr, Body>> branches;
  Body body, otherwise;
};

} // namespace fot::rt::jinja

#endif
