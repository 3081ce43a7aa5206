// Values of templates.
#include "runtime/text/jinja/Value.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace fot::rt::jinja {

Value Value::undefined(std::string name) {
  Value value;
  value.string_ = std::make_shared<const std::string>(std::move(name));
  return value;
}

Value Value::none() {
  Value value;
  value.tag = Kind::None;
  return value;
}

Value Value::boolean(bool flag) {
  Value value;
  value.tag = Kind::Bool;
  value.integerValue = flag;
  return value;
}

Value Value::integer(int64_t integer) {
  Value value;
  value.tag = Kind::Int;
  value.integerValue = integer;
  return value;
}

Value Value::real(double real) {
  Value value;
  value.tag = Kind::Float;
  value.number = real;
  return value;
}

Value Value::string(std::string text) {
  Value value;
  value.tag = Kind::String;
  value.weight_ += text.size() / 8;
  value.string_ = std::make_shared<const std::string>(std::move(text));
  return value;
}

Value Value::space() {
  Value value;
  value.tag = Kind::Namespace;
  value.mapData = std::make_shared<Map>();
  return value;
}

Value Value::macro(const Statement *definition) {
  Value value;
  value.tag = Kind::Macro;
  value.statement = definition;
  return value;
}

static uint64_t addWeights(uint64_t a, uint64_t b) {
  constexpr uint64_t most = uint64_t(1) << 40;
  return std::min(a + b, most);
}

/// Checks a value that is about to lie in another one.
static Status checkInner(const Value &inner, int depth) {
  if (inner.is(Value::Kind::Namespace)) {
    return Status::failure("a namespace inside another value");
  }
  if (depth >= Value::maxDepth) {
    return Status::failure("values nested more than " +
                           std::to_string(Value::maxDepth) + " deep");
  }
  return Status();
}

StatusOr<Value> Value::list(List items) {
  Value value;
  for (const Value &item : items) {
    FOT_RETURN_IF_ERROR(checkInner(item, item.depth));
    value.depth = std::max(value.depth, item.depth + 1);
    value.weight_ = addWeights(value.weight_, item.weight_);
  }
  value.tag = Kind::List;
  value.listData = std::make_shared<const List>(std::move(items));
  return value;
}

StatusOr<Value> Value::map(Map entries) {
  Value value;
  for (const auto &[key, item] : entries) {
    FOT_RETURN_IF_ERROR(checkInner(item, item.depth));
    value.depth = std::max(value.depth, item.depth + 1);
    value.weight_ = addWeights(value.weight_, item.weight_);
  }
  value.tag = Kind::Map;
  value.mapData = std::make_shared<Map>(std::move(entries));
  return value;
}

int64_t Value::asInt() const {
  if (!is(Kind::Float)) {
    return integerValue;
  }
  constexpr double limit = 9.0e18;
  return number > limit     ? INT64_MAX
         : number < -limit  ? INT64_MIN
         : number == number ? static_cast<int64_t>(number)
                            : 0;
}

const std::string &Value::text() const {
  static const std::string empty;
  return string_ ? *string_ : empty;
}

const Value *Value::find(std::string_view key) const {
  if (!mapData) {
    return nullptr;
  }
  for (const auto &[name, value] : *mapData) {
    if (name == key) {
      return &value;
    }
  }
  return nullptr;
}

Status Value::set(const std::string &key, Value value) const {
  FOT_RETURN_IF_ERROR(checkInner(value, value.depth));
  for (auto &[name, held] : *mapData) {
    if (name == key) {
      held = std::move(value);
      return Status();
    }
  }
  mapData->emplace_back(key, std::move(value));
  return Status();
}

bool Value::truthy() const {
  switch (tag) {
  case Kind::Undefined:
  case Kind::None:
    return false;
  case Kind::Bool:
  case Kind::Int:
    return integerValue != 0;
  case Kind::Float:
    return number != 0;
  case Kind::String:
    return !text().empty();
  case Kind::List:
    return !listData->empty();
  case Kind::Map:
    return !mapData->empty();
  case Kind::Namespace:
  case Kind::Macro:
    return true;
  }
  return false;
}

bool Value::equals(const Value &other) const {
  if (isNumber() && other.isNumber()) {
    return is(Kind::Float) || other.is(Kind::Float)
               ? asReal() == other.asReal()
               : integerValue == other.integerValue;
  }
  if (tag != other.tag) {
    return false;
  }
  switch (tag) {
  case Kind::Undefined:
  case Kind::None:
    return true;
  case Kind::String:
    return text() == other.text();
  case Kind::List:
    return std::equal(
        listData->begin(), listData->end(), other.listData->begin(),
        other.listData->end(),
        [](const Value &a, const Value &b) { return a.equals(b); });
  case Kind::Map:
    return mapData->size() == other.mapData->size() &&
           std::all_of(mapData->begin(), mapData->end(), [&](const auto &e) {
             const Value *theirs = other.find(e.first);
             return theirs && e.second.equals(*theirs);
           });
  case Kind::Namespace:
    return mapData == other.mapData;
  case Kind::Macro:
    return statement == other.statement;
  default:
    return false;
  }
}

const char *Value::kindName() const {
  switch (tag) {
  case Kind::Undefined:
    return "an undefined value";
  case Kind::None:
    return "none";
  case Kind::Bool:
    return "a boolean";
  case Kind::Int:
    return "an integer";
  case Kind::Float:
    return "a number";
  case Kind::String:
    return "a string";
  case Kind::List:
    return "a list";
  case Kind::Map:
    return "a mapping";
  case Kind::Namespace:
    return "a namespace";
  case Kind::Macro:
    return "a macro";
  }
  return "a value";
}

static std::string printReal(double number) {
  if (std::isnan(number)) {
    return "nan";
  }
  if (std::isinf(number)) {
    return number < 0 ? "-inf" : "inf";
  }
  // The shortest digits that read back as the same number.
  char buffer[40];
  for (int digits = 1; digits <= 17; ++digits) {
    std::snprintf(buffer, sizeof(buffer), "%.*g", digits, number);
    if (std::strtod(buffer, nullptr) == number) {
      break;
    }
  }
  std::string text = buffer;
  bool plain = text.find_first_of(".e") == std::string::npos;
  return plain ? text + ".0" : text;
}

StatusOr<std::string> Value::print() const {
  switch (tag) {
  case Kind::Undefined:
    return std::string();
  case Kind::None:
    return std::string("None");
  case Kind::Bool:
    return std::string(integerValue ? "True" : "False");
  case Kind::Int:
    return std::to_string(integerValue);
  case Kind::Float:
    return printReal(number);
  case Kind::String:
    return text();
  default:
    return Status::failure(std::string("unsupported printing of ") +
                           kindName());
  }
}

static void appendJsonString(std::string &out, std::string_view text) {
  out.push_back('"');
  for (char c : text) {
    switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    case '\b':
      out += "\\b";
      break;
    case '\f':
      out += "\\f";
      break;
    default:
      if (static_cast<unsigned char>(c) < 0x20) {
        char buffer[8];
        std::snprintf(buffer, sizeof(buffer), "\\u%04x", c);
        out += buffer;
      } else {
        out.push_back(c);
      }
    }
  }
  out.push_back('"');
}

Status Value::appendJson(std::string &out, int indent, int level) const {
  auto breakLine = [&](int at) {
    if (indent >= 0) {
      out.push_back('\n');
      out.append(static_cast<size_t>(indent) * at, ' ');
    }
  };
  const char *comma = indent >= 0 ? "," : ", ";
  bool isFirst = true;
  auto separate = [&] {
    out += isFirst ? "" : comma;
    isFirst = false;
    breakLine(level + 1);
  };
  switch (tag) {
  case Kind::None:
    out += "null";
    return Status();
  case Kind::Bool:
    out += integerValue ? "true" : "false";
    return Status();
  case Kind::Int:
    out += std::to_string(integerValue);
    return Status();
  case Kind::Float:
    out += printReal(number);
    return Status();
  case Kind::String:
    appendJsonString(out, text());
    return Status();
  case Kind::List:
    out.push_back('[');
    for (const Value &item : *listData) {
      separate();
      FOT_RETURN_IF_ERROR(item.appendJson(out, indent, level + 1));
    }
    if (!listData->empty()) {
      breakLine(level);
    }
    out.push_back(']');
    return Status();
  case Kind::Map:
    out.push_back('{');
    for (const auto &[key, item] : *mapData) {
      separate();
      appendJsonString(out, key);
      out += ": ";
      FOT_RETURN_IF_ERROR(item.appendJson(out, indent, level + 1));
    }
    if (!mapData->empty()) {
      breakLine(level);
    }
    out.push_back('}');
    return Status();
  default:
    return Status::failure(std::string("unsupported tojson of ") + kindName());
  }
}

StatusOr<std::string> Value::toJson(int indent) const {
  std::string out;
  FOT_RETURN_IF_ERROR(appendJson(out, indent, 0));
  return out;
}

static bool startsCharacter(char byte) { return (byte & 0xC0) != 0x80; }

size_t countCharacters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), startsCharacter));
}

std::vector<size_t> characterOffsets(std::string_view text) {
  std::vector<size_t> offsets;
  for (size_t i = 0; i < text.size(); ++i) {
    if (startsCharacter(text[i])) {
      offsets.push_back(i);
    }
  }
  offsets.push_back(text.size());
  return offsets;
}

} // namespace fot::rt::jinja
