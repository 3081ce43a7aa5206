// Statements, names and calls of templates.
#include "runtime/text/jinja/Evaluator.h"

#include "runtime/text/jinja/Lexer.h"

namespace fot::rt::jinja {

using Kind = Value::Kind;

// A unit is a visited node, a list item or some bytes of a string. Templates in
// use go over a conversation's text a few times and take thousands of steps.
static constexpr uint64_t baseWork = 4000000;
static constexpr uint64_t workPerByte = 64;
// Bounds the stack: each level takes a few kilobytes at most.
static constexpr int maxDepth = 400;

/// Counts a level for as long as it lives.
namespace {
struct Level {
  explicit Level(int &depth) : depth(depth) { ++depth; }
  ~Level() { --depth; }
  int &depth;
};
} // namespace

Evaluator::Evaluator(std::string_view source,
                     std::map<std::string, Value> globals, size_t inputBytes)
    : source(source), budget(baseWork + workPerByte * inputBytes) {
  scopes.push_back(std::move(globals));
}

Status Evaluator::failAt(size_t offset, const std::string &what) const {
  return Status::failure("chat template, " + positionOf(source, offset) + ": " +
                         what);
}

Status Evaluator::place(Status status, size_t offset) const {
  return status.ok() ? Status() : failAt(offset, status.message());
}

Status Evaluator::spend(uint64_t work, size_t offset) {
  if (work > budget) {
    return failAt(offset, "the template takes too many steps");
  }
  budget -= work;
  return Status();
}

/// Counts what a new value took and gives a failure its place.
Evaluator::Result Evaluator::spent(Result value, size_t offset) {
  if (!value.ok()) {
    return place(value.takeStatus(), offset);
  }
  size_t size = value->is(Kind::String) ? value->text().size() / 8
                : value->is(Kind::List) ? value->items().size()
                                        : 0;
  FOT_RETURN_IF_ERROR(spend(size, offset));
  return value;
}

StatusOr<std::string> Evaluator::run(const Body &body) {
  std::string out;
  FOT_RETURN_IF_ERROR(execute(body, out));
  return out;
}

Status Evaluator::execute(const Body &body, std::string &out) {
  if (body.empty()) {
    return Status();
  }
  if (depth >= maxDepth) {
    return failAt(body.front()->offset, "calls nest too deeply");
  }
  Level level(depth);
  for (const std::unique_ptr<Statement> &statement : body) {
    FOT_RETURN_IF_ERROR(executeOne(*statement, out));
    if (flow != Flow::Normal) {
      break;
    }
  }
  return Status();
}

Status Evaluator::executeOne(const Statement &statement, std::string &out) {
  FOT_RETURN_IF_ERROR(spend(1, statement.offset));
  switch (statement.kind) {
  case Statement::Kind::Text:
    out += statement.text;
    return spend(statement.text.size() / 8, statement.offset);
  case Statement::Kind::Output: {
    FOT_ASSIGN_OR_RETURN(Value value, evaluate(*statement.expression));
    StatusOr<std::string> text = value.print();
    if (!text.ok()) {
      return failAt(statement.offset, text.status().message());
    }
    out += *text;
    return spend(text->size() / 8, statement.offset);
  }
  case Statement::Kind::If:
    for (const auto &[condition, body] : statement.branches) {
      FOT_ASSIGN_OR_RETURN(Value value, evaluate(*condition));
      if (value.truthy()) {
        return execute(body, out);
      }
    }
    return execute(statement.otherwise, out);
  case Statement::Kind::For:
    return executeFor(statement, out);
  case Statement::Kind::Set:
    return executeSet(statement);
  case Statement::Kind::Macro:
    scopes.back()[statement.text] = Value::macro(&statement);
    return Status();
  case Statement::Kind::Scope:
    return execute(statement.body, out);
  case Statement::Kind::Break:
  case Statement::Kind::Continue:
    if (loops == 0) {
      return failAt(statement.offset, "'break' or 'continue' outside a loop");
    }
    flow =
        statement.kind == Statement::Kind::Break ? Flow::Break : Flow::Continue;
    return Status();
  }
  return Status();
}

Status Evaluator::bind(const std::vector<std::string> &names,
                       const Value &value, size_t offset) {
  if (names.size() == 1) {
    scopes.back()[names[0]] = value;
    return Status();
  }
  if (!value.is(Kind::List) || value.items().size() != names.size()) {
    return failAt(offset, "expected a list of " + std::to_string(names.size()) +
                              " values to unpack, found " + value.kindName());
  }
  for (size_t i = 0; i < names.size(); ++i) {
    scopes.back()[names[i]] = value.items()[i];
  }
  return Status();
}

/// The variable `loop` of one turn.
static StatusOr<Value> loopValue(const List &items, size_t i) {
  auto number = [](size_t n) {
    return Value::integer(static_cast<int64_t>(n));
  };
  return Value::map(
      {{"index", number(i + 1)},
       {"index0", number(i)},
       {"revindex", number(items.size() - i)},
       {"revindex0", number(items.size() - i - 1)},
       {"first", Value::boolean(i == 0)},
       {"last", Value::boolean(i + 1 == items.size())},
       {"length", number(items.size())},
       {"previtem", i > 0 ? items[i - 1] : Value::undefined("previtem")},
       {"nextitem",
        i + 1 < items.size() ? items[i + 1] : Value::undefined("nextitem")}});
}

Status Evaluator::executeFor(const Statement &loop, std::string &out) {
  FOT_ASSIGN_OR_RETURN(Value iterable, evaluate(*loop.expression));
  FOT_RETURN_IF_ERROR(spend(
      iterable.is(Kind::String) ? iterable.text().size() : 0, loop.offset));
  StatusOr<List> all = itemsOf(iterable);
  if (!all.ok()) {
    return failAt(loop.offset, all.status().message());
  }
  FOT_RETURN_IF_ERROR(spend(all->size(), loop.offset));
  List items;
  if (loop.filter) {
    for (const Value &item : *all) {
      scopes.emplace_back();
      Status bound = bind(loop.names, item, loop.offset);
      Result keep = bound.ok() ? evaluate(*loop.filter) : std::move(bound);
      scopes.pop_back();
      if (!keep.ok()) {
        return keep.takeStatus();
      }
      if (keep->truthy()) {
        items.push_back(item);
      }
    }
  } else {
    items = std::move(*all);
  }
  if (items.empty()) {
    return execute(loop.otherwise, out);
  }
  ++loops;
  Status status;
  for (size_t i = 0; i < items.size() && status.ok(); ++i) {
    scopes.emplace_back();
    status = bind(loop.names, items[i], loop.offset);
    if (status.ok()) {
      Result variable = loopValue(items, i);
      if (variable.ok()) {
        scopes.back()["loop"] = *variable;
        status = execute(loop.body, out);
      } else {
        status = place(variable.takeStatus(), loop.offset);
      }
    }
    scopes.pop_back();
    bool leaves = flow == Flow::Break;
    flow = Flow::Normal;
    if (leaves) {
      break;
    }
  }
  --loops;
  return status;
}

Status Evaluator::executeSet(const Statement &set) {
  Value value;
  if (set.expression) {
    FOT_ASSIGN_OR_RETURN(value, evaluate(*set.expression));
  } else {
    std::string text;
    FOT_RETURN_IF_ERROR(execute(set.body, text));
    value = Value::string(std::move(text));
  }
  if (set.attribute.empty()) {
    return bind(set.names, value, set.offset);
  }
  Expression name;
  name.kind = Expression::Kind::Name;
  name.offset = set.offset;
  name.text = set.names[0];
  FOT_ASSIGN_OR_RETURN(Value target, lookUp(name));
  if (!target.is(Kind::Namespace)) {
    return failAt(set.offset, "expected a namespace in '" + set.names[0] +
                                  "', found " + target.kindName());
  }
  return place(target.set(set.attribute, std::move(value)), set.offset);
}

Evaluator::Result Evaluator::lookUp(const Expression &node) {
  for (auto scope = scopes.rbegin(); scope != scopes.rend(); ++scope) {
    auto found = scope->find(node.text);
    if (found != scope->end()) {
      return found->second;
    }
  }
  return Value::undefined(node.text);
}

StatusOr<Arguments> Evaluator::evaluateArguments(const Expression &node) {
  Arguments arguments;
  for (size_t i = 1; i < node.operands.size(); ++i) {
    FOT_ASSIGN_OR_RETURN(Value value, evaluate(*node.operands[i]));
    arguments.values.push_back(std::move(value));
  }
  for (const auto &[name, operand] : node.named) {
    FOT_ASSIGN_OR_RETURN(Value value, evaluate(*operand));
    arguments.named.emplace_back(name, std::move(value));
  }
  return arguments;
}

Status Evaluator::spendOnCall(const std::string &name, const Value &self,
                              const Arguments &arguments, size_t offset) {
  bool isDeep = name == "tojson" || name == "join";
  uint64_t work = isDeep                  ? self.weight()
                  : self.is(Kind::String) ? self.text().size()
                  : self.is(Kind::List)   ? self.items().size()
                  : self.is(Kind::Map)    ? self.entries().size()
                                          : 0;
  uint64_t factor = 1;
  for (const Value &value : arguments.values) {
    factor += value.weight();
  }
  for (const auto &[key, value] : arguments.named) {
    factor += value.weight();
  }
  uint64_t product = 0;
  bool overflows = __builtin_mul_overflow(work + 1, factor, &product);
  return spend(overflows ? UINT64_MAX : product, offset);
}

Evaluator::Result Evaluator::call(const Expression &node) {
  const Expression &callee = *node.operands[0];
  FOT_ASSIGN_OR_RETURN(Arguments arguments, evaluateArguments(node));
  if (callee.kind == Expression::Kind::Attribute) {
    FOT_ASSIGN_OR_RETURN(Value self, evaluate(*callee.operands[0]));
    FOT_RETURN_IF_ERROR(spendOnCall(callee.text, self, arguments, node.offset));
    return spent(callMethod(self, callee.text, arguments), callee.offset);
  }
  FOT_ASSIGN_OR_RETURN(Value target, evaluate(callee));
  if (target.is(Kind::Macro)) {
    return callMacro(*target.definition(), arguments, node.offset);
  }
  if (callee.kind == Expression::Kind::Name && target.is(Kind::Undefined)) {
    return spent(callFunction(callee.text, arguments), callee.offset);
  }
  return failAt(node.offset, std::string("expected something to call, found ") +
                                 target.kindName());
}

Evaluator::Result Evaluator::callMacro(const Statement &macro,
                                       const Arguments &arguments,
                                       size_t offset) {
  // A macro sees the globals and its own variables.
  std::vector<Scope> callers;
  callers.swap(scopes);
  scopes.push_back(std::move(callers.front()));
  scopes.emplace_back();
  int outerLoops = loops;
  loops = 0;
  Status status;
  for (size_t i = 0; i < macro.names.size() && status.ok(); ++i) {
    Value value = Value::undefined(macro.names[i]);
    if (const Value *given = arguments.get(i, macro.names[i])) {
      value = *given;
    } else if (macro.defaults[i]) {
      Result fallback = evaluate(*macro.defaults[i]);
      if (fallback.ok()) {
        value = *fallback;
      } else {
        status = fallback.takeStatus();
      }
    }
    scopes.back()[macro.names[i]] = std::move(value);
  }
  std::string text;
  if (status.ok()) {
    status = execute(macro.body, text);
  }
  callers.front() = std::move(scopes.front());
  scopes.swap(callers);
  loops = outerLoops;
  FOT_RETURN_IF_ERROR(std::move(status));
  return spent(Value::string(std::move(text)), offset);
}

Evaluator::Result Evaluator::callFunction(const std::string &name,
                                          const Arguments &arguments) {
  if (name == "raise_exception") {
    const Value *message = arguments.get(0, "message");
    return Status::failure("the template refuses the conversation: " +
                           (message ? message->text() : std::string()));
  }
  if (name == "namespace" || name == "dict") {
    Value space = Value::space();
    for (const auto &[key, value] : arguments.named) {
      FOT_RETURN_IF_ERROR(space.set(key, value));
    }
    return name == "dict" ? Value::map(space.entries()) : Result(space);
  }
  if (name == "range") {
    int64_t bounds[3] = {0, 0, 1};
    size_t n = arguments.values.size();
    for (size_t i = 0; i < n && i < 3; ++i) {
      if (!arguments.values[i].is(Kind::Int)) {
        return Status::failure(std::string("expected integers for 'range', "
                                           "found ") +
                               arguments.values[i].kindName());
      }
      bounds[n == 1 ? 1 : i] = arguments.values[i].asInt();
    }
    constexpr int64_t most = 100000;
    auto small = [](int64_t x) { return x > -(1ll << 40) && x < (1ll << 40); };
    if (n == 0 || n > 3 || bounds[2] == 0 || !small(bounds[0]) ||
        !small(bounds[1]) || !small(bounds[2]) ||
        (bounds[1] - bounds[0]) / bounds[2] > most) {
      return Status::failure("expected 1 to 3 numbers for 'range' that give at "
                             "most " +
                             std::to_string(most) + " values");
    }
    List items;
    for (int64_t i = bounds[0]; bounds[2] > 0 ? i < bounds[1] : i > bounds[1];
         i += bounds[2]) {
      items.push_back(Value::integer(i));
    }
    return Value::list(std::move(items));
  }
  return Status::failure("unsupported function '" + name +
                         "'; supported are dict, namespace, raise_exception, "
                         "range and macros");
}

Evaluator::Result Evaluator::evaluate(const Expression &node) {
  if (depth >= maxDepth) {
    return failAt(node.offset, "calls nest too deeply");
  }
  Level level(depth);
  FOT_RETURN_IF_ERROR(spend(1, node.offset));
  return evaluateInner(node);
}

} // namespace fot::rt::jinja
