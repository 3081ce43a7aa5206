/* handwritten_module.c: a toy model behind the kernel ABI, for the runtime's
 * tests. It computes nothing useful: it writes down what the session showed
 * it. Keys and values in caches and memories are token ids in disguise, and
 * the first few logits of a token are
 *   0  its position in the local window
 *   1  a hash of the window up to it, from the rotated keys of layer 1
 *   2  the same from the values of layer 0, checked against its raw keys
 *   3  the number of entries in the memory of layer 0
 *   4  a hash of that memory's keys, in order
 *   5  a hash of the values of the memory of layer 2, in order
 *   6  the token id
 *   7  the first weight
 *   8  TOY_LEVEL, which code object this is
 *   9  the number of sealed segments of the memory of layer 0
 * All numbers are integers that float holds exactly. The index of a sealed
 * segment is its number, its count and the hash of its keys; every call checks
 * it. decode claims to have retrieved the newest entries.
 *
 * TOY_PLAIN is a model without memories. TOY_ABI_VERSION and
 * TOY_WITHOUT_DECODE spoil the module on purpose.
 */
#include "fot/kernel_abi.h"

#include <stddef.h>
#include <string.h>

#ifndef TOY_LEVEL
#define TOY_LEVEL 1
#endif
#ifndef TOY_ABI_VERSION
#define TOY_ABI_VERSION FOT_KERNEL_ABI_VERSION
#endif

enum { HEADS = 2, DIM = 16, PRIME = 65521 };
/* The head of each memory layer that owns a memory. */
enum { MEMORY_HEAD = 1 };
/* Entries that decode claims a query head, if it is asked. */
enum { TOP_K = 2 };
/* Order of the tensors of prefill and decode. */
enum { TOKENS, K0, V0, RAW0, K1, V1, LOGITS, K2, V2, RAW2 };
/* Order of the tensors of evict. */
enum { EVICT_RAW0, EVICT_V0, EVICT_RAW2, EVICT_V2 };

__attribute__((visibility("default"))) const uint32_t fot_kernel_abi_version =
    TOY_ABI_VERSION;

static float *at(const fot_tensor *cache, int64_t head, int64_t position) {
  return (float *)cache->data + (head * cache->dims[1] + position) * DIM;
}

static int64_t mix(int64_t hash, int64_t value) {
  return (hash * 31 + value + 7) % PRIME;
}

/* Writes position `p` of all caches. */
static void store(const fot_tensor *t, int64_t p, int32_t token) {
  for (int64_t d = 0; d < DIM; ++d) {
    for (int64_t g = 0; g < HEADS; ++g) {
      at(&t[K0], g, p)[d] = (float)(token + p + d);
      at(&t[V0], g, p)[d] = (float)(2 * token + g + d);
      at(&t[K1], g, p)[d] = (float)(token + 3 * p + d);
      at(&t[V1], g, p)[d] = (float)(token + d);
      at(&t[K2], g, p)[d] = (float)(token + 5 * p + d);
      at(&t[V2], g, p)[d] = (float)(3 * token + g + d);
    }
    at(&t[RAW0], 0, p)[d] = (float)(token + 1000 + d);
    at(&t[RAW2], 0, p)[d] = (float)(token + 2000 + d);
  }
}

#ifndef TOY_PLAIN
/* What seal writes. */
typedef struct Index {
  int64_t segment, count, hash, padding;
} Index;

static int64_t hashRows(const fot_segment *segment, const float *rows,
                        int64_t hash) {
  for (int64_t i = 0; i < segment->count; ++i) {
    hash = mix(hash, (int64_t)rows[i * DIM + DIM - 1]);
  }
  return hash;
}

static int64_t sealedSegments(const fot_memory *memory) {
  int64_t sealed = 0;
  for (int64_t s = 0; s < memory->num_segments; ++s) {
    sealed += memory->segments[s].index != NULL;
  }
  return sealed;
}

/* Whether the index is that of the segment and nothing follows its entries. */
static int isSealed(const fot_segment *segment) {
  const Index *index = segment->index;
  for (int64_t i = segment->count * DIM; i < segment->capacity * DIM; ++i) {
    if (((const float *)segment->keys)[i] != 0 ||
        ((const float *)segment->values)[i] != 0) {
      return 0;
    }
  }
  return index->count == segment->count &&
         index->hash == hashRows(segment, segment->keys, 0) &&
         segment->capacity % 64 == 0 && segment->capacity - segment->count < 64;
}

#ifndef TOY_WITHOUT_DECODE
/* Newest entries first, the second head one entry behind. */
static void claimWinners(const fot_memory *memory, const uint8_t *muted) {
  const fot_winners *winners = memory->winners;
  for (int64_t h = 0; h < HEADS; ++h) {
    for (int64_t i = 0; i < TOP_K; ++i) {
      int64_t entry = memory->count - 1 - i - h;
      int silent = muted && muted[MEMORY_HEAD];
      winners->entries[h * TOP_K + i] = silent || entry < 0 ? -1 : entry;
      winners->logits[h * TOP_K + i] = silent || entry < 0 ? 0.0f : -(float)i;
    }
    winners->softmax[h * 2] = 0.0f;
    winners->softmax[h * 2 + 1] = 4.0f;
  }
}
#endif

static int64_t hashMemory(const fot_memory *memory, int values) {
  int64_t hash = 0;
  int64_t seen = 0;
  for (int64_t s = 0; s < memory->num_segments; ++s) {
    const fot_segment *segment = &memory->segments[s];
    if (segment->first != seen && segment->count != 0) {
      return -1;
    }
    if (segment->index && !isSealed(segment)) {
      return -3;
    }
    hash = hashRows(segment, values ? segment->values : segment->keys, hash);
    seen += segment->count;
  }
  return seen == memory->count ? hash : -2;
}
#endif

static void logitsOf(const fot_call *call, int64_t i, int64_t row,
                     const int64_t *memoryHashes) {
  const fot_tensor *t = call->tensors;
  int64_t position = call->scalars[0] + i;
  int64_t keys = 0, values = 0;
  for (int64_t p = 0; p <= position; ++p) {
    keys = mix(keys, (int64_t)at(&t[K1], 1, p)[2] - 2);
    int64_t value = (int64_t)at(&t[V0], 1, p)[3] - 4;
    int64_t raw = (int64_t)at(&t[RAW0], 0, p)[1] - 1001;
    values = value == 2 * raw ? mix(values, raw) : -1;
  }
  int64_t vocab = t[LOGITS].dims[1];
  float *out = (float *)t[LOGITS].data + row * vocab;
  memset(out, 0, (size_t)vocab * sizeof(float));
  out[0] = (float)position;
  out[1] = (float)keys;
  out[2] = (float)values;
#ifndef TOY_PLAIN
  out[3] = (float)call->memories[0]->count;
  out[9] = (float)sealedSegments(call->memories[0]);
#endif
  out[4] = (float)memoryHashes[0];
  out[5] = (float)memoryHashes[1];
  out[6] = (float)((const int32_t *)t[TOKENS].data)[i];
  out[7] = *(const float *)call->weights;
  out[8] = TOY_LEVEL;
}

static int32_t step(const fot_call *call, uint32_t worker,
                    uint32_t num_workers) {
  const fot_tensor *t = call->tensors;
  int64_t n = t[TOKENS].dims[0], rows = t[LOGITS].dims[0];
  int64_t position = call->scalars[0];
  if (call->struct_bytes != sizeof(fot_call) ||
      call->abi_version != FOT_KERNEL_ABI_VERSION || n < 1 || rows > n ||
      position + n > t[K1].dims[1]) {
    return 1;
  }
  for (int64_t i = worker; i < n; i += num_workers) {
    store(t, position + i, ((const int32_t *)t[TOKENS].data)[i]);
  }
  /* Two workers, if there are two, hash the memories into the workspace. */
  int64_t *hashes = call->workspace;
  for (uint32_t m = 0; m < 2; ++m) {
    if (m % num_workers == worker) {
#ifdef TOY_PLAIN
      hashes[m] = 0;
#else
      hashes[m] = hashMemory(call->memories[m], m == 1);
#endif
    }
  }
  call->host->barrier(call->host->context, worker);
  for (int64_t row = worker; row < rows; row += num_workers) {
    logitsOf(call, n - rows + row, row, hashes);
  }
  return 0;
}

__attribute__((visibility("default"))) int32_t prefill(const fot_call *call,
                                                       uint32_t worker,
                                                       uint32_t num_workers) {
  return step(call, worker, num_workers);
}

#ifndef TOY_WITHOUT_DECODE
__attribute__((visibility("default")))
int32_t decode(const fot_call *call, uint32_t worker, uint32_t num_workers) {
  if (call->tensors[TOKENS].dims[0] != 1 ||
      call->tensors[LOGITS].dims[0] != 1) {
    return 2;
  }
#ifndef TOY_PLAIN
  for (int m = 0; m < 2 && worker == 0; ++m) {
    if (call->memories[m]->winners) {
      claimWinners(call->memories[m], call->memories[m]->muted);
    }
    if (call->memories[m]->counters) {
      call->memories[m]->counters[FOT_COUNT_KEYS] += call->memories[m]->count;
    }
  }
#endif
  return step(call, worker, num_workers);
}

__attribute__((visibility("default"))) int32_t
decode_best(const fot_call *call, uint32_t worker, uint32_t num_workers) {
  int32_t code = decode(call, worker, num_workers);
  float *out = call->tensors[LOGITS].data;
  int64_t vocab = call->tensors[LOGITS].dims[1];
  /* Worker 0 has written the only row; pairs never pass what is still read. */
  for (int64_t first = 0; worker == 0 && code == 0 && first < vocab;
       first += FOT_BEST_TOKENS) {
    int32_t best = (int32_t)first;
    for (int64_t i = first; i < vocab && i < first + FOT_BEST_TOKENS; ++i) {
      best = out[i] > out[best] ? (int32_t)i : best;
    }
    float *pair = out + 2 * (first / FOT_BEST_TOKENS);
    pair[0] = out[best];
    memcpy(pair + 1, &best, sizeof(best));
  }
  return code;
}
#endif

/* The segment and the index in it of a bank-wide index. */
static const fot_segment *find(const fot_memory *memory, int64_t *index) {
  for (int64_t s = memory->num_segments - 1; s >= 0; --s) {
    const fot_segment *segment = &memory->segments[s];
    if (segment->first <= *index) {
      *index -= segment->first;
      return *index < segment->capacity ? segment : NULL;
    }
  }
  return NULL;
}

__attribute__((visibility("default"))) int32_t evict(const fot_call *call,
                                                     uint32_t worker,
                                                     uint32_t num_workers) {
  const fot_tensor *t = call->tensors;
  for (int64_t i = worker; i < call->scalars[0]; i += num_workers) {
    for (int m = 0; m < 2; ++m) {
      int64_t index = call->memories[m]->count + i;
      const fot_segment *segment = find(call->memories[m], &index);
      if (!segment) {
        return 3;
      }
      const fot_tensor *raw = &t[m == 0 ? EVICT_RAW0 : EVICT_RAW2];
      const fot_tensor *values = &t[m == 0 ? EVICT_V0 : EVICT_V2];
      memcpy((float *)segment->keys + index * DIM, at(raw, 0, i),
             DIM * sizeof(float));
      memcpy((float *)segment->values + index * DIM, at(values, MEMORY_HEAD, i),
             DIM * sizeof(float));
    }
  }
  return 0;
}

#ifndef TOY_PLAIN
__attribute__((visibility("default")))
int32_t seal(const fot_call *call, uint32_t worker, uint32_t num_workers) {
  for (int64_t m = worker; m < 2; m += num_workers) {
    const fot_memory *memory = call->memories[m];
    int64_t number = call->scalars[0];
    if (number != memory->num_segments - 1 || !memory->segments[number].index) {
      return 4;
    }
    const fot_segment *segment = &memory->segments[number];
    Index *index = segment->index;
    index->segment = number;
    index->count = segment->count;
    index->hash = hashRows(segment, segment->keys, 0);
  }
  return 0;
}
#endif

/* Fails with the number in its one scalar. */
__attribute__((visibility("default"))) int32_t fail(const fot_call *call,
                                                    uint32_t worker,
                                                    uint32_t num_workers) {
  (void)num_workers;
  return worker == 0 ? (int32_t)call->scalars[0] : 0;
}
