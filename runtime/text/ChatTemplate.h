// ChatTemplate: renders a conversation with a model's own Jinja template, as
// the template's authors see it rendered (trim_blocks, lstrip_blocks).
// docs/tokenizer.md says which part of Jinja there is.
#ifndef FOT_RUNTIME_TEXT_CHATTEMPLATE_H
#define FOT_RUNTIME_TEXT_CHATTEMPLATE_H

#include "runtime/base/Status.h"

#include <string>
#include <string_view>
#include <vector>

namespace fot::rt {

struct ChatMessage {
  std::string role;    ///< "system", "user", "assistant", ...
  std::string content; ///< UTF-8
};

struct ChatTemplateOptions {
  /// End with what begins the assistant's turn.
  bool addGenerationPrompt = true;
  /// Spelling of the tokens that begin and end a sequence.
  std::string bosToken, eosToken;
};

/// The text of a conversation, to be encoded with special tokens recognised.
/// Fails with one sentence on syntax that is not supported or not understood,
/// with its place, and where the template itself refuses the conversation.
StatusOr<std::string> renderChat(std::string_view chatTemplate,
                                 const std::vector<ChatMessage> &messages,
                                 const ChatTemplateOptions &options);

} // namespace fot::rt

#endif
