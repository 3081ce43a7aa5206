// The part of the parser that reads expressions, and what both parts share.
#ifndef FOT_RUNTIME_TEXT_JINJA_EXPRESSIONPARSER_H
#define FOT_RUNTIME_TEXT_JINJA_EXPRESSIONPARSER_H

#include "runtime/text/jinja/Lexer.h"
#include "runtime/text/jinja/Syntax.h"

#include <initializer_list>
#include <string_view>

namespace fot::rt::jinja {

class ExpressionParser {
public:
  ExpressionParser(std::string_view source, std::vector<Token> tokens)
      : source(source), tokens(std::move(tokens)) {}

  /// A whole expression; with `tuple`, commas make a list of it.
  StatusOr<ExpressionPtr> parseExpression(bool tuple = false);

protected:
  using Result = StatusOr<ExpressionPtr>;

  const Token &peek(size_t ahead = 0) const {
    return tokens[std::min(position + ahead, tokens.size() - 1)];
  }
  Token take() { return tokens[std::min(position++, tokens.size() - 1)]; }
  bool atOperator(std::string_view text) const {
    return peek().kind == Token::Kind::Operator && peek().text == text;
  }
  bool atName(std::string_view text) const {
    return peek().kind == Token::Kind::Name && peek().text == text;
  }
  bool acceptOperator(std::string_view text);
  bool acceptName(std::string_view text);
  Status expectOperator(std::string_view text);
  StatusOr<std::string> expectName(const char *what);
  Status failAt(size_t offset, const std::string &what) const {
    return Status::failure("chat template, " + positionOf(source, offset) +
                           ": " + what);
  }
  Status unexpected(const std::string &expected) const;

  /// Counts nesting for as long as it lives.
  struct Nesting {
    explicit Nesting(int &depth) : depth(depth) { ++depth; }
    ~Nesting() { --depth; }
    int &depth;
  };
  static constexpr int maxNesting = 80;
  Status checkNesting() const;
  int nesting = 0;

private:
  Result make(Expression::Kind kind, size_t offset, std::string text,
              std::vector<ExpressionPtr> operands, Named named = {},
              std::vector<std::string> operators = {}) const;
  Result parseConditional();
  Result parseLogic(bool isOr);
  Result parseNot();
  Result parseCompare();
  Result parseArithmetic(int level);
  Result parseUnary(bool withFilters);
  Result parsePrimary();
  Result parseNumber();
  Result parseSequence(std::string_view close, size_t offset,
                       ExpressionPtr first);
  Result parseMap(size_t offset);
  Result parsePostfix(ExpressionPtr operand, bool withFilters);
  Result parseSubscript(ExpressionPtr operand, size_t offset);
  Result parseFilter(ExpressionPtr operand, size_t offset);
  Result parseTest(ExpressionPtr operand, size_t offset);
  Status parseArguments(std::vector<ExpressionPtr> &operands, Named &named);

  std::string_view source;
  std::vector<Token> tokens;
  size_t position = 0;
};

} // namespace fot::rt::jinja

#endif
