// Chat templates in the styles of well-known models; the expected texts are
// written by hand from what those models' formats are.
#include "runtime/text/ChatTemplate.h"
#include "test/unit/runtime/text/TestData.h"

#include <gtest/gtest.h>

using namespace fot::rt;
using Messages = std::vector<ChatMessage>;

static std::string render(std::string_view source, const Messages &messages,
                          bool prompt = true) {
  auto text = renderChat(source, messages, {prompt, "<s>", "</s>"});
  EXPECT_TRUE(text.ok()) << text.status().message();
  return text.ok() ? *text : std::string();
}

static std::string failure(std::string_view source,
                           const Messages &messages = {}) {
  auto text = renderChat(source, messages, {true, "<s>", "</s>"});
  EXPECT_FALSE(text.ok()) << *text;
  return text.status().message();
}

/// The text of a template without a conversation.
static std::string plain(std::string_view source) { return render(source, {}); }

static const Messages shortTalk = {{"user", "hi"}};
static const Messages longTalk = {{"system", "Be brief."},
                                  {"user", " Hello "},
                                  {"assistant", "Hi!"},
                                  {"user", "Bye"}};

TEST(ChatTemplate, SmolLm2) {
  auto fields = test::smolLm2Fields();
  if (!fields) {
    GTEST_SKIP() << test::noSmolLm2;
  }
  EXPECT_EQ(render(fields->chatTemplate, shortTalk),
            "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, "
            "trained by Hugging Face<|im_end|>\n<|im_start|>user\nhi<|im_end|>"
            "\n<|im_start|>assistant\n");
  EXPECT_EQ(render(fields->chatTemplate, longTalk, false),
            "<|im_start|>system\nBe brief.<|im_end|>\n"
            "<|im_start|>user\n Hello <|im_end|>\n"
            "<|im_start|>assistant\nHi!<|im_end|>\n"
            "<|im_start|>user\nBye<|im_end|>\n");
}

TEST(ChatTemplate, ChatMl) {
  const char *source =
      "{%- for message in messages %}\n"
      "    {{- '<|im_start|>' ~ message.role }}\n"
      "    {{- '\\n' + message.content | trim + '<|im_end|>\\n' }}\n"
      "{%- endfor %}\n"
      "{%- if add_generation_prompt %}\n"
      "    {{- '<|im_start|>assistant\\n' }}\n"
      "{%- endif %}\n";
  EXPECT_EQ(render(source, longTalk),
            "<|im_start|>system\nBe brief.<|im_end|>\n"
            "<|im_start|>user\nHello<|im_end|>\n"
            "<|im_start|>assistant\nHi!<|im_end|>\n"
            "<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n");
}

TEST(ChatTemplate, Llama2) {
  const char *source = R"({% if messages[0]['role'] == 'system' -%}
{% set loop_messages = messages[1:] %}{% set system = messages[0]['content'] %}
{%- else -%}
{% set loop_messages = messages %}{% set system = false %}
{%- endif -%}
{% for message in loop_messages -%}
{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) -%}
{{ raise_exception('Roles must alternate user/assistant/user/...') }}
{%- endif -%}
{% if loop.index0 == 0 and system != false -%}
{% set content = '<<SYS>>\n' + system + '\n<</SYS>>\n\n' + message['content'] -%}
{% else -%}{% set content = message['content'] %}{% endif -%}
{% if message['role'] == 'user' -%}
{{ bos_token + '[INST] ' + content.strip() + ' [/INST]' }}
{%- elif message['role'] == 'assistant' -%}
{{ ' ' + content.strip() + ' ' + eos_token }}
{%- endif -%}
{% endfor %})";
  EXPECT_EQ(render(source, longTalk),
            "<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\n Hello [/INST] Hi! "
            "</s><s>[INST] Bye [/INST]");
  EXPECT_EQ(render(source, shortTalk), "<s>[INST] hi [/INST]");
  std::string sentence = failure(source, {{"user", "a"}, {"user", "b"}});
  EXPECT_NE(sentence.find("Roles must alternate"), std::string::npos);
  EXPECT_NE(sentence.find("line 8"), std::string::npos) << sentence;
}

TEST(ChatTemplate, Llama3) {
  const char *source =
      "{% set loop_messages = messages %}{% for message in loop_messages %}"
      "{% set content = '<|start_header_id|>' + message['role'] + "
      "'<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' %}"
      "{% if loop.index0 == 0 %}{% set content = bos_token + content %}"
      "{% endif %}{{ content }}{% endfor %}{% if add_generation_prompt %}"
      "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}";
  EXPECT_EQ(render(source, shortTalk),
            "<s><|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|>"
            "<|start_header_id|>assistant<|end_header_id|>\n\n");
}

TEST(ChatTemplate, Llama31HeaderWithoutTools) {
  const char *source = R"({{- bos_token }}
{%- if not date_string is defined %}
    {%- if strftime_now is defined %}
        {%- set date_string = strftime_now("%d %b %Y") %}
    {%- else %}
        {%- set date_string = "26 Jul 2024" %}
    {%- endif %}
{%- endif %}
{%- if not tools is defined %}
    {%- set tools = none %}
{%- endif %}
{#- The system message comes first. #}
{%- if messages[0]['role'] == 'system' %}
    {%- set system_message = messages[0]['content']|trim %}
    {%- set messages = messages[1:] %}
{%- else %}
    {%- set system_message = "" %}
{%- endif %}
{{- "<|start_header_id|>system<|end_header_id|>\n\n" }}
{%- if tools is not none %}
    {{- "Environment: ipython\n" }}
{%- endif %}
{{- "Today Date: " + date_string + "\n\n" }}
{{- system_message }}
{{- "<|eot_id|>" }}
{%- for message in messages %}
    {%- if not (message.role == 'ipython' or 'tool_calls' in message) %}
        {{- message['role'] + ': ' + message['content'] | trim }}
    {%- elif message.tool_calls|length != 1 %}
        {{- raise_exception("one call only") }}
    {%- endif %}
{%- endfor %}
)";
  EXPECT_EQ(render(source, {{"system", " S "}, {"user", "u"}}),
            "<s><|start_header_id|>system<|end_header_id|>\n\n"
            "Today Date: 26 Jul 2024\n\nS<|eot_id|>user: u");
}

TEST(ChatTemplate, ZephyrLeavesLinesAsTheTagsSay) {
  const char *source = "{% for message in messages %}\n"
                       "{% if message['role'] == 'user' %}\n"
                       "{{ '<|user|>\n' + message['content'] + eos_token }}\n"
                       "{% elif message['role'] == 'system' %}\n"
                       "{{ '<|system|>\n' + message['content'] + eos_token }}\n"
                       "{% elif message['role'] == 'assistant' %}\n"
                       "{{ '<|assistant|>\n'  + message['content'] + "
                       "eos_token }}\n"
                       "{% endif %}\n"
                       "{% if loop.last and add_generation_prompt %}\n"
                       "{{ '<|assistant|>' }}\n"
                       "{% endif %}\n"
                       "{% endfor %}";
  EXPECT_EQ(render(source, {{"system", "S"}, {"user", "u"}}),
            "<|system|>\nS</s>\n<|user|>\nu</s>\n<|assistant|>\n");
}

TEST(ChatTemplate, MistralCountsTurnsInANamespace) {
  const char *source = R"({%- set ns = namespace(index=0, open=true) %}
{{- bos_token }}
{%- for message in messages if message.role != 'system' %}
    {%- if (message["role"] == "user") != (ns.index % 2 == 0) %}
        {{- raise_exception("must alternate") }}
    {%- endif %}
    {%- set ns.index = ns.index + 1 %}
    {%- if message["role"] == "user" %}
        {%- if loop.last and messages[0].role == 'system' %}
            {{- "[INST] " + messages[0].content + "\n\n" + message["content"] + "[/INST]" }}
        {%- else %}
            {{- "[INST] " + message["content"] + "[/INST]" }}
        {%- endif %}
    {%- else %}
        {{- " " + message["content"]|trim + eos_token}}
    {%- endif %}
{%- endfor %}
{{- " " ~ ns.index ~ ns.open }})";
  EXPECT_EQ(render(source, longTalk),
            "<s>[INST]  Hello [/INST] Hi!</s>[INST] Be brief.\n\nBye[/INST] "
            "3True");
}

TEST(ChatTemplate, WhiteSpaceAroundTags) {
  EXPECT_EQ(plain("a\n  {% if true %}  \n b{% endif %}\nc\n"), "a\n  \n bc");
  EXPECT_EQ(plain("a {%- if true -%} b {%- endif %} c"), "ab c");
  EXPECT_EQ(plain("a\n  {%+ if true +%}\nb{% endif %}"), "a\n  \nb");
  EXPECT_EQ(plain("  {{ 1 }}\n  {{- 2 }}"), "  12");
  EXPECT_EQ(plain("x\n  {# note #}\ny"), "x\ny");
  EXPECT_EQ(plain("x {#- note -#} y"), "xy");
  EXPECT_EQ(plain("{{ '}}' }}{{ {'a': {'b': 1}}['a']['b'] }}"), "}}1");
  EXPECT_EQ(plain("{ not a tag } {x{"), "{ not a tag } {x{");
}

TEST(ChatTemplate, Expressions) {
  EXPECT_EQ(plain("{{ 1 + 2 * 3 - 4 // 3 }}"), "6");
  EXPECT_EQ(plain("{{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 0.1 }}"),
            "-4 2 3.5 0.1");
  EXPECT_EQ(plain("{{ 1 < 2 <= 2 }}{{ 3 < 2 or not false }}"), "TrueTrue");
  EXPECT_EQ(plain("{{ 'b' in 'abc' and 4 not in [1, 2] }}"), "True");
  EXPECT_EQ(plain("{{ 'x' if false else 'y' }}{{ 'z' if false }}"), "y");
  EXPECT_EQ(plain("{{ [1,2,3][-1] }}{{ 'häß'[1] }}{{ 'abcd'[::-1] }}"),
            "3ädcba");
  EXPECT_EQ(plain("{{ 'abcdef'[1:-1:2] }}{{ [1,2,3][5:]|length }}"), "bd0");
  EXPECT_EQ(plain("{{ missing }}{{ missing is defined }}{{ none is none }}"),
            "FalseTrue");
  EXPECT_EQ(plain("{{ 'a' ~ 1 ~ none }}{{ 'a' 'b' }}{{ 'ab' * 2 }}"),
            "a1Noneababab");
  EXPECT_EQ(plain("{{ [1, 2] == [1, 2.0] }}{{ {'a': 1} == {'a': 1.0} }}"),
            "TrueTrue");
  EXPECT_EQ(plain("{{ 3 is odd }}{{ 4 is divisibleby 2 }}{{ 'a' is string }}"),
            "TrueTrueTrue");
  EXPECT_EQ(plain("{{ 'a' is not none and 'a' is mapping }}"), "False");
}

TEST(ChatTemplate, FiltersAndMethods) {
  EXPECT_EQ(plain("{{ ' a '|trim }}|{{ 'aB'|upper }}{{ 'aB'|lower }}"),
            "a|ABab");
  EXPECT_EQ(plain("{{ missing|default('d') }}{{ ''|default('e', true) }}"),
            "de");
  EXPECT_EQ(
      plain("{{ ['a', 'b']|join(', ') }}{{ [1, 2]|first }}{{ [1]|last }}"),
      "a, b11");
  EXPECT_EQ(plain("{{ {'a': [1, 'x\"', none, true]}|tojson }}"),
            "{\"a\": [1, \"x\\\"\", null, true]}");
  EXPECT_EQ(plain("{{ {'a': [1]}|tojson(indent=2) }}"),
            "{\n  \"a\": [\n    1\n  ]\n}");
  EXPECT_EQ(
      plain("{{ 'a,b,c'.split(',')[1:]|join }}{{ ' a  b '.split()|length }}"),
      "bc2");
  EXPECT_EQ(plain("{{ ' a b  c '.split(none, 1)|join('|') }}"), "a|b  c ");
  EXPECT_EQ(plain("{{ 'abc'.startswith('ab') }}{{ 'abc'.endswith('ab') }}"),
            "TrueFalse");
  EXPECT_EQ(plain("{{ '\\n\\nx\\n'.lstrip('\\n') }}|{{ 'xax'.strip('x') }}"),
            "x\n|a");
  EXPECT_EQ(plain("{{ 'hello world'.title() }}{{ 'hELLO'|capitalize }}"),
            "Hello WorldHello");
  EXPECT_EQ(plain("{{ 'aXbX'|replace('X', '-') }}{{ 'häß'|length }}"), "a-b-3");
  EXPECT_EQ(plain("{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}"
                  "{% endfor %}"),
            "a1b2");
  EXPECT_EQ(render("{{ messages|selectattr('role', 'equalto', 'user')|"
                   "map(attribute='content')|join('+') }}",
                   longTalk),
            " Hello +Bye");
}

TEST(ChatTemplate, Statements) {
  EXPECT_EQ(plain("{% for i in range(3) %}{{ loop.index }}{{ loop.first }}"
                  "{{ loop.revindex0 }} {% else %}none{% endfor %}"),
            "1True2 2False1 3False0 ");
  EXPECT_EQ(plain("{% for i in [] %}x{% else %}none{% endfor %}"), "none");
  EXPECT_EQ(plain("{% for i in range(9) %}{% if i == 1 %}{% continue %}"
                  "{% endif %}{% if i == 3 %}{% break %}{% endif %}{{ i }}"
                  "{% endfor %}"),
            "02");
  // What a loop sets ends with its turn; a namespace's attribute stays.
  EXPECT_EQ(plain("{% set x = 1 %}{% set n = namespace(y=1) %}"
                  "{% for i in [5] %}{% set x = i %}{% set n.y = i %}{{ x }}"
                  "{% endfor %}{{ x }}{{ n.y }}"),
            "515");
  EXPECT_EQ(plain("{% set a, b = 1, 2 %}{{ b }}{% set t %}<{{ a }}>"
                  "{% endset %}{{ t }}"),
            "2<1>");
  EXPECT_EQ(plain("{% macro m(a, b='!') %}{{ a }}{{ b }}{% endmacro %}"
                  "{{ m('x') }}{{ m('y', b='?') }}"),
            "x!y?");
  EXPECT_EQ(plain("{% generation %}g{% endgeneration %}"), "g");
}

TEST(ChatTemplate, SaysWhatItDoesNotUnderstandAndWhere) {
  EXPECT_EQ(failure("a\n {% include 'x' %}"),
            "chat template, line 2, column 2: unsupported statement 'include'; "
            "supported are break, continue, for, generation, if, macro, set");
  EXPECT_EQ(failure("{{ 'x'|frobnicate }}"),
            "chat template, line 1, column 7: unsupported filter 'frobnicate'");
  EXPECT_EQ(failure("{{ 'x' is frob }}"),
            "chat template, line 1, column 8: unsupported test 'frob'");
  EXPECT_EQ(failure("{{ 'x'.frob() }}"), "chat template, line 1, column 7: "
                                         "unsupported method 'frob' of a "
                                         "string");
  EXPECT_EQ(failure("{{ a.b.c }}"),
            "chat template, line 1, column 5: 'a' is undefined and has no "
            "attribute 'b'");
  EXPECT_EQ(failure("{% if x %}"), "chat template, line 1, column 11: expected "
                                   "'endif', found the template's end");
  EXPECT_EQ(failure("{{ 1 + }}"), "chat template, line 1, column 8: expected "
                                  "an expression, found '}}'");
  EXPECT_EQ(failure("{{ 'x }}"),
            "chat template, line 1, column 4: a string has no end");
  EXPECT_EQ(failure("x{{ 1"), "chat template, line 1, column 2: a tag has no "
                              "end");
  EXPECT_EQ(failure("{{ 1 + 'a' }}"), "chat template, line 1, column 6: cannot "
                                      "compute an integer + a string");
}
