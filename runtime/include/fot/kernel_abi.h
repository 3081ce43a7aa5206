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

#define FOT_KERNEL_ABI_VERSION 1u
#define FOT_MAX_RANK 4

#ifdef __cplusplus
extern "C" {
#endif

/* One dense row-major tensor argument. `dims[i]` for i < rank are its sizes. */
typedef struct fot_tensor {
  void *data; /* 64-byte aligned */
  int64_t dims[FOT_MAX_RANK];
} fot_tensor;

/* A run of entries of a memory bank. For G key-value heads of dimension D:
 * keys [G][capacity][D] and values [G][capacity][D], row-major, in the bank's
 * key and value types, 64-byte aligned. Entries [0, count) are valid. */
typedef struct fot_segment {
  void *keys;
  void *values;
  int64_t count;
  int64_t capacity;
  int64_t first; /* bank-wide index of the segment's entry 0 */
} fot_segment;

/* One memory bank (one layer) as compiled code sees it: oldest entry first.
 * An append of n entries writes at bank-wide indices [count, count + n), for
 * which the runtime has provided capacity in `segments`; the runtime, not the
 * compiled code, then raises the counts. */
typedef struct fot_memory {
  int64_t count;        /* valid entries in all segments together */
  int64_t num_segments; /* including reserved, still empty ones */
  const fot_segment *segments;
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
FOT_ABI_ASSERT(sizeof(fot_segment) == 40);
FOT_ABI_ASSERT(sizeof(fot_memory) == 24);
FOT_ABI_ASSERT(sizeof(fot_host) == 24);
FOT_ABI_ASSERT(sizeof(fot_call) == 56);

#endif
