// Pre-tokenization with PCRE2. The expressions come with the artifact, so the
// work of each match is limited.
#include "runtime/text/Splitter.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <algorithm>

namespace fot::rt {

namespace {
struct Free {
  void operator()(pcre2_code *p) const { pcre2_code_free(p); }
  void operator()(pcre2_match_data *p) const { pcre2_match_data_free(p); }
  void operator()(pcre2_match_context *p) const { pcre2_match_context_free(p); }
  void operator()(pcre2_jit_stack *p) const { pcre2_jit_stack_free(p); }
};
template <typename T> using Owned = std::unique_ptr<T, Free>;

/// What a match needs besides the expression; one per call of split().
struct Matcher {
  Owned<pcre2_match_context> context;
  Owned<pcre2_jit_stack> stack;
};
} // namespace

struct Splitter::Step {
  Owned<pcre2_code> code;
  SplitStep::Keep keep;
};

Splitter::Splitter() = default;
Splitter::Splitter(Splitter &&) noexcept = default;
Splitter &Splitter::operator=(Splitter &&) noexcept = default;
Splitter::~Splitter() = default;

static constexpr size_t maxSteps = 32;
static constexpr size_t maxRegexBytes = 16384;

static std::string describe(int error) {
  PCRE2_UCHAR text[256];
  if (pcre2_get_error_message(error, text, sizeof(text)) < 0) {
    return "error " + std::to_string(error);
  }
  return reinterpret_cast<const char *>(text);
}

StatusOr<Splitter> Splitter::create(const std::vector<SplitStep> &list) {
  if (list.size() > maxSteps) {
    return Status::failure("expected at most " + std::to_string(maxSteps) +
                           " pre-tokenizer steps, found " +
                           std::to_string(list.size()));
  }
  Splitter splitter;
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string &regex = list[i].regex;
    std::string name = "pre-tokenizer step " + std::to_string(i);
    if (regex.size() > maxRegexBytes) {
      return Status::failure(name + " has a regular expression of " +
                             std::to_string(regex.size()) + " bytes; at most " +
                             std::to_string(maxRegexBytes) + " are allowed");
    }
    int error = 0;
    PCRE2_SIZE offset = 0;
    Owned<pcre2_code> code(
        pcre2_compile(reinterpret_cast<PCRE2_SPTR>(regex.data()), regex.size(),
                      PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error,
                      &offset, nullptr));
    if (!code) {
      return Status::failure(
          name + " is not a regular expression: " + describe(error) +
          " at byte " + std::to_string(offset));
    }
    // Without compiled code (no executable memory) matching still works.
    (void)pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);
    splitter.steps.push_back({std::move(code), list[i].keep});
  }
  return splitter;
}

static Matcher makeMatcher(size_t textBytes) {
  Matcher matcher;
  matcher.context.reset(pcre2_match_context_create(nullptr));
  if (!matcher.context) {
    return matcher;
  }
  // Expressions in use take a small multiple of the text's length; those that
  // explode hit the limit within a second.
  size_t limit = std::min<size_t>(1000000 + 32 * textBytes, 0x7fffffff);
  pcre2_set_match_limit(matcher.context.get(), static_cast<uint32_t>(limit));
  pcre2_set_heap_limit(matcher.context.get(), 256 * 1024); // KiB
  matcher.stack.reset(pcre2_jit_stack_create(32 * 1024, 8 << 20, nullptr));
  if (matcher.stack) {
    pcre2_jit_stack_assign(matcher.context.get(), nullptr, matcher.stack.get());
  }
  return matcher;
}

/// Cuts one piece by one expression.
static Status cut(std::string_view text, const pcre2_code *code,
                  SplitStep::Keep keep, Matcher &matcher,
                  pcre2_match_data *data,
                  std::vector<std::string_view> &pieces) {
  auto emit = [&](size_t begin, size_t end, bool isMatch) {
    bool wanted = keep == SplitStep::Keep::All ||
                  (keep == SplitStep::Keep::Matches) == isMatch;
    if (begin < end && wanted) {
      pieces.push_back(text.substr(begin, end - begin));
    }
  };
  const auto *subject = reinterpret_cast<PCRE2_SPTR>(text.data());
  size_t done = 0, from = 0;
  while (from < text.size()) {
    int result = pcre2_match(code, subject, text.size(), from,
                             PCRE2_NO_UTF_CHECK, data, matcher.context.get());
    if (result == PCRE2_ERROR_JIT_STACKLIMIT) {
      result = pcre2_match(code, subject, text.size(), from,
                           PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data,
                           matcher.context.get());
    }
    if (result == PCRE2_ERROR_NOMATCH) {
      break;
    }
    if (result < 0) {
      return Status::failure("a pre-tokenizer expression failed on text of " +
                             std::to_string(text.size()) +
                             " bytes: " + describe(result));
    }
    const PCRE2_SIZE *bounds = pcre2_get_ovector_pointer(data);
    // \K can move a match's start; it never moves back over what is done.
    size_t end = bounds[1];
    size_t begin = std::max<size_t>(std::min<size_t>(bounds[0], end), done);
    end = std::max(begin, end);
    emit(done, begin, false);
    emit(begin, end, true);
    done = end;
    from = end;
    if (bounds[0] >= bounds[1]) {
      // An empty match cuts here; the search goes on one character later.
      ++from;
      while (from < text.size() && (text[from] & 0xC0) == 0x80) {
        ++from;
      }
    }
  }
  emit(done, text.size(), false);
  return Status();
}

Status Splitter::split(std::string_view text,
                       std::vector<std::string_view> &pieces) const {
  std::vector<std::string_view> current = {text};
  Matcher matcher = makeMatcher(text.size());
  for (const Step &step : steps) {
    Owned<pcre2_match_data> data(
        pcre2_match_data_create_from_pattern(step.code.get(), nullptr));
    if (!data || !matcher.context) {
      return Status::failure("out of memory while splitting text of " +
                             std::to_string(text.size()) + " bytes");
    }
    std::vector<std::string_view> next;
    for (std::string_view piece : current) {
      FOT_RETURN_IF_ERROR(
          cut(piece, step.code.get(), step.keep, matcher, data.get(), next));
    }
    current = std::move(next);
  }
  pieces.insert(pieces.end(), current.begin(), current.end());
  return Status();
}

} // namespace fot::rt
