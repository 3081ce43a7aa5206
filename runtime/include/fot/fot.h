/* fot/fot.h: the runtime's C API. It opens artifacts of fotc and runs them.
 *
 *     fot_error error;
 *     fot_artifact *artifact = fot_artifact_open("model.fotm", &error);
 *     fot_module *module = fot_module_load(artifact, NULL, &error);
 *     fot_session *session = fot_session_create(module, &error);
 *     fot_session_run(session, ids, n, n - 1, logits, &error);
 *
 * Ownership: what a function returns by pointer belongs to the caller until
 * the matching _release, in any order: a module keeps what it needs of its
 * artifact alive, a session of its module. Releasing NULL does nothing. All
 * other pointers are borrowed for the time of the call, except where a
 * function says otherwise.
 *
 * Failures: functions that return a pointer return NULL, the others a value
 * other than 0; `error`, unless NULL, then holds one sentence. On success it
 * is left alone. Nothing throws, aborts or prints.
 *
 * Threads: artifacts and modules may be shared; a session is used by one
 * thread at a time. Sessions of one module take turns on its threads.
 */
#ifndef FOT_FOT_H
#define FOT_FOT_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define FOT_API
#else
#define FOT_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fot_artifact fot_artifact;
typedef struct fot_module fot_module;
typedef struct fot_session fot_session;
typedef struct fot_sampler fot_sampler;

/* One sentence, NUL-terminated; cut when longer than the room. */
typedef struct fot_error {
  char message[1024];
} fot_error;

/* The runtime's version, "0.1.0" and the like; static. */
FOT_API const char *fot_version(void);

/* --- Artifacts: a .fotm file, mapped and verified. ----------------------- */

/* Opens and verifies all but the weights' checksum. */
FOT_API fot_artifact *fot_artifact_open(const char *path, fot_error *error);
FOT_API void fot_artifact_release(fot_artifact *artifact);

/* Compares the weights with their checksum; reads all of them. */
FOT_API int fot_artifact_verify(const fot_artifact *artifact, fot_error *error);

/* Facts of the model in an artifact. */
typedef struct fot_model_info {
  uint32_t struct_bytes; /* set by the caller to sizeof(fot_model_info) */
  uint32_t vocab;
  uint32_t layers;
  uint32_t window;       /* tokens of the local window */
  uint32_t last_context; /* tokens of a call that stay in it */
  uint32_t memory_layers;
  int32_t bos; /* -1: none */
  int32_t eos; /* the first of them; -1: none */
} fot_model_info;

/* Fails for an artifact that holds no model. */
FOT_API int fot_artifact_model(const fot_artifact *artifact,
                               fot_model_info *info, fot_error *error);

/* --- Modules: an artifact loaded on this machine. ------------------------ */

typedef struct fot_module_options {
  uint32_t struct_bytes; /* set by the caller to sizeof(fot_module_options) */
  uint32_t threads;      /* 0: as many as there are usable cores */
  const char *cpu_level; /* NULL: the best of the artifact that runs here */
  /* "cpu", "cuda", "cuda-emulated", or "auto": a GPU if it can be used, else
   * the CPU. NULL: "cpu", as without this field (struct_bytes less its size).
   */
  const char *device;
} fot_module_options;

/* `options` may be NULL. */
FOT_API fot_module *fot_module_load(const fot_artifact *artifact,
                                    const fot_module_options *options,
                                    fot_error *error);
FOT_API void fot_module_release(fot_module *module);
/* Name of the CPU level that runs; lives as long as the module. */
FOT_API const char *fot_module_cpu_level(const fot_module *module);
FOT_API uint32_t fot_module_threads(const fot_module *module);

/* --- Sessions: one sequence of tokens, its window and its memory. -------- */

FOT_API fot_session *fot_session_create(fot_module *module, fot_error *error);
FOT_API void fot_session_release(fot_session *session);

/* Runs `num_tokens` tokens of one call after all earlier ones. Writes the
 * logits of tokens [logits_from, num_tokens), row-major [that many, vocab],
 * to `logits`, which may be NULL when logits_from == num_tokens. How tokens
 * are cut into calls matters: see docs/artifact.md on windows. Bad tokens and
 * a full window leave the session as it was; after other failures it must be
 * reset. */
FOT_API int fot_session_run(fot_session *session, const int32_t *tokens,
                            size_t num_tokens, size_t logits_from,
                            float *logits, fot_error *error);
/* Forgets everything but the attached banks. */
FOT_API void fot_session_reset(fot_session *session);
/* Tokens in the local window, and in each memory, attached ones included. */
FOT_API uint64_t fot_session_local_tokens(const fot_session *session);
FOT_API uint64_t fot_session_memory_tokens(const fot_session *session);

/* Puts the memory of a .fotmem bank in front of what the session will add,
 * behind banks attached before. Only while the session is empty. The file is
 * mapped and shared with all others that read it; it must not be truncated
 * while the session lives. A bank of another model is refused. */
FOT_API int fot_session_attach(fot_session *session, const char *path,
                               fot_error *error);
/* Moves the local window to memory and writes what the session has added, not
 * what is attached, to a new bank, in place of any file of that name. */
FOT_API int fot_session_save_memory(fot_session *session, const char *path,
                                    fot_error *error);

/* --- Samplers: from logits to the next token. ---------------------------- */

/* temperature 0: always the best token, of equals the lowest id. top_p in
 * (0, 1]. Equal seeds give equal choices. */
FOT_API fot_sampler *fot_sampler_create(double temperature, double top_p,
                                        uint64_t seed, uint32_t vocab,
                                        fot_error *error);
FOT_API void fot_sampler_release(fot_sampler *sampler);
/* `logits` has as many values as `vocab` said. */
FOT_API int32_t fot_sampler_choose(fot_sampler *sampler, const float *logits);

#ifdef __cplusplus
}
#endif

#endif
