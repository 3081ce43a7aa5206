// fot/fot.h in terms of the C++ classes. The only exception that they let
// through is the one for memory that ran out; it ends here.
#include "fot/fot.h"

#include "runtime/artifact/Artifact.h"
#include "runtime/base/Version.h"
#include "runtime/memory/BankFile.h"
#include "runtime/session/Module.h"
#include "runtime/session/Sampler.h"
#include "runtime/session/Session.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

using namespace fot;
using namespace fot::rt;

struct fot_artifact {
  std::shared_ptr<const Artifact> held;
};
struct fot_module {
  std::shared_ptr<Module> held;
};
struct fot_session {
  std::unique_ptr<Session> held;
};
struct fot_sampler {
  Sampler held;
  uint32_t vocab;
};

static void report(fot_error *error, const char *sentence) {
  if (error) {
    size_t length = std::min(std::strlen(sentence), sizeof(error->message) - 1);
    std::memcpy(error->message, sentence, length);
    error->message[length] = '\0';
  }
}

/// 0, or 1 and the sentence.
static int conclude(const Status &status, fot_error *error) {
  if (status.ok()) {
    return 0;
  }
  report(error, status.message().c_str());
  return 1;
}

/// Runs `body`, which returns a `Result`; `failed` when memory ran out.
template <typename Result, typename Body>
static Result guarded(Result failed, fot_error *error, Body &&body) {
  try {
    return body();
  } catch (const std::bad_alloc &) {
    report(error, "there is not enough memory");
    return failed;
  }
}

/// Wraps what a StatusOr holds into a new `Handle`.
template <typename Handle, typename T>
static Handle *wrap(StatusOr<T> result, fot_error *error) {
  if (!result.ok()) {
    report(error, result.status().message().c_str());
    return nullptr;
  }
  return new Handle{std::move(*result)};
}

const char *fot_version(void) { return runtimeVersion(); }

fot_artifact *fot_artifact_open(const char *path, fot_error *error) {
  return guarded<fot_artifact *>(nullptr, error, [&] {
    return wrap<fot_artifact>(Artifact::open(path), error);
  });
}

void fot_artifact_release(fot_artifact *artifact) { delete artifact; }

int fot_artifact_verify(const fot_artifact *artifact, fot_error *error) {
  return guarded(1, error, [&] {
    return conclude(artifact->held->verifyWeights(), error);
  });
}

int fot_artifact_model(const fot_artifact *artifact, fot_model_info *info,
                       fot_error *error) {
  const schema::Artifact &header = artifact->held->header();
  const schema::Model *model = header.model();
  if (!model) {
    report(error, "the artifact holds no model");
    return 1;
  }
  if (info->struct_bytes != sizeof(fot_model_info)) {
    report(error, "fot_model_info.struct_bytes is not the structure's size");
    return 1;
  }
  info->vocab = model->vocab();
  info->layers = model->layers();
  info->window = model->window();
  info->last_context = model->last_context();
  info->memory_layers = header.memories() ? header.memories()->size() : 0;
  info->bos = model->bos();
  info->eos = model->eos() && model->eos()->size() ? model->eos()->Get(0) : -1;
  return 0;
}

fot_module *fot_module_load(const fot_artifact *artifact,
                            const fot_module_options *options,
                            fot_error *error) {
  return guarded<fot_module *>(nullptr, error, [&]() -> fot_module * {
    ModuleOptions chosen;
    if (options) {
      constexpr size_t kWithoutDevice = offsetof(fot_module_options, device);
      bool hasDevice = options->struct_bytes == sizeof(fot_module_options);
      if (!hasDevice && options->struct_bytes != kWithoutDevice) {
        report(error,
               "fot_module_options.struct_bytes is not the structure's size");
        return nullptr;
      }
      chosen.threads = options->threads;
      chosen.cpuLevel = options->cpu_level ? options->cpu_level : "";
      if (hasDevice && options->device) {
        chosen.device = options->device;
      }
    }
    return wrap<fot_module>(Module::load(artifact->held, chosen), error);
  });
}

void fot_module_release(fot_module *module) { delete module; }

const char *fot_module_cpu_level(const fot_module *module) {
  return module->held->cpuLevel().c_str();
}

uint32_t fot_module_threads(const fot_module *module) {
  return module->held->numThreads();
}

fot_session *fot_session_create(fot_module *module, fot_error *error) {
  return guarded<fot_session *>(nullptr, error, [&] {
    return wrap<fot_session>(Session::create(module->held), error);
  });
}

void fot_session_release(fot_session *session) { delete session; }

int fot_session_run(fot_session *session, const int32_t *tokens,
                    size_t num_tokens, size_t logits_from, float *logits,
                    fot_error *error) {
  return guarded(1, error, [&] {
    return conclude(
        session->held->run({tokens, num_tokens}, logits_from, logits), error);
  });
}

void fot_session_reset(fot_session *session) { session->held->reset(); }

uint64_t fot_session_local_tokens(const fot_session *session) {
  return session->held->localLength();
}

uint64_t fot_session_memory_tokens(const fot_session *session) {
  return session->held->memoryLength();
}

int fot_session_attach(fot_session *session, const char *path,
                       fot_error *error) {
  return guarded(1, error, [&] {
    auto bank = BankFile::open(path);
    return conclude(bank.ok() ? session->held->attach(std::move(*bank))
                              : bank.takeStatus(),
                    error);
  });
}

int fot_session_save_memory(fot_session *session, const char *path,
                            fot_error *error) {
  return guarded(1, error,
                 [&] { return conclude(session->held->save(path), error); });
}

fot_sampler *fot_sampler_create(double temperature, double top_p, uint64_t seed,
                                uint32_t vocab, fot_error *error) {
  return guarded<fot_sampler *>(nullptr, error, [&]() -> fot_sampler * {
    auto sampler = Sampler::create(
        {.temperature = temperature, .topP = top_p, .seed = seed}, vocab);
    if (!sampler.ok()) {
      report(error, sampler.status().message().c_str());
      return nullptr;
    }
    return new fot_sampler{std::move(*sampler), vocab};
  });
}

void fot_sampler_release(fot_sampler *sampler) { delete sampler; }

int32_t fot_sampler_choose(fot_sampler *sampler, const float *logits) {
  return sampler->held.sample({logits, sampler->vocab});
}
