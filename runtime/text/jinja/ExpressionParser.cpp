// Expressions of templates, by recursive descent.
#include "runtime/text/jinja/ExpressionParser.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace fot::rt::jinja {

using Kind = Expression::Kind;

// Bounds the depth of the tree, and so what later walks take of the stack.
static constexpr int maxTreeDepth = 200;

bool ExpressionParser::acceptOperator(std::string_view text) {
  bool found = atOperator(text);
  position += found;
  return found;
}

bool ExpressionParser::acceptName(std::string_view text) {
  bool found = atName(text);
  position += found;
  return found;
}

Status ExpressionParser::unexpected(const std::string &expected) const {
  const Token &token = peek();
  std::string found = token.kind == Token::Kind::End ? "the template's end"
                      : token.kind == Token::Kind::Text
                          ? "text"
                          : "'" + token.text + "'";
  return failAt(token.offset, "expected " + expected + ", found " + found);
}

Status ExpressionParser::expectOperator(std::string_view text) {
  if (!acceptOperator(text)) {
    return unexpected("'" + std::string(text) + "'");
  }
  return Status();
}

StatusOr<std::string> ExpressionParser::expectName(const char *what) {
  if (peek().kind != Token::Kind::Name) {
    return unexpected(what);
  }
  return take().text;
}

Status ExpressionParser::checkNesting() const {
  if (nesting > maxNesting) {
    return failAt(peek().offset, "nesting deeper than " +
                                     std::to_string(maxNesting) + " levels");
  }
  return Status();
}

ExpressionParser::Result
ExpressionParser::make(Kind kind, size_t offset, std::string text,
                       std::vector<ExpressionPtr> operands, Named named,
                       std::vector<std::string> operators) const {
  auto node = std::make_unique<Expression>();
  node->kind = kind;
  node->offset = offset;
  node->text = std::move(text);
  for (const ExpressionPtr &operand : operands) {
    node->depth = std::max(node->depth, operand ? operand->depth + 1 : 1);
  }
  for (const auto &[name, operand] : named) {
    node->depth = std::max(node->depth, operand->depth + 1);
  }
  if (node->depth > maxTreeDepth) {
    return failAt(offset, "an expression of more than " +
                              std::to_string(maxTreeDepth) +
                              " operations in a row");
  }
  node->operands = std::move(operands);
  node->named = std::move(named);
  node->operators = std::move(operators);
  return node;
}

static std::vector<ExpressionPtr> listOf(ExpressionPtr a,
                                         ExpressionPtr b = nullptr) {
  std::vector<ExpressionPtr> list;
  list.push_back(std::move(a));
  if (b) {
    list.push_back(std::move(b));
  }
  return list;
}

ExpressionParser::Result ExpressionParser::parseExpression(bool tuple) {
  size_t offset = peek().offset;
  FOT_ASSIGN_OR_RETURN(ExpressionPtr first, parseConditional());
  if (!tuple || !atOperator(",")) {
    return first;
  }
  std::vector<ExpressionPtr> items = listOf(std::move(first));
  while (acceptOperator(",")) {
    FOT_ASSIGN_OR_RETURN(ExpressionPtr next, parseConditional());
    items.push_back(std::move(next));
  }
  return make(Kind::List, offset, "", std::move(items));
}

ExpressionParser::Result ExpressionParser::parseConditional() {
  Nesting guard(nesting);
  FOT_RETURN_IF_ERROR(checkNesting());
  FOT_ASSIGN_OR_RETURN(ExpressionPtr value, parseLogic(/*isOr=*/true));
  while (atName("if")) {
    size_t offset = take().offset;
    FOT_ASSIGN_OR_RETURN(ExpressionPtr condition, parseLogic(/*isOr=*/true));
    std::vector<ExpressionPtr> operands =
        listOf(std::move(condition), std::move(value));
    operands.push_back(nullptr);
    if (acceptName("else")) {
      FOT_ASSIGN_OR_RETURN(operands.back(), parseConditional());
    }
    FOT_ASSIGN_OR_RETURN(
        value, make(Kind::Conditional, offset, "", std::move(operands)));
  }
  return value;
}

ExpressionParser::Result ExpressionParser::parseLogic(bool isOr) {
  size_t offset = peek().offset;
  FOT_ASSIGN_OR_RETURN(ExpressionPtr first,
                       isOr ? parseLogic(false) : parseNot());
  const char *word = isOr ? "or" : "and";
  if (!atName(word)) {
    return first;
  }
  std::vector<ExpressionPtr> operands = listOf(std::move(first));
  while (acceptName(word)) {
    FOT_ASSIGN_OR_RETURN(ExpressionPtr next,
                         isOr ? parseLogic(false) : parseNot());
    operands.push_back(std::move(next));
  }
  return make(isOr ? Kind::Or : Kind::And, offset, "", std::move(operands));
}

ExpressionParser::Result ExpressionParser::parseNot() {
  if (!atName("not")) {
    return parseCompare();
  }
  Nesting guard(nesting);
  FOT_RETURN_IF_ERROR(checkNesting());
  size_t offset = take().offset;
  FOT_ASSIGN_OR_RETURN(ExpressionPtr operand, parseNot());
  return make(Kind::Unary, offset, "not", listOf(std::move(operand)));
}

ExpressionParser::Result ExpressionParser::parseCompare() {
  size_t offset = peek().offset;
  FOT_ASSIGN_OR_RETURN(ExpressionPtr first, parseArithmetic(0));
  std::vector<ExpressionPtr> operands = listOf(std::move(first));
  std::vector<std::string> operators;
  while (true) {
    std::string op;
    if (peek().kind == Token::Kind::Operator) {
      for (const char *known : {"==", "!=", "<", "<=", ">", ">="}) {
        if (peek().text == known) {
          op = known;
        }
      }
    } else if (atName("in")) {
      op = "in";
    } else if (atName("not") && peek(1).kind == Token::Kind::Name &&
               peek(1).text == "in") {
      take();
      op = "not in";
    }
    if (op.empty()) {
      break;
    }
    take();
    operators.push_back(op);
    FOT_ASSIGN_OR_RETURN(ExpressionPtr next, parseArithmetic(0));
    operands.push_back(std::move(next));
  }
  if (operators.empty()) {
    return std::move(operands.front());
  }
  return make(Kind::Compare, offset, "", std::move(operands), {},
              std::move(operators));
}

ExpressionParser::Result ExpressionParser::parseArithmetic(int level) {
  // From what binds least to what binds most.
  static const std::vector<std::string_view> levels[] = {
      {"+", "-"}, {"~"}, {"*", "/", "//", "%"}, {"**"}};
  if (level == 4) {
    return parseUnary(/*withFilters=*/true);
  }
  FOT_ASSIGN_OR_RETURN(ExpressionPtr left, parseArithmetic(level + 1));
  auto atLevel = [&] {
    return peek().kind == Token::Kind::Operator &&
           std::find(levels[level].begin(), levels[level].end(), peek().text) !=
               levels[level].end();
  };
  while (atLevel()) {
    Token op = take();
    FOT_ASSIGN_OR_RETURN(ExpressionPtr right, parseArithmetic(level + 1));
    FOT_ASSIGN_OR_RETURN(left, make(Kind::Binary, op.offset, op.text,
                                    listOf(std::move(left), std::move(right))));
  }
  return left;
}

ExpressionParser::Result ExpressionParser::parseUnary(bool withFilters) {
  if (!atOperator("-") && !atOperator("+")) {
    FOT_ASSIGN_OR_RETURN(ExpressionPtr operand, parsePrimary());
    return parsePostfix(std::move(operand), withFilters);
  }
  Nesting guard(nesting);
  FOT_RETURN_IF_ERROR(checkNesting());
  Token op = take();
  FOT_ASSIGN_OR_RETURN(ExpressionPtr operand, parseUnary(false));
  FOT_ASSIGN_OR_RETURN(ExpressionPtr node, make(Kind::Unary, op.offset, op.text,
                                                listOf(std::move(operand))));
  return parsePostfix(std::move(node), withFilters);
}

static ExpressionPtr makeLiteral(Value value, size_t offset) {
  auto node = std::make_unique<Expression>();
  node->kind = Kind::Literal;
  node->offset = offset;
  node->value = std::move(value);
  return node;
}

ExpressionParser::Result ExpressionParser::parseNumber() {
  Token token = take();
  if (token.kind == Token::Kind::Float) {
    return makeLiteral(Value::real(std::strtod(token.text.c_str(), nullptr)),
                       token.offset);
  }
  int64_t value = 0;
  auto [end, error] = std::from_chars(
      token.text.data(), token.text.data() + token.text.size(), value);
  if (error != std::errc()) {
    return failAt(token.offset, "the number " + token.text + " is too large");
  }
  return makeLiteral(Value::integer(value), token.offset);
}

ExpressionParser::Result ExpressionParser::parsePrimary() {
  size_t offset = peek().offset;
  switch (peek().kind) {
  case Token::Kind::Int:
  case Token::Kind::Float:
    return parseNumber();
  case Token::Kind::String: {
    std::string text = take().text;
    while (peek().kind == Token::Kind::String) {
      text += take().text;
    }
    return makeLiteral(Value::string(std::move(text)), offset);
  }
  case Token::Kind::Name: {
    std::string name = take().text;
    if (name == "true" || name == "True" || name == "false" ||
        name == "False") {
      return makeLiteral(Value::boolean(name[0] == 't' || name[0] == 'T'),
                         offset);
    }
    if (name == "none" || name == "None") {
      return makeLiteral(Value::none(), offset);
    }
    return make(Kind::Name, offset, std::move(name), {});
  }
  default:
    break;
  }
  if (acceptOperator("(")) {
    if (acceptOperator(")")) {
      return make(Kind::List, offset, "", {});
    }
    FOT_ASSIGN_OR_RETURN(ExpressionPtr inner, parseConditional());
    if (atOperator(",")) {
      return parseSequence(")", offset, std::move(inner));
    }
    FOT_RETURN_IF_ERROR(expectOperator(")"));
    return inner;
  }
  if (acceptOperator("[")) {
    return parseSequence("]", offset, nullptr);
  }
  if (acceptOperator("{")) {
    return parseMap(offset);
  }
  return unexpected("an expression");
}

ExpressionParser::Result ExpressionParser::parseSequence(std::string_view close,
                                                         size_t offset,
                                                         ExpressionPtr first) {
  std::vector<ExpressionPtr> items;
  if (first) {
    items.push_back(std::move(first));
    FOT_RETURN_IF_ERROR(expectOperator(","));
  }
  while (!atOperator(close)) {
    FOT_ASSIGN_OR_RETURN(ExpressionPtr item, parseConditional());
    items.push_back(std::move(item));
    if (!acceptOperator(",")) {
      break;
    }
  }
  FOT_RETURN_IF_ERROR(expectOperator(close));
  return make(Kind::List, offset, "", std::move(items));
}

ExpressionParser::Result ExpressionParser::parseMap(size_t offset) {
  std::vector<ExpressionPtr> items;
  while (!atOperator("}")) {
    FOT_ASSIGN_OR_RETURN(ExpressionPtr key, parseConditional());
    FOT_RETURN_IF_ERROR(expectOperator(":"));
    FOT_ASSIGN_OR_RETURN(ExpressionPtr value, parseConditional());
    items.push_back(std::move(key));
    items.push_back(std::move(value));
    if (!acceptOperator(",")) {
      break;
    }
  }
  FOT_RETURN_IF_ERROR(expectOperator("}"));
  return make(Kind::Map, offset, "", std::move(items));
}

ExpressionParser::Result ExpressionParser::parsePostfix(ExpressionPtr operand,
                                                        bool withFilters) {
  while (true) {
    size_t offset = peek().offset;
    if (acceptOperator(".")) {
      FOT_ASSIGN_OR_RETURN(std::string name, expectName("an attribute"));
      FOT_ASSIGN_OR_RETURN(operand, make(Kind::Attribute, offset, name,
                                         listOf(std::move(operand))));
    } else if (acceptOperator("[")) {
      FOT_ASSIGN_OR_RETURN(operand, parseSubscript(std::move(operand), offset));
    } else if (atOperator("(")) {
      std::vector<ExpressionPtr> operands = listOf(std::move(operand));
      Named named;
      FOT_RETURN_IF_ERROR(parseArguments(operands, named));
      FOT_ASSIGN_OR_RETURN(
          operand,
          make(Kind::Call, offset, "", std::move(operands), std::move(named)));
    } else if (withFilters && acceptOperator("|")) {
      FOT_ASSIGN_OR_RETURN(operand, parseFilter(std::move(operand), offset));
    } else if (withFilters && acceptName("is")) {
      FOT_ASSIGN_OR_RETURN(operand, parseTest(std::move(operand), offset));
    } else {
      return operand;
    }
  }
}

ExpressionParser::Result ExpressionParser::parseSubscript(ExpressionPtr operand,
                                                          size_t offset) {
  std::vector<ExpressionPtr> parts;
  parts.push_back(std::move(operand));
  bool isSlice = false;
  for (int part = 0; part < 3; ++part) {
    ExpressionPtr bound;
    if (!atOperator(":") && !atOperator("]")) {
      FOT_ASSIGN_OR_RETURN(bound, parseConditional());
    }
    parts.push_back(std::move(bound));
    if (!acceptOperator(":")) {
      break;
    }
    isSlice = true;
  }
  FOT_RETURN_IF_ERROR(expectOperator("]"));
  if (!isSlice && !parts.back()) {
    return failAt(offset, "an index is empty");
  }
  if (isSlice) {
    parts.resize(4);
  }
  return make(isSlice ? Kind::Slice : Kind::Index, offset, "",
              std::move(parts));
}

ExpressionParser::Result ExpressionParser::parseFilter(ExpressionPtr operand,
                                                       size_t offset) {
  FOT_ASSIGN_OR_RETURN(std::string name, expectName("a filter's name"));
  std::vector<ExpressionPtr> operands = listOf(std::move(operand));
  Named named;
  if (atOperator("(")) {
    FOT_RETURN_IF_ERROR(parseArguments(operands, named));
  }
  return make(Kind::Filter, offset, name, std::move(operands),
              std::move(named));
}

ExpressionParser::Result ExpressionParser::parseTest(ExpressionPtr operand,
                                                     size_t offset) {
  bool negated = acceptName("not");
  FOT_ASSIGN_OR_RETURN(std::string name, expectName("a test's name"));
  std::vector<ExpressionPtr> operands = listOf(std::move(operand));
  Named named;
  bool startsArgument = peek().kind == Token::Kind::String ||
                        peek().kind == Token::Kind::Int ||
                        peek().kind == Token::Kind::Float || atOperator("[") ||
                        (peek().kind == Token::Kind::Name && !atName("and") &&
                         !atName("or") && !atName("if") && !atName("else") &&
                         !atName("is") && !atName("in") && !atName("not"));
  if (atOperator("(")) {
    FOT_RETURN_IF_ERROR(parseArguments(operands, named));
  } else if (startsArgument) {
    Nesting guard(nesting);
    FOT_RETURN_IF_ERROR(checkNesting());
    FOT_ASSIGN_OR_RETURN(ExpressionPtr argument, parseUnary(false));
    operands.push_back(std::move(argument));
  }
  FOT_ASSIGN_OR_RETURN(
      ExpressionPtr test,
      make(Kind::Test, offset, name, std::move(operands), std::move(named)));
  if (!negated) {
    return test;
  }
  return make(Kind::Unary, offset, "not", listOf(std::move(test)));
}

Status ExpressionParser::parseArguments(std::vector<ExpressionPtr> &operands,
                                        Named &named) {
  FOT_RETURN_IF_ERROR(expectOperator("("));
  while (!atOperator(")")) {
    if (atOperator("*") || atOperator("**")) {
      return failAt(peek().offset,
                    "unsupported argument list '" + peek().text + "'");
    }
    bool isNamed = peek().kind == Token::Kind::Name &&
                   peek(1).kind == Token::Kind::Operator && peek(1).text == "=";
    std::string name;
    if (isNamed) {
      name = take().text;
      take();
    }
    FOT_ASSIGN_OR_RETURN(ExpressionPtr value, parseConditional());
    if (isNamed) {
      named.emplace_back(std::move(name), std::move(value));
    } else {
      operands.push_back(std::move(value));
    }
    if (!acceptOperator(",")) {
      break;
    }
  }
  return expectOperator(")");
}

} // namespace fot::rt::jinja
