/* embed.c: a C99 program's way through both public headers. */
#include "test/unit/runtime/session/embed.h"

#include "fot/fot.h"
#include "fot/kernel_abi.h"

#include <string.h>

static int fail(char *message, const fot_error *error) {
  strcpy(message, error->message);
  return -1;
}

int embed_generate(const char *path, int count, int32_t *tokens,
                   char *message) {
  enum { VOCAB = 64 };
  float logits[VOCAB];
  int32_t next = 1;
  int i;
  fot_error error;
  fot_model_info info;
  fot_module_options options;
  fot_artifact *artifact = fot_artifact_open(path, &error);
  fot_module *module;
  fot_session *session;
  fot_sampler *sampler;
  if (!artifact) {
    return fail(message, &error);
  }
  info.struct_bytes = sizeof(info);
  if (fot_artifact_verify(artifact, &error) ||
      fot_artifact_model(artifact, &info, &error) || info.vocab != VOCAB) {
    return fail(message, &error);
  }
  options.struct_bytes = sizeof(options);
  options.threads = 2;
  options.cpu_level = NULL;
  options.device = NULL;
  module = fot_module_load(artifact, &options, &error);
  fot_artifact_release(artifact); /* the module keeps what it needs */
  if (!module) {
    return fail(message, &error);
  }
  session = fot_session_create(module, &error);
  sampler = fot_sampler_create(0, 1, 0, VOCAB, &error);
  fot_module_release(module);
  if (!session || !sampler) {
    return fail(message, &error);
  }
  for (i = 0; i < count; ++i) {
    if (fot_session_run(session, &next, 1, 0, logits, &error)) {
      return fail(message, &error);
    }
    next = fot_sampler_choose(sampler, logits);
    tokens[i] = next;
  }
  i = (int)fot_session_memory_tokens(session);
  fot_sampler_release(sampler);
  fot_session_release(session);
  return i;
}

int embed_struct_bytes(void) { return (int)sizeof(fot_call); }
