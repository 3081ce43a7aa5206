// Status and StatusOr: how the runtime reports that something did not work.
// A failure carries one sentence for the user: what was expected, what was
// found, and where. There are no exceptions and no aborts on bad input.
#ifndef FOT_RUNTIME_BASE_STATUS_H
#define FOT_RUNTIME_BASE_STATUS_H

#include <cassert>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace fot::rt {

/// Success, or a failure with its sentence. One pointer wide; null is success.
class [[nodiscard]] Status {
public:
  Status() = default;
  static Status failure(std::string sentence) {
    Status status;
    status.sentence = std::make_unique<std::string>(std::move(sentence));
    return status;
  }

  bool ok() const { return !sentence; }
  /// The sentence of a failure; empty for success.
  const std::string &message() const {
    static const std::string none;
    return sentence ? *sentence : none;
  }
  /// The same failure with `where` and a colon in front.
  Status at(const std::string &where) && {
    if (sentence) {
      *sentence = where + ": " + *sentence;
    }
    return std::move(*this);
  }

private:
  std::unique_ptr<std::string> sentence;
};

/// A value, or the failure that explains why there is none.
template <typename T> class [[nodiscard]] StatusOr {
public:
  StatusOr(T value) : held(std::move(value)) {}
  StatusOr(Status status) : error(std::move(status)) {
    assert(!error.ok() && "a StatusOr without a value needs a failure");
  }

  bool ok() const { return held.has_value(); }
  const Status &status() const { return error; }
  Status takeStatus() { return std::move(error); }
  T &operator*() { return *held; }
  const T &operator*() const { return *held; }
  T *operator->() { return &*held; }
  const T *operator->() const { return &*held; }

private:
  std::optional<T> held;
  Status error;
};

/// Returns from the enclosing function with the failure of `expression`.
#define FOT_RETURN_IF_ERROR(expression)                                        \
  do {                                                                         \
    if (::fot::rt::Status fotStatus = (expression); !fotStatus.ok()) {         \
      return fotStatus;                                                        \
    }                                                                          \
  } while (false)

/// `FOT_ASSIGN_OR_RETURN(auto file, openFile(path));`
#define FOT_ASSIGN_OR_RETURN(declaration, expression)                          \
  FOT_ASSIGN_OR_RETURN_IMPL(FOT_CONCAT(fotResult, __LINE__), declaration,      \
                            expression)
#define FOT_ASSIGN_OR_RETURN_IMPL(result, declaration, expression)             \
  auto result = (expression);                                                  \
  if (!result.ok()) {                                                          \
    return result.takeStatus();                                                \
  }                                                                            \
  declaration = std::move(*result)
#define FOT_CONCAT(a, b) FOT_CONCAT_IMPL(a, b)
#define FOT_CONCAT_IMPL(a, b) a##b

} // namespace fot::rt

#endif
