// Methods of strings and mappings.
#include "runtime/text/jinja/Builtins.h"

#include <algorithm>

namespace fot::rt::jinja {

using Kind = Value::Kind;

static const std::string whiteSpace = " \t\n\r\v\f";

/// The pieces of `text` between separators, at most `most` + 1 of them.
static List splitBy(const std::string &text, const std::string &separator,
                    int64_t most) {
  List pieces;
  size_t begin = 0;
  while (most != 0) {
    size_t end = text.find(separator, begin);
    if (end == std::string::npos) {
      break;
    }
    pieces.push_back(Value::string(text.substr(begin, end - begin)));
    begin = end + separator.size();
    most -= most > 0;
  }
  pieces.push_back(Value::string(text.substr(begin)));
  return pieces;
}

static List splitWords(const std::string &text, int64_t most) {
  List pieces;
  size_t begin = text.find_first_not_of(whiteSpace);
  while (begin != std::string::npos) {
    size_t end = text.find_first_of(whiteSpace, begin);
    if (most == 0) {
      end = std::string::npos;
    }
    most -= most > 0;
    pieces.push_back(Value::string(text.substr(begin, end - begin)));
    begin = end == std::string::npos ? end
                                     : text.find_first_not_of(whiteSpace, end);
  }
  return pieces;
}

/// startswith and endswith, whose argument may be a list of choices.
static bool hasEnd(const std::string &text, const Value &end, bool front) {
  if (end.is(Kind::List)) {
    return std::any_of(end.items().begin(), end.items().end(),
                       [&](const Value &one) {
                         return !one.is(Kind::List) && hasEnd(text, one, front);
                       });
  }
  const std::string &part = end.text();
  return part.size() <= text.size() &&
         text.compare(front ? 0 : text.size() - part.size(), part.size(),
                      part) == 0;
}

static StatusOr<std::string> replaceAll(const std::string &text,
                                        const Arguments &arguments) {
  const Value *from = arguments.get(0, "old");
  const Value *to = arguments.get(1, "new");
  if (!from || !to || !from->is(Kind::String) || !to->is(Kind::String) ||
      from->text().empty()) {
    return Status::failure("expected two strings for 'replace', the first not "
                           "empty");
  }
  const Value *limit = arguments.get(2, "count");
  int64_t most = limit && limit->is(Kind::Int) ? limit->asInt() : -1;
  // Growing by more than this is no chat template.
  constexpr size_t maxBytes = 64 << 20;
  std::string result;
  size_t begin = 0;
  while (most != 0) {
    size_t at = text.find(from->text(), begin);
    if (at == std::string::npos) {
      break;
    }
    result += text.substr(begin, at - begin) + to->text();
    if (result.size() > maxBytes) {
      return Status::failure("a string grows beyond 64 MiB in 'replace'");
    }
    begin = at + from->text().size();
    most -= most > 0;
  }
  return result + text.substr(begin);
}

static std::string capitalize(const std::string &text, bool everyWord) {
  std::string result = changeCase(text, /*upper=*/false);
  bool begins = true;
  for (char &c : result) {
    if (begins && c >= 'a' && c <= 'z') {
      c = static_cast<char>(c - 'a' + 'A');
    }
    bool isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    begins = everyWord && !isLetter;
  }
  return result;
}

static StatusOr<Value> callStringMethod(const std::string &text,
                                        const std::string &name,
                                        const Arguments &arguments) {
  const Value *first = arguments.get(0, "");
  if (first && first->is(Kind::None)) {
    first = nullptr;
  }
  auto needsText = [&]() -> Status {
    bool good = first && (first->is(Kind::String) || first->is(Kind::List));
    return good ? Status()
                : Status::failure("expected a string for the method '" + name +
                                  "', found " +
                                  (first ? first->kindName() : "nothing"));
  };
  if (name == "strip" || name == "lstrip" || name == "rstrip") {
    return Value::string(strip(text, first ? first->text() : whiteSpace,
                               name != "rstrip", name != "lstrip"));
  }
  if (name == "split") {
    const Value *limit = arguments.get(1, "maxsplit");
    int64_t most = limit && limit->is(Kind::Int) ? limit->asInt() : -1;
    if (first && first->text().empty()) {
      return Status::failure("expected a separator for the method 'split'");
    }
    return Value::list(first ? splitBy(text, first->text(), most)
                             : splitWords(text, most));
  }
  if (name == "startswith" || name == "endswith") {
    FOT_RETURN_IF_ERROR(needsText());
    return Value::boolean(hasEnd(text, *first, name[0] == 's'));
  }
  if (name == "removeprefix" || name == "removesuffix") {
    FOT_RETURN_IF_ERROR(needsText());
    bool front = name == "removeprefix";
    if (!hasEnd(text, *first, front)) {
      return Value::string(text);
    }
    size_t rest = text.size() - first->text().size();
    return Value::string(text.substr(front ? first->text().size() : 0, rest));
  }
  if (name == "replace") {
    FOT_ASSIGN_OR_RETURN(std::string result, replaceAll(text, arguments));
    return Value::string(std::move(result));
  }
  if (name == "upper" || name == "lower") {
    return Value::string(changeCase(text, name == "upper"));
  }
  if (name == "capitalize" || name == "title") {
    return Value::string(capitalize(text, name == "title"));
  }
  if (name == "find" || name == "count") {
    FOT_RETURN_IF_ERROR(needsText());
    if (name == "count") {
      return Value::integer(
          first->text().empty()
              ? static_cast<int64_t>(countCharacters(text)) + 1
              : static_cast<int64_t>(splitBy(text, first->text(), -1).size()) -
                    1);
    }
    size_t at = text.find(first->text());
    return Value::integer(
        at == std::string::npos
            ? -1
            : static_cast<int64_t>(countCharacters(text.substr(0, at))));
  }
  if (name == "isdigit") {
    return Value::boolean(!text.empty() &&
                          text.find_first_not_of("0123456789") ==
                              std::string::npos);
  }
  if (name == "join" && first) {
    Arguments separator{{Value::string(text)}, {}};
    return applyFilter("join", *first, separator);
  }
  return Status::failure("unsupported method '" + name + "' of a string");
}

static StatusOr<Value> callMapMethod(const Value &self, const std::string &name,
                                     const Arguments &arguments) {
  if (name == "get") {
    const Value *key = arguments.get(0, "key");
    const Value *fallback = arguments.get(1, "default");
    const Value *found = key ? self.find(key->text()) : nullptr;
    return found ? *found : fallback ? *fallback : Value::none();
  }
  if (name == "items" || name == "keys" || name == "values") {
    List list;
    for (const auto &[key, value] : self.entries()) {
      if (name == "items") {
        FOT_ASSIGN_OR_RETURN(Value pair,
                             Value::list({Value::string(key), value}));
        list.push_back(std::move(pair));
      } else {
        list.push_back(name == "keys" ? Value::string(key) : value);
      }
    }
    return Value::list(std::move(list));
  }
  return Status::failure("unsupported method '" + name + "' of a mapping");
}

StatusOr<Value> callMethod(const Value &self, const std::string &name,
                           const Arguments &arguments) {
  if (self.is(Kind::String)) {
    return callStringMethod(self.text(), name, arguments);
  }
  if (self.is(Kind::Map)) {
    return callMapMethod(self, name, arguments);
  }
  return Status::failure("unsupported method '" + name + "' of " +
                         self.kindName());
}

} // namespace fot::rt::jinja
