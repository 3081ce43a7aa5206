/* fot/emulator_abi.h: what kernels compiled for the emulated CUDA device and
 * the emulator (libfot_emulator.so) agree on, and nothing else.
 *
 * The compiler retargets optimised NVPTX code to an x86-64 ELF shared object
 * that needs no other library. It exports one function,
 *   fot_emulated_module *fot_emulated_code(void);
 * The device fills in the first part of that table before anything runs. Each
 * CUDA thread is a fiber; all fibers of one loaded object share one host
 * thread, so the object keeps the running one in a variable.
 *
 * This header is self-contained C99. Layouts are fixed: see the assertions.
 */
#ifndef FOT_EMULATOR_ABI_H
#define FOT_EMULATOR_ABI_H

#include <stdint.h>

#define FOT_EMULATOR_ABI_VERSION 1u
#define FOT_EMULATOR_ENTRY "fot_emulated_code"

#ifdef __cplusplus
extern "C" {
#endif

/* What `thread` points to: the registers of one thread that never change. */
typedef struct fot_emulated_ids {
  uint32_t tid[3];
  uint32_t ctaid[3];
  uint32_t ntid[3];
  uint32_t nctaid[3];
  uint32_t lane;
} fot_emulated_ids;

/* One argument or result of an operation, in the lowest bytes; 16-byte aligned.
 * Numbers of fewer than 8 bits take one byte. Members of structs each have a
 * slot of their own. */
typedef struct fot_emulated_slot {
  uint64_t low;
  uint64_t high;
} fot_emulated_slot;

/* An operation that x86-64 does not have. `thread` is the module's field,
 * `site` an index into the table of sites. */
typedef void (*fot_emulated_call)(void *thread, fot_emulated_slot *arguments,
                                  fot_emulated_slot *results, uint32_t site);

/* An operation that the object uses: an intrinsic without "llvm.", such as
 * "nvvm.shfl.sync.bfly.i32" or "exp2.f32". The device fills in `call`, or
 * refuses the object if it does not know the name. */
typedef struct fot_emulated_op {
  const char *name;
  fot_emulated_call call;
} fot_emulated_op;

/* Is called before each access of memory that is not provably the thread's
 * own. Does not return if the access is wrong. */
typedef void (*fot_emulated_check)(void *thread, const void *address,
                                   uint32_t site);

enum { FOT_ACCESS_READ = 1, FOT_ACCESS_WRITE = 2, FOT_ACCESS_ATOMIC = 4 };
enum { FOT_SPACE_ANY = 0, FOT_SPACE_GLOBAL = 1, FOT_SPACE_SHARED = 3 };

/* An instruction that accesses memory or is an operation. The last four are 0
 * for operations. */
typedef struct fot_emulated_site {
  const char *function;
  const char *text;  /* the instruction */
  const char *place; /* "FILE:LINE" where that is known, or "block NAME" */
  uint32_t bytes;
  uint32_t alignment; /* in bytes */
  uint32_t access;    /* FOT_ACCESS_* */
  uint32_t space;     /* FOT_SPACE_* */
} fot_emulated_site;

/* A variable in shared memory, at `offset` from its start. A `bytes` of 0 is
 * the room that a launch asks for, which comes last. */
typedef struct fot_emulated_variable {
  const char *name;
  uint32_t offset;
  uint32_t bytes;
} fot_emulated_variable;

/* A variable in global or constant memory. */
typedef struct fot_emulated_global {
  const char *name;
  void *address;
  uint64_t bytes;
  uint32_t constant; /* 1: may not be written */
  uint32_t reserved;
} fot_emulated_global;

typedef struct fot_emulated_kernel {
  const char *name;
  void (*run)(void **arguments); /* one thread; as cuLaunchKernel passes them */
  const uint32_t *variables;     /* indices into the module's variables */
  uint32_t num_variables;
  uint32_t num_arguments;
  uint32_t shared_bytes;    /* of all variables, gaps between them included */
  uint32_t stack_bytes;     /* of a thread's own variables, about */
  uint32_t block[3];        /* the only block size allowed, or 0 */
  uint32_t max_block[3];    /* the largest block size allowed, or 0 */
  uint32_t max_threads;     /* in a block, or 0 */
  uint32_t declared_shared; /* without the gaps: what the GPU would need */
} fot_emulated_kernel;

typedef struct fot_emulated_module {
  uint32_t struct_bytes; /* sizeof(fot_emulated_module) */
  uint32_t abi_version;
  /* Filled in by the device. */
  void *thread;    /* the running thread: fot_emulated_ids, and what it adds */
  uint8_t *shared; /* on a 256 KiB boundary */
  fot_emulated_check check;
  /* Filled in by the compiler, except for the calls in `ops`. */
  fot_emulated_op *ops;
  const fot_emulated_site *sites;
  const fot_emulated_kernel *kernels;
  const fot_emulated_variable *variables;
  const fot_emulated_global *globals;
  uint32_t num_ops;
  uint32_t num_sites;
  uint32_t num_kernels;
  uint32_t num_variables;
  uint32_t num_globals;
  uint32_t reserved;
} fot_emulated_module;

#ifdef __cplusplus
}
#define FOT_EMULATOR_ASSERT(condition) static_assert(condition, #condition)
#else
#define FOT_EMULATOR_ASSERT(condition) _Static_assert(condition, #condition)
#endif
FOT_EMULATOR_ASSERT(sizeof(fot_emulated_ids) == 52);
FOT_EMULATOR_ASSERT(sizeof(fot_emulated_op) == 16);
FOT_EMULATOR_ASSERT(sizeof(fot_emulated_site) == 40);
FOT_EMULATOR_ASSERT(sizeof(fot_emulated_variable) == 16);
FOT_EMULATOR_ASSERT(sizeof(fot_emulated_global) == 32);
FOT_EMULATOR_ASSERT(sizeof(fot_emulated_kernel) == 72);
FOT_EMULATOR_ASSERT(sizeof(fot_emulated_module) == 96);

#endif
