// fot chat: a conversation with the model's own template.
#include "tools/fot/Command.h"
#include "tools/fot/Explainer.h"
#include "tools/fot/Generator.h"
#include "tools/fot/Output.h"
#include "tools/fot/Program.h"

#include "runtime/text/ChatTemplate.h"

#include <cstdio>
#include <iostream>
#include <memory>
#include <unistd.h>

namespace fot::tool {

using namespace fot::rt;

namespace {
struct ChatOptions {
  std::string artifact;
  std::string system;
  DeviceOptions device;
  GenerationOptions generation{.maxTokens = 512};
  MemoryOptions memory;
};

/// The messages so far, and how much of them the session has seen.
class Conversation {
public:
  Conversation(Session &session, const Tokenizer &tokenizer,
               Generator &generator, std::string system)
      : session(session), tokenizer(tokenizer), generator(generator),
        system(std::move(system)) {
    restart();
  }

  void restart() {
    session.reset();
    messages.clear();
    seen.clear();
    unseen.reset();
    if (!system.empty()) {
      messages.push_back({"system", system});
    }
  }

  /// Answers on standard output.
  StatusOr<Continuation> ask(const std::string &question) {
    messages.push_back({"user", question});
    FOT_ASSIGN_OR_RETURN(std::vector<int32_t> ids, nextTokens());
    FOT_ASSIGN_OR_RETURN(Continuation answer, generator.generate(ids));
    messages.push_back({"assistant", answer.text});
    seen += answer.text;
    unseen = answer.unseen;
    return answer;
  }

private:
  /// The tokens that the session lacks of the conversation.
  StatusOr<std::vector<int32_t>> nextTokens() {
    const schema::Tokenizer &facts =
        *session.module().artifact().header().tokenizer();
    auto spelling = [&](std::optional<int32_t> id) {
      return id ? tokenizer.piece(*id).bytes : std::string();
    };
    FOT_ASSIGN_OR_RETURN(std::string text,
                         renderChat(facts.chat_template()->string_view(),
                                    messages,
                                    {.bosToken = spelling(tokenizer.bos()),
                                     .eosToken = spelling(tokenizer.eos())}));
    bool goesOn = !seen.empty() && text.starts_with(seen);
    if (!goesOn) {
      // The template rewrote what was said before: read all of it again.
      session.reset();
      unseen.reset();
      seen.clear();
    }
    FOT_ASSIGN_OR_RETURN(
        std::vector<int32_t> ids,
        tokenizer.encode(
            std::string_view(text).substr(seen.size()),
            {.addBos = !goesOn && facts.add_bos(), .parseSpecial = true}));
    if (unseen) {
      ids.insert(ids.begin(), *unseen);
    }
    if (ids.empty()) {
      return Status::failure("the chat template renders nothing new");
    }
    seen = std::move(text);
    return ids;
  }

  Session &session;
  const Tokenizer &tokenizer;
  Generator &generator;
  std::string system;
  std::vector<ChatMessage> messages;
  std::string seen;              // the rendered text that was run
  std::optional<int32_t> unseen; // of it, a last token that was not
};
} // namespace

static Status chat(const ChatOptions &options) {
  FOT_ASSIGN_OR_RETURN(auto session,
                       openSession(options.artifact, options.device));
  const Artifact &artifact = session->module().artifact();
  FOT_ASSIGN_OR_RETURN(auto tokenizer, openTokenizer(artifact));
  const auto *chatTemplate = artifact.header().tokenizer()->chat_template();
  if (!chatTemplate || chatTemplate->size() == 0) {
    return Status::failure(options.artifact +
                           ": expected a model with a chat template, found "
                           "one without; use `fot run`");
  }
  FOT_RETURN_IF_ERROR(attachMemories(*session, options.memory));
  FOT_ASSIGN_OR_RETURN(auto generator, Generator::create(*session, *tokenizer,
                                                         options.generation));
  Explainer explainer(*session, *tokenizer);
  if (options.memory.explain) {
    generator->explainWith(&explainer);
  }
  Conversation conversation(*session, *tokenizer, *generator, options.system);
  bool interactive = isatty(STDIN_FILENO);
  if (interactive) {
    std::fputs("Type a message; /reset forgets all, an empty line or Ctrl-D "
               "ends.\n",
               stderr);
  }
  std::string line;
  while ((!interactive || std::fputs("> ", stderr) >= 0) &&
         std::getline(std::cin, line)) {
    if (line.empty()) {
      if (interactive) {
        break;
      }
      continue;
    }
    if (line == "/reset") {
      conversation.restart();
      continue;
    }
    FOT_ASSIGN_OR_RETURN(Continuation answer, conversation.ask(line));
    FOT_ASSIGN_OR_RETURN(bool wanted, writeOutput("\n"));
    if (options.generation.stats) {
      generator->printStats(answer);
    }
    if (answer.end == End::WindowFull) {
      std::fprintf(stderr, "note: %s\n",
                   generator->windowFullSentence().c_str());
      break;
    }
    if (!wanted || answer.end == End::ReaderGone) {
      break;
    }
  }
  return saveMemory(*session, options.memory, *tokenizer);
}

void addChat(CLI::App &app, Action &action) {
  auto options = std::make_shared<ChatOptions>();
  CLI::App *command = app.add_subcommand(
      "chat", "Hold a conversation, one message a line of standard input");
  command->add_option("MODEL", options->artifact, "A .fotm artifact")
      ->required();
  command->add_option("--system", options->system, "The system message")
      ->type_name("TEXT");
  options->generation.add(*command);
  options->memory.addAll(*command);
  options->device.add(*command);
  command->footer("Examples:\n"
                  "  fot chat model.fotm\n"
                  "  fot chat model.fotm --system \"Answer in one sentence.\" "
                  "--temperature 0.7");
  command->callback(
      [options, &action] { action = [options] { return chat(*options); }; });
}

} // namespace fot::tool
