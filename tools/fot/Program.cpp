// From a path to a session.
#include "tools/fot/Program.h"

namespace fot::tool {

using namespace fot::rt;

StatusOr<std::unique_ptr<Session>> openSession(const std::string &path,
                                               const DeviceOptions &options) {
  FOT_ASSIGN_OR_RETURN(auto artifact, Artifact::open(path));
  FOT_ASSIGN_OR_RETURN(auto module,
                       Module::load(artifact, {.threads = options.threads,
                                               .cpuLevel = options.cpuLevel,
                                               .device = options.device}));
  return Session::create(module);
}

Status attachMemories(Session &session, const MemoryOptions &options) {
  for (const std::string &path : options.banks) {
    FOT_ASSIGN_OR_RETURN(auto bank, BankFile::open(path));
    FOT_RETURN_IF_ERROR(session.attach(bank));
    bank->adviseIndexHot();
  }
  if (!options.save.empty()) {
    // Now, not when the work is done.
    FOT_RETURN_IF_ERROR(session.checkSave(options.save).at("--save-memory"));
  }
  if (options.explain && session.module().device()) {
    return Status::failure(
        "--explain needs --device=cpu; the session runs on " +
        session.module().deviceNote());
  }
  if (options.explain) {
    auto banks = session.memories();
    if (banks.empty() || !banks.front().retrieved()) {
      return Status::failure(
          "--explain: expected a model that retrieves from a memory, compiled "
          "with --memory-layers and --memory=topk:K, found " +
          std::string(banks.empty() ? "one without a memory"
                                    : "one that attends to all of it"));
    }
  }
  return Status();
}

Status saveMemory(Session &session, const MemoryOptions &options,
                  const Tokenizer &tokenizer) {
  if (options.save.empty()) {
    return Status();
  }
  return session.save(options.save, [&](int32_t token) {
    TokenPiece piece = tokenizer.piece(token);
    return piece.kind == TokenPiece::Kind::Text ? piece.bytes : std::string();
  });
}

StatusOr<std::unique_ptr<Tokenizer>> openTokenizer(const Artifact &artifact) {
  const schema::Tokenizer *facts = artifact.header().tokenizer();
  if (!facts) {
    return Status::failure(artifact.path() +
                           ": expected a tokenizer, found none; the checkpoint "
                           "was compiled without tokenizer files");
  }
  auto bytes = artifact.segment(facts->segment());
  auto tokenizer = Tokenizer::create(
      facts->kind() ? facts->kind()->string_view() : std::string_view(),
      {reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  if (!tokenizer.ok()) {
    return tokenizer.takeStatus().at(artifact.path());
  }
  return tokenizer;
}

std::vector<int32_t> endTokens(const Artifact &artifact) {
  const schema::Model *model = artifact.header().model();
  if (!model || !model->eos()) {
    return {};
  }
  return {model->eos()->begin(), model->eos()->end()};
}

} // namespace fot::tool
