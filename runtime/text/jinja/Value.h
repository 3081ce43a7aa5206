// Value: what expressions of a template evaluate to, with Python's meanings.
#ifndef FOT_RUNTIME_TEXT_JINJA_VALUE_H
#define FOT_RUNTIME_TEXT_JINJA_VALUE_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fot::rt::jinja {

struct Statement;
class Value;

using List = std::vector<Value>;
/// Keys in the order in which they came.
using Map = std::vector<std::pair<std::string, Value>>;

/// A value; cheap to copy. Strings, lists and maps never change once made; a
/// namespace is the one thing that does.
class Value {
public:
  enum class Kind {
    Undefined,
    None,
    Bool,
    Int,
    Float,
    String,
    List,
    Map,
    Namespace,
    Macro
  };
  /// Lists and maps nest no deeper than this.
  static constexpr int maxDepth = 24;

  Value() = default; // undefined
  static Value undefined(std::string name);
  static Value none();
  static Value boolean(bool value);
  static Value integer(int64_t value);
  static Value real(double value);
  static Value string(std::string text);
  /// Fail where values nest too deeply or a namespace would lie inside.
  static StatusOr<Value> list(List items);
  static StatusOr<Value> map(Map entries);
  static Value space();
  static Value macro(const Statement *definition);

  /// What going through all of the value takes: its parts, and an eighth of its
  /// strings' bytes. Lists that share parts can be far heavier than they are
  /// large.
  uint64_t weight() const { return weight_; }
  Kind kind() const { return tag; }
  bool is(Kind other) const { return tag == other; }
  bool isNumber() const {
    return is(Kind::Bool) || is(Kind::Int) || is(Kind::Float);
  }
  /// Of a Bool, Int or Float.
  int64_t asInt() const;
  double asReal() const { return is(Kind::Float) ? number : integerValue; }
  /// Of a String; of an Undefined, the name that was looked up.
  const std::string &text() const;
  const List &items() const { return *listData; } // of a List
  const Map &entries() const { return *mapData; } // of a Map, Namespace
  const Statement *definition() const { return statement; } // of a Macro

  /// The entry of a Map or Namespace, or null.
  const Value *find(std::string_view key) const;
  /// Sets an entry of a Namespace; fails like map().
  Status set(const std::string &key, Value value) const;

  bool truthy() const;
  /// Python's ==.
  bool equals(const Value &other) const;
  /// "string", "list", ... for messages.
  const char *kindName() const;
  /// What {{ }} prints. Fails on lists, maps and macros, whose Python spelling
  /// no chat template means.
  StatusOr<std::string> print() const;
  /// JSON as Python's json.dumps writes it; `indent` below 0: on one line.
  StatusOr<std::string> toJson(int indent) const;

private:
  Status appendJson(std::string &out, int indent, int level) const;

  Kind tag = Kind::Undefined;
  int depth = 0;
  uint64_t weight_ = 1;
  int64_t integerValue = 0;
  double number = 0;
  std::shared_ptr<const std::string> string_;
  std::shared_ptr<const List> listData;
  std::shared_ptr<Map> mapData;
  const Statement *statement = nullptr;
};

/// Code points of valid UTF-8 `text`: Python counts and cuts by them.
size_t countCharacters(std::string_view text);
/// Byte offset of each code point, and the end's.
std::vector<size_t> characterOffsets(std::string_view text);

} // namespace fot::rt::jinja

#endif
