// Statements of templates.
#include "runtime/text/jinja/Parser.h"

#include "runtime/text/jinja/ExpressionParser.h"

namespace fot::rt::jinja {

namespace {
class Parser : public ExpressionParser {
public:
  using ExpressionParser::ExpressionParser;
  StatusOr<Body> parseAll();

private:
  using Node = std::unique_ptr<Statement>;
  using Result = StatusOr<Node>;

  /// Statements up to a block tag of one of the names in `ends`, whose name is
  /// then taken and put into `end`; the tag's rest is the caller's.
  StatusOr<Body> parseBody(std::initializer_list<std::string_view> ends,
                           std::string &end);
  Result parseStatement(const std::string &keyword, size_t offset);
  Result parseIf(Node node);
  Result parseFor(Node node);
  Result parseSet(Node node);
  Result parseMacro(Node node);
  Status endBlock();
};
} // namespace

Status Parser::endBlock() {
  if (peek().kind != Token::Kind::BlockEnd) {
    return unexpected("the end of the tag");
  }
  take();
  return Status();
}

StatusOr<Body> Parser::parseBody(std::initializer_list<std::string_view> ends,
                                 std::string &end) {
  Nesting guard(nesting);
  FOT_RETURN_IF_ERROR(checkNesting());
  Body body;
  while (true) {
    Token token = take();
    auto node = std::make_unique<Statement>();
    node->offset = token.offset;
    switch (token.kind) {
    case Token::Kind::Text:
      node->kind = Statement::Kind::Text;
      node->text = token.text;
      break;
    case Token::Kind::OutputBegin: {
      node->kind = Statement::Kind::Output;
      FOT_ASSIGN_OR_RETURN(node->expression, parseExpression());
      if (peek().kind != Token::Kind::OutputEnd) {
        return unexpected("'}}'");
      }
      take();
      break;
    }
    case Token::Kind::BlockBegin: {
      FOT_ASSIGN_OR_RETURN(std::string keyword, expectName("a statement"));
      for (std::string_view candidate : ends) {
        if (keyword == candidate) {
          end = keyword;
          return body;
        }
      }
      FOT_ASSIGN_OR_RETURN(node, parseStatement(keyword, token.offset));
      break;
    }
    default:
      if (ends.size() == 0) {
        return body;
      }
      return failAt(token.offset,
                    "expected '" +
                        std::string(std::data(ends)[ends.size() - 1]) +
                        "', found the template's end");
    }
    body.push_back(std::move(node));
  }
}

StatusOr<Body> Parser::parseAll() {
  std::string end;
  return parseBody({}, end);
}

Parser::Result Parser::parseStatement(const std::string &keyword,
                                      size_t offset) {
  auto node = std::make_unique<Statement>();
  node->offset = offset;
  if (keyword == "if") {
    return parseIf(std::move(node));
  }
  if (keyword == "for") {
    return parseFor(std::move(node));
  }
  if (keyword == "set") {
    return parseSet(std::move(node));
  }
  if (keyword == "macro") {
    return parseMacro(std::move(node));
  }
  if (keyword == "generation") {
    // Marks what the model wrote; it changes nothing in the text.
    node->kind = Statement::Kind::Scope;
    FOT_RETURN_IF_ERROR(endBlock());
    std::string end;
    FOT_ASSIGN_OR_RETURN(node->body, parseBody({"endgeneration"}, end));
    FOT_RETURN_IF_ERROR(endBlock());
    return node;
  }
  if (keyword == "break" || keyword == "continue") {
    node->kind =
        keyword == "break" ? Statement::Kind::Break : Statement::Kind::Continue;
    FOT_RETURN_IF_ERROR(endBlock());
    return node;
  }
  return failAt(offset, "unsupported statement '" + keyword +
                            "'; supported are break, continue, for, "
                            "generation, if, macro, set");
}

Parser::Result Parser::parseIf(Node node) {
  node->kind = Statement::Kind::If;
  std::string end = "elif";
  while (end == "elif") {
    FOT_ASSIGN_OR_RETURN(ExpressionPtr condition, parseExpression());
    FOT_RETURN_IF_ERROR(endBlock());
    FOT_ASSIGN_OR_RETURN(Body body, parseBody({"elif", "else", "endif"}, end));
    node->branches.emplace_back(std::move(condition), std::move(body));
  }
  if (end == "else") {
    FOT_RETURN_IF_ERROR(endBlock());
    FOT_ASSIGN_OR_RETURN(node->otherwise, parseBody({"endif"}, end));
  }
  FOT_RETURN_IF_ERROR(endBlock());
  return node;
}

Parser::Result Parser::parseFor(Node node) {
  node->kind = Statement::Kind::For;
  bool parenthesis = acceptOperator("(");
  do {
    FOT_ASSIGN_OR_RETURN(std::string name, expectName("a loop variable"));
    node->names.push_back(std::move(name));
  } while (acceptOperator(","));
  if (parenthesis) {
    FOT_RETURN_IF_ERROR(expectOperator(")"));
  }
  if (!acceptName("in")) {
    return unexpected("'in'");
  }
  // "for x in list if condition" reads like "list if condition", a conditional
  // without else; taking it apart again keeps one grammar for expressions.
  FOT_ASSIGN_OR_RETURN(node->expression, parseExpression());
  Expression &iterable = *node->expression;
  if (iterable.kind == Expression::Kind::Conditional && !iterable.operands[2]) {
    node->filter = std::move(iterable.operands[0]);
    ExpressionPtr list = std::move(iterable.operands[1]);
    node->expression = std::move(list);
  }
  if (atName("recursive")) {
    return failAt(peek().offset, "unsupported word 'recursive' in a loop");
  }
  FOT_RETURN_IF_ERROR(endBlock());
  std::string end;
  FOT_ASSIGN_OR_RETURN(node->body, parseBody({"else", "endfor"}, end));
  if (end == "else") {
    FOT_RETURN_IF_ERROR(endBlock());
    FOT_ASSIGN_OR_RETURN(node->otherwise, parseBody({"endfor"}, end));
  }
  FOT_RETURN_IF_ERROR(endBlock());
  return node;
}

Parser::Result Parser::parseSet(Node node) {
  node->kind = Statement::Kind::Set;
  do {
    FOT_ASSIGN_OR_RETURN(std::string name, expectName("a variable"));
    node->names.push_back(std::move(name));
  } while (acceptOperator(","));
  if (node->names.size() == 1 && acceptOperator(".")) {
    FOT_ASSIGN_OR_RETURN(node->attribute, expectName("an attribute"));
  }
  if (acceptOperator("=")) {
    FOT_ASSIGN_OR_RETURN(node->expression, parseExpression(/*tuple=*/true));
    FOT_RETURN_IF_ERROR(endBlock());
    return node;
  }
  FOT_RETURN_IF_ERROR(endBlock());
  std::string end;
  FOT_ASSIGN_OR_RETURN(node->body, parseBody({"endset"}, end));
  FOT_RETURN_IF_ERROR(endBlock());
  return node;
}

Parser::Result Parser::parseMacro(Node node) {
  node->kind = Statement::Kind::Macro;
  FOT_ASSIGN_OR_RETURN(node->text, expectName("a macro's name"));
  FOT_RETURN_IF_ERROR(expectOperator("("));
  while (!atOperator(")")) {
    FOT_ASSIGN_OR_RETURN(std::string name, expectName("a parameter"));
    ExpressionPtr value;
    if (acceptOperator("=")) {
      FOT_ASSIGN_OR_RETURN(value, parseExpression());
    }
    node->names.push_back(std::move(name));
    node->defaults.push_back(std::move(value));
    if (!acceptOperator(",")) {
      break;
    }
  }
  FOT_RETURN_IF_ERROR(expectOperator(")"));
  FOT_RETURN_IF_ERROR(endBlock());
  std::string end;
  FOT_ASSIGN_OR_RETURN(node->body, parseBody({"endmacro"}, end));
  FOT_RETURN_IF_ERROR(endBlock());
  return node;
}

StatusOr<Body> parse(std::string_view source) {
  FOT_ASSIGN_OR_RETURN(std::vector<Token> tokens, tokenize(source));
  return Parser(source, std::move(tokens)).parseAll();
}

} // namespace fot::rt::jinja
