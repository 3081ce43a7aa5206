// From a conversation to the template's variables.
#include "runtime/text/ChatTemplate.h"

#include "runtime/text/jinja/Evaluator.h"
#include "runtime/text/jinja/Parser.h"

namespace fot::rt {

using jinja::Value;

// A template of a megabyte is a mistake or an attack.
static constexpr size_t maxTemplateBytes = 1 << 20;

StatusOr<std::string> renderChat(std::string_view chatTemplate,
                                 const std::vector<ChatMessage> &messages,
                                 const ChatTemplateOptions &options) {
  if (chatTemplate.size() > maxTemplateBytes) {
    return Status::failure("expected a chat template of at most 1 MiB, found " +
                           std::to_string(chatTemplate.size()) + " bytes");
  }
  FOT_ASSIGN_OR_RETURN(jinja::Body body, jinja::parse(chatTemplate));
  jinja::List list;
  size_t inputBytes = 0;
  for (const ChatMessage &message : messages) {
    FOT_ASSIGN_OR_RETURN(
        Value entry, Value::map({{"role", Value::string(message.role)},
                                 {"content", Value::string(message.content)}}));
    list.push_back(std::move(entry));
    inputBytes += message.role.size() + message.content.size();
  }
  FOT_ASSIGN_OR_RETURN(Value conversation, Value::list(std::move(list)));
  jinja::Evaluator evaluator(
      chatTemplate,
      {{"messages", conversation},
       {"add_generation_prompt", Value::boolean(options.addGenerationPrompt)},
       {"bos_token", Value::string(options.bosToken)},
       {"eos_token", Value::string(options.eosToken)},
       {"tools", Value::none()},
       {"documents", Value::none()}},
      inputBytes);
  return evaluator.run(body);
}

} // namespace fot::rt
