// From a path to a session.
#include "tools/fot/Program.h"

namespace fot::tool {

using namespace fot::rt;

StatusOr<std::unique_ptr<Session>> openSession(const std::string &path,
                                               const DeviceOptions &options) {
  if (options.device == "cuda" || options.device == "cuda-emulated") {
    return Status::failure("this build has no device '" + options.device +
                           "'; use --device=cpu");
  }
  FOT_ASSIGN_OR_RETURN(auto artifact, Artifact::open(path));
  FOT_ASSIGN_OR_RETURN(auto module,
                       Module::load(artifact, {.threads = options.threads,
                                               .cpuLevel = options.cpuLevel}));
  return Session::create(module);
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
