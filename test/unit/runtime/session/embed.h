/* embed.h: what CApiTest.cpp calls in embed.c. */
#ifndef FOT_TEST_UNIT_RUNTIME_SESSION_EMBED_H
#define FOT_TEST_UNIT_RUNTIME_SESSION_EMBED_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Feeds token 1 and then `count` - 1 best tokens; writes all that were chosen.
 * Returns the number of tokens in memory, or -1 and a message of up to 1024
 * bytes. */
int embed_generate(const char *path, int count, int32_t *tokens, char *message);
/* sizeof(fot_call), as C sees it. */
int embed_struct_bytes(void);

#ifdef __cplusplus
}
#endif

#endif
