// Templates that are damaged or made to hurt end with a sentence, in time.
#include "runtime/text/ChatTemplate.h"

#include <gtest/gtest.h>

#include <random>

using namespace fot::rt;

static std::string repeat(std::string_view text, int n) {
  std::string out;
  for (int i = 0; i < n; ++i) {
    out += text;
  }
  return out;
}

static void expectFailure(const std::string &source,
                          std::string_view expected) {
  auto text = renderChat(source, {{"user", "hi"}}, {});
  ASSERT_FALSE(text.ok());
  EXPECT_NE(text.status().message().find(expected), std::string::npos)
      << text.status().message();
}

TEST(ChatTemplateLimits, DeepSyntax) {
  expectFailure("{{ " + repeat("(", 100000) + repeat(")", 100000) + "}}",
                "nesting deeper");
  expectFailure("{{ " + repeat("[", 100000) + repeat("]", 100000) + "}}",
                "nesting deeper");
  expectFailure("{{ " + repeat("-", 100000) + "1 }}", "nesting deeper");
  expectFailure("{{ " + repeat("not ", 100000) + "1 }}", "nesting deeper");
  expectFailure("{{ 1" + repeat(" if 1 else 1", 50000) + " }}",
                "nesting deeper");
  expectFailure("{{ 1" + repeat(" is odd is odd", 50000) + " }}",
                "operations in a row");
  expectFailure("{{ 1" + repeat("+1", 100000) + " }}", "operations in a row");
  expectFailure("{{ 'a'" + repeat("|trim", 100000) + " }}",
                "operations in a row");
  expectFailure(repeat("{% if 1 %}", 50000), "nesting deeper");
  expectFailure(repeat("{% for x in y %}", 50000), "nesting deeper");
}

TEST(ChatTemplateLimits, EndlessWork) {
  std::string nested;
  for (int i = 0; i < 10; ++i) {
    nested += "{% for x in range(100000) %}";
  }
  expectFailure(nested + repeat("{% endfor %}", 10), "too many steps");
  expectFailure("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "too deeply");
  expectFailure("{% macro m(n) %}{{ m(n) }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
                "too deeply");
  expectFailure("{% set n = namespace(s='x') %}{% for i in range(100) %}"
                "{% set n.s = n.s + n.s %}{% endfor %}",
                "too many steps");
  expectFailure("{% set n = namespace(s=['x']) %}{% for i in range(100) %}"
                "{% set n.s = n.s + n.s %}{% endfor %}",
                "too many steps");
  expectFailure("{{ 'x' * 9000000000000000000 }}", "too many steps");
  expectFailure("{% set n = namespace(s=['x']) %}{% for i in range(20) %}"
                "{% set n.s = [n.s, n.s] %}{% endfor %}"
                "{% set m = namespace(s=['x']) %}{% for i in range(20) %}"
                "{% set m.s = [m.s, m.s] %}{% endfor %}"
                "{{ [n.s, n.s, n.s, n.s, n.s] == [m.s, m.s, m.s, m.s, m.s] }}"
                "{{ [n.s, n.s, n.s, n.s, n.s]|tojson }}",
                "too many steps");
  expectFailure("{% set n = namespace(s=[]) %}{% for i in range(1000) %}"
                "{% set n.s = [n.s] %}{% endfor %}",
                "nested more than");
  expectFailure("{% set n = namespace() %}{% set n.n = n %}", "a namespace");
  expectFailure("{{ range(1000000000000) }}", "at most");
  expectFailure("{% set s = 'a' * 100000 %}{% for i in range(100000) %}"
                "{{ s.replace('a', s) }}{% endfor %}",
                "too many steps");
  expectFailure("{% set s = 'a' * 1000000 %}{% for i in range(100000) %}"
                "{{ s.split('a')|length }}{% endfor %}",
                "too many steps");
}

TEST(ChatTemplateLimits, Numbers) {
  expectFailure("{{ 99999999999999999999 }}", "too large");
  expectFailure("{{ 9223372036854775807 + 1 }}", "too large");
  expectFailure("{{ 9223372036854775807 * 2 }}", "too large");
  expectFailure("{{ (0 - 9223372036854775807 - 1) // -1 }}", "too large");
  expectFailure("{{ 1 // 0 }}", "division by zero");
  expectFailure("{{ 1 % 0 }}", "division by zero");
  expectFailure("{{ 'abc'[::0] }}", "step");
  auto text = renderChat("{{ 'abc'[-9223372036854775807:9223372036854775807] }}"
                         "{{ 'abc'[9223372036854775807] }}"
                         "{{ (0 - 9223372036854775807 - 1) % -1 }}",
                         {}, {});
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_EQ(*text, "abc0");
}

TEST(ChatTemplateLimits, RandomDamageIsNeverFatal) {
  const std::string source =
      "{%- set ns = namespace(a=1, b='x') %}{# c #}{% macro m(a, b=2) %}{{ a }}"
      "{% endmacro %}{%- for m in messages[::-1] if m.role != 'x' %}{% if "
      "loop.first and m['content']|trim|length > 1 -%} {{ '\\n' + m.content."
      "split('i')[0] ~ [1, 2.5, none][ns.a:] | tojson(indent=2) }}{% elif m is "
      "mapping %}{% set ns.a = ns.a + 1 %}{% else %}{{ m(1, b=3) }}{% endif %}"
      "{% endfor %}{{ {'k': (1, 2)}.items() | first | join(',') }}";
  std::mt19937 random(7);
  const std::string alphabet = "{}%#-+'\"()[]|.,:=<> \nabis0\xff\\";
  for (int round = 0; round < 20000; ++round) {
    std::string damaged = source;
    for (int edits = 1 + random() % 4; edits > 0; --edits) {
      size_t at = random() % damaged.size();
      switch (random() % 3) {
      case 0:
        damaged[at] = alphabet[random() % alphabet.size()];
        break;
      case 1:
        damaged.erase(at, 1 + random() % 8);
        break;
      default:
        damaged.insert(at, 1, alphabet[random() % alphabet.size()]);
      }
    }
    auto text = renderChat(damaged, {{"user", "hi"}, {"assistant", "there"}},
                           {true, "<s>", "</s>"});
    EXPECT_TRUE(text.ok() || !text.status().message().empty());
  }
}
