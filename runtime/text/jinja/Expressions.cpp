// Expressions of templates.
#include "runtime/text/jinja/Evaluator.h"

#include <algorithm>
#include <cmath>

namespace fot::rt::jinja {

using Kind = Value::Kind;

Evaluator::Result Evaluator::evaluateInner(const Expression &node) {
  switch (node.kind) {
  case Expression::Kind::Literal:
    return node.value;
  case Expression::Kind::Name:
    return lookUp(node);
  case Expression::Kind::List: {
    List items;
    for (const ExpressionPtr &operand : node.operands) {
      FOT_ASSIGN_OR_RETURN(Value item, evaluate(*operand));
      items.push_back(std::move(item));
    }
    return spent(Value::list(std::move(items)), node.offset);
  }
  case Expression::Kind::Map:
    return makeMap(node);
  case Expression::Kind::Attribute: {
    FOT_ASSIGN_OR_RETURN(Value object, evaluate(*node.operands[0]));
    if (object.is(Kind::Undefined)) {
      return failAt(node.offset, "'" + object.text() +
                                     "' is undefined and has no attribute '" +
                                     node.text + "'");
    }
    FOT_RETURN_IF_ERROR(spendOnLookUp(object, node.offset));
    return attributeOf(object, node.text);
  }
  case Expression::Kind::Index:
    return index(node);
  case Expression::Kind::Slice:
    return slice(node);
  case Expression::Kind::Call:
    return call(node);
  case Expression::Kind::Filter: {
    FOT_ASSIGN_OR_RETURN(Value value, evaluate(*node.operands[0]));
    FOT_ASSIGN_OR_RETURN(Arguments arguments, evaluateArguments(node));
    FOT_RETURN_IF_ERROR(spendOnCall(node.text, value, arguments, node.offset));
    return spent(applyFilter(node.text, value, arguments), node.offset);
  }
  case Expression::Kind::Test: {
    FOT_ASSIGN_OR_RETURN(Value value, evaluate(*node.operands[0]));
    FOT_ASSIGN_OR_RETURN(Arguments arguments, evaluateArguments(node));
    FOT_RETURN_IF_ERROR(spendOnCall(node.text, value, arguments, node.offset));
    StatusOr<bool> result = applyTest(node.text, value, arguments);
    return result.ok() ? Result(Value::boolean(*result))
                       : Result(place(result.takeStatus(), node.offset));
  }
  case Expression::Kind::Unary:
    return unary(node);
  case Expression::Kind::Binary:
    return binary(node);
  case Expression::Kind::And:
  case Expression::Kind::Or: {
    Value value;
    for (const ExpressionPtr &operand : node.operands) {
      FOT_ASSIGN_OR_RETURN(value, evaluate(*operand));
      if (value.truthy() == (node.kind == Expression::Kind::Or)) {
        break;
      }
    }
    return value;
  }
  case Expression::Kind::Compare:
    return compare(node);
  case Expression::Kind::Conditional: {
    FOT_ASSIGN_OR_RETURN(Value condition, evaluate(*node.operands[0]));
    if (condition.truthy()) {
      return evaluate(*node.operands[1]);
    }
    return node.operands[2] ? evaluate(*node.operands[2])
                            : Result(Value::undefined("else"));
  }
  }
  return failAt(node.offset, "an expression of unknown kind");
}

/// Entries of a mapping are found by going through them.
Status Evaluator::spendOnLookUp(const Value &object, size_t offset) {
  bool hasEntries = object.is(Kind::Map) || object.is(Kind::Namespace);
  return spend(hasEntries ? object.entries().size() / 8 : 0, offset);
}

Evaluator::Result Evaluator::makeMap(const Expression &node) {
  Value entries = Value::space();
  for (size_t i = 0; i + 1 < node.operands.size(); i += 2) {
    FOT_ASSIGN_OR_RETURN(Value key, evaluate(*node.operands[i]));
    FOT_ASSIGN_OR_RETURN(Value value, evaluate(*node.operands[i + 1]));
    if (!key.is(Kind::String)) {
      return failAt(node.offset,
                    std::string("expected strings as keys, found ") +
                        key.kindName());
    }
    FOT_RETURN_IF_ERROR(spend(i, node.offset));
    FOT_RETURN_IF_ERROR(
        place(entries.set(key.text(), std::move(value)), node.offset));
  }
  return spent(Value::map(entries.entries()), node.offset);
}

Evaluator::Result Evaluator::index(const Expression &node) {
  FOT_ASSIGN_OR_RETURN(Value object, evaluate(*node.operands[0]));
  FOT_ASSIGN_OR_RETURN(Value key, evaluate(*node.operands[1]));
  if (object.is(Kind::Undefined)) {
    return failAt(node.offset,
                  "'" + object.text() + "' is undefined and has no entries");
  }
  if (key.is(Kind::String)) {
    FOT_RETURN_IF_ERROR(spendOnLookUp(object, node.offset));
    return attributeOf(object, key.text());
  }
  if (!key.is(Kind::Int)) {
    return Value::undefined("entry");
  }
  std::vector<size_t> offsets;
  int64_t size = 0;
  if (object.is(Kind::List)) {
    size = static_cast<int64_t>(object.items().size());
  } else if (object.is(Kind::String)) {
    FOT_RETURN_IF_ERROR(spend(object.text().size() / 8, node.offset));
    offsets = characterOffsets(object.text());
    size = static_cast<int64_t>(offsets.size()) - 1;
  }
  int64_t at = key.asInt() < 0 ? key.asInt() + size : key.asInt();
  if (at < 0 || at >= size) {
    return Value::undefined("entry " + std::to_string(key.asInt()));
  }
  if (object.is(Kind::List)) {
    return object.items()[at];
  }
  return Value::string(
      object.text().substr(offsets[at], offsets[at + 1] - offsets[at]));
}

Evaluator::Result Evaluator::slice(const Expression &node) {
  FOT_ASSIGN_OR_RETURN(Value object, evaluate(*node.operands[0]));
  if (!object.is(Kind::List) && !object.is(Kind::String)) {
    return failAt(node.offset,
                  std::string("expected a list or string to cut, found ") +
                      object.kindName());
  }
  FOT_RETURN_IF_ERROR(spend(object.is(Kind::List) ? object.items().size()
                                                  : object.text().size(),
                            node.offset));
  StatusOr<List> all = itemsOf(object);
  if (!all.ok()) {
    return place(all.takeStatus(), node.offset);
  }
  std::optional<int64_t> bounds[3];
  for (int i = 0; i < 3; ++i) {
    if (!node.operands[i + 1]) {
      continue;
    }
    FOT_ASSIGN_OR_RETURN(Value bound, evaluate(*node.operands[i + 1]));
    if (bound.is(Kind::Int)) {
      // No list is longer, and sums of such numbers do not overflow.
      bounds[i] = std::clamp<int64_t>(bound.asInt(), -(1ll << 40), 1ll << 40);
    } else if (!bound.is(Kind::None)) {
      return failAt(node.offset,
                    std::string("expected integers as bounds, found ") +
                        bound.kindName());
    }
  }
  int64_t size = static_cast<int64_t>(all->size());
  int64_t step = bounds[2].value_or(1);
  if (step == 0) {
    return failAt(node.offset, "the step of a cut is 0");
  }
  int64_t lowest = step > 0 ? 0 : -1, highest = step > 0 ? size : size - 1;
  auto clampBound = [&](const std::optional<int64_t> &bound, int64_t none) {
    return !bound ? none
                  : std::clamp(*bound < 0 ? *bound + size : *bound, lowest,
                               highest);
  };
  int64_t begin = clampBound(bounds[0], step > 0 ? 0 : size - 1);
  int64_t end = clampBound(bounds[1], step > 0 ? size : -1);
  List kept;
  for (int64_t i = begin; step > 0 ? i < end : i > end; i += step) {
    kept.push_back((*all)[i]);
  }
  if (object.is(Kind::List)) {
    return spent(Value::list(std::move(kept)), node.offset);
  }
  std::string text;
  for (const Value &character : kept) {
    text += character.text();
  }
  return spent(Value::string(std::move(text)), node.offset);
}

Evaluator::Result Evaluator::unary(const Expression &node) {
  FOT_ASSIGN_OR_RETURN(Value value, evaluate(*node.operands[0]));
  if (node.text == "not") {
    return Value::boolean(!value.truthy());
  }
  if (!value.isNumber()) {
    return failAt(node.offset, "expected a number after '" + node.text +
                                   "', found " + value.kindName());
  }
  int sign = node.text == "-" ? -1 : 1;
  if (value.is(Kind::Float)) {
    return Value::real(sign * value.asReal());
  }
  int64_t result = 0;
  if (__builtin_mul_overflow(value.asInt(), sign, &result)) {
    return failAt(node.offset, "a number is too large");
  }
  return Value::integer(result);
}

Evaluator::Result Evaluator::binary(const Expression &node) {
  FOT_ASSIGN_OR_RETURN(Value left, evaluate(*node.operands[0]));
  FOT_ASSIGN_OR_RETURN(Value right, evaluate(*node.operands[1]));
  if (node.text == "~") {
    StatusOr<std::string> a = left.print(), b = right.print();
    if (!a.ok() || !b.ok()) {
      return place(a.ok() ? b.takeStatus() : a.takeStatus(), node.offset);
    }
    return spent(Value::string(*a + *b), node.offset);
  }
  if (node.text == "+" && left.is(Kind::String) && right.is(Kind::String)) {
    return spent(Value::string(left.text() + right.text()), node.offset);
  }
  if (node.text == "+" && left.is(Kind::List) && right.is(Kind::List)) {
    List items = left.items();
    items.insert(items.end(), right.items().begin(), right.items().end());
    return spent(Value::list(std::move(items)), node.offset);
  }
  if (node.text == "*" && left.is(Kind::String) && right.is(Kind::Int)) {
    int64_t count = std::max<int64_t>(right.asInt(), 0);
    size_t bytes = 0;
    if (__builtin_mul_overflow(left.text().size(), static_cast<size_t>(count),
                               &bytes)) {
      return failAt(node.offset, "a repeated string is too long");
    }
    FOT_RETURN_IF_ERROR(spend(bytes / 8, node.offset));
    std::string text;
    for (int64_t i = 0; bytes > 0 && i < count; ++i) {
      text += left.text();
    }
    return Value::string(std::move(text));
  }
  if (left.isNumber() && right.isNumber()) {
    return arithmetic(node, left, right);
  }
  const Value &bad = left.is(Kind::Undefined) ? left : right;
  std::string which =
      bad.is(Kind::Undefined) ? " ('" + bad.text() + "' is undefined)" : "";
  return failAt(node.offset, "cannot compute " + std::string(left.kindName()) +
                                 " " + node.text + " " + right.kindName() +
                                 which);
}

Evaluator::Result Evaluator::arithmetic(const Expression &node,
                                        const Value &left, const Value &right) {
  const std::string &op = node.text;
  bool divides = op == "/" || op == "//" || op == "%";
  if (divides && !right.truthy()) {
    return failAt(node.offset, "division by zero");
  }
  if (op == "**") {
    return failAt(node.offset, "unsupported operator '**'");
  }
  if (op == "/" || left.is(Kind::Float) || right.is(Kind::Float)) {
    double a = left.asReal(), b = right.asReal();
    return Value::real(op == "+"    ? a + b
                       : op == "-"  ? a - b
                       : op == "*"  ? a * b
                       : op == "/"  ? a / b
                       : op == "//" ? std::floor(a / b)
                                    : a - b * std::floor(a / b));
  }
  int64_t a = left.asInt(), b = right.asInt(), result = 0;
  bool overflows = false;
  if (op == "+") {
    overflows = __builtin_add_overflow(a, b, &result);
  } else if (op == "-") {
    overflows = __builtin_sub_overflow(a, b, &result);
  } else if (op == "*") {
    overflows = __builtin_mul_overflow(a, b, &result);
  } else if (b == -1) {
    overflows = op == "//" && __builtin_sub_overflow(int64_t(0), a, &result);
  } else {
    // Python rounds down; the remainder has the divisor's sign.
    int64_t quotient = a / b, remainder = a % b;
    bool adjust = remainder != 0 && (remainder < 0) != (b < 0);
    result = op == "//" ? quotient - adjust : remainder + (adjust ? b : 0);
  }
  if (overflows) {
    return failAt(node.offset, "a number is too large");
  }
  return Value::integer(result);
}

Evaluator::Result Evaluator::compare(const Expression &node) {
  FOT_ASSIGN_OR_RETURN(Value left, evaluate(*node.operands[0]));
  for (size_t i = 0; i < node.operators.size(); ++i) {
    const std::string &op = node.operators[i];
    FOT_ASSIGN_OR_RETURN(Value right, evaluate(*node.operands[i + 1]));
    StatusOr<bool> holds = false;
    // Equality goes through the lighter of the two; "in" through a string, or
    // through a list comparing with each item.
    uint64_t size = std::min(left.weight(), right.weight());
    if (op == "in" || op == "not in") {
      size =
          right.is(Kind::List)
              ? std::min(right.weight(), right.items().size() * left.weight())
              : right.weight();
    }
    FOT_RETURN_IF_ERROR(spend(size, node.offset));
    if (op == "==" || op == "!=") {
      holds = left.equals(right) == (op == "==");
    } else if (op == "in" || op == "not in") {
      holds = contains(right, left);
      if (holds.ok()) {
        holds = *holds == (op == "in");
      }
    } else {
      bool swapped = op[0] == '>';
      bool orEqual = op.size() == 2;
      // a <= b is not (b < a).
      holds = swapped != orEqual ? isLess(right, left) : isLess(left, right);
      if (holds.ok() && orEqual) {
        holds = !*holds;
      }
    }
    if (!holds.ok()) {
      return place(holds.takeStatus(), node.offset);
    }
    if (!*holds) {
      return Value::boolean(false);
    }
    left = std::move(right);
  }
  return Value::boolean(true);
}

} // namespace fot::rt::jinja
