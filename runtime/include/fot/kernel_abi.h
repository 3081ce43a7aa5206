/* fot/kernel_abi.h: what compiled code and runtime agree on, and nothing else.
 *
 * The compiler emits one ELF shared object per CPU level. It exports
 *   - `fot_kernel_abi_version`, a uint32_t equal to FOT_KERNEL_ABI_VERSION;
 *   - one function of type fot_entry per entry point, under the entry's name.
 * Every worker of a thread pool calls the entry with the same `call` and its
 * own `worker` number: the code computes its share of each step and meets the
 * others at host->barrier. It allocates nothing and keeps no state of its own.
 *
 * This header is self-contained C99. Layouts are fixed: see the assertions.
 */
#ifndef FOT_KERNEL_ABI_H
#define FOT_KERNEL_ABI_H

#include <stdint.h>

#define FOT_KERNEL_ABI_VERSION 2u
#define FOT_MAX_RANK 4

/* Code for CPUs may have, beside `decode`, this function: the same call with
 * the same arguments, but in place of the logits it writes a pair of numbers
 * for each FOT_BEST_TOKENS tokens of the vocabulary, in order: the largest
 * logit and, as the bits of an int32_t, its token. Of equals that is the first;
 * NaN only where all are, and then the last. */
#define FOT_DECODE_BEST "decode_best"
#define FOT_BEST_TOKENS 256

#ifdef __cplusplus
extern "C" {
#endif

/* One dense row-major tensor argument. `dims[i]` for i < rank are its sizes. */
typedef struct fot_tensor {
  void *data; /* 64-byte aligned */
  int64_t dims[FOT_MAX_RANK];
} fot_tensor;

/* Bytes of one key or value row of `head_dim` numbers: f32, f16 and bf16 rows
 * are the numbers; an i8 row is head_dim signed bytes q and, behind them, a
 * float d (not aligned): number i is d * q[i]. */
#define FOT_I8_ROW_BYTES(head_dim) ((int64_t)(head_dim) + 4)

/* The index of a sealed segment: what a scan reads in place of the keys. One
 * block per head that the bank stores, one after the other; a block of a
 * segment of capacity C and head dimension D is, each part 64-byte aligned:
 *   mean    float [D]            of the segment's keys
 *   scale   bf16 [C]             s
 *   norm    bf16 [C]             at least |rounded key|, coarse or fine
 *   fine    bf16 [C]             at least |key - mean - fine key|, and some
 *   coarse  bf16 [C]             the same for the coarse key
 *   high    u8 [C][W]            upper four bits of the codes
 *   low     u8 [C][W]            lower four bits
 * W is FOT_CODE_BYTES(D). A code c = 16 high + low stands for s * (c - 128), of
 * which the coarse key knows s * (16 high + 7.5 - 128). Byte i of a row holds
 * dimension i in its lower and dimension i + W in its upper half; dimensions
 * from D on are 0 in high and low and belong to no key. */
#define FOT_CODE_BYTES(head_dim)                                               \
  ((int64_t)(head_dim) < 32 ? (int64_t)16 : ((int64_t)(head_dim) + 1) / 2)
#define FOT_INDEX_BYTES(head_dim, capacity)                                    \
  (((int64_t)(head_dim) * 4 + 63) / 64 * 64 + (int64_t)(capacity) * 8 +        \
   (int64_t)(capacity) * 2 * FOT_CODE_BYTES(head_dim))

/* A run of entries of a memory bank that stores G key-value heads: keys and
 * values are [G][capacity] rows in the bank's types, 64-byte aligned. Entries
 * [0, count) are valid. The capacity is a multiple of 64. A full segment may be
 * sealed: then `index` is not NULL, and nothing of it changes any more. */
typedef struct fot_segment {
  void *keys;
  void *values;
  void *index; /* [G] blocks of FOT_INDEX_BYTES, or NULL */
  int64_t count;
  int64_t capacity;
  int64_t first; /* bank-wide index of entry 0: the entries of all before, or,
                    where those are still being filled, their capacities */
} fot_segment;

/* What the last decode call retrieved for each of the H query heads of a layer
 * with top-k memory. The runtime provides the room, filled with -1 and 0 before
 * the first call; decode writes it and takes the entries of the call before as
 * first candidates. Heads without a memory keep -1. */
typedef struct fot_winners {
  int64_t *entries; /* [H][k] bank-wide indices, best first, -1 where none */
  float *logits;    /* [H][k] scaled inner products */
  float *softmax;   /* [H][2] largest logit, memory and window, and the sum of
                       exp(logit - largest) */
} fot_winners;

/* What scans count, if asked, summed over workers and calls. */
enum {
  FOT_COUNT_KEYS,     /* keys scanned in the first pass, per key-value head */
  FOT_COUNT_REFINED,  /* keys whose low bits were read too */
  FOT_COUNT_RESCORED, /* keys of which the full row was read */
  FOT_COUNT_BYTES,    /* bytes read of index, keys and values */
  FOT_NUM_COUNTERS = 8
};

/* The memory of one layer as compiled code sees it: oldest entry first.
 * An append of n entries writes at bank-wide indices [count, count + n), for
 * which the runtime has provided capacity in `segments`; the runtime, not the
 * compiled code, then raises the counts. The segments before the one with entry
 * `count` may be read-only. */
typedef struct fot_memory {
  int64_t count;        /* valid entries in all segments together */
  int64_t num_segments; /* including reserved, still empty ones */
  const fot_segment *segments;
  const uint8_t *muted; /* one byte per key-value head of the layer, not 0: it
                           retrieves nothing; NULL: no head is muted */
  const fot_winners *winners; /* NULL: not wanted */
  int64_t *counters;          /* FOT_NUM_COUNTERS, or NULL */
} fot_memory;

/* Services of the runtime. `context` is passed back as given. */
typedef struct fot_host {
  uint32_t struct_bytes; /* sizeof(fot_host) */
  uint32_t abi_version;
  void *context;
  /* Returns when all workers of this call have arrived. */
  void (*barrier)(void *context, uint32_t worker);
} fot_host;

/* Everything one call of an entry point works on. The artifact's entry table
 * says how many tensors, scalars and memories there are and what each one is;
 * they appear here in the order of the entry's arguments, each in its list. */
typedef struct fot_call {
  uint32_t struct_bytes; /* sizeof(fot_call) */
  uint32_t abi_version;
  const fot_host *host;
  const void *weights; /* the artifact's weights segment, 64-byte aligned */
  void *workspace;     /* Entry.workspace_bytes, 64-byte aligned */
  const fot_tensor *tensors;
  const int64_t *scalars;
  const fot_memory *const *memories;
} fot_call;

/* An entry point. Returns 0, or a code that only a bug of ours can produce. */
typedef int32_t (*fot_entry)(const fot_call *call, uint32_t worker,
                             uint32_t num_workers);

#ifdef __cplusplus
}
#define FOT_ABI_ASSERT(condition) static_assert(condition, #condition)
#else
#define FOT_ABI_ASSERT(condition) _Static_assert(condition, #condition)
#endif
FOT_ABI_ASSERT(sizeof(fot_tensor) == 40);
FOT_ABI_ASSERT(sizeof(fot_segment) == 48);
FOT_ABI_ASSERT(sizeof(fot_winners) == 24);
FOT_ABI_ASSERT(sizeof(fot_memory) == 48);
FOT_ABI_ASSERT(sizeof(fot_host) == 24);
FOT_ABI_ASSERT(sizeof(fot_call) == 56);

#endif
