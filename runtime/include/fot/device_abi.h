/* fot/device_abi.h: what compiled host code for a GPU and the runtime agree on.
 *
 * For a GPU the compiler emits two things: kernels (PTX, cubin, or an ELF
 * object for the emulated device) and one small ELF shared object for the host.
 * The latter exports `fot_kernel_abi_version` and, under each entry's name, a
 * function of type fot_entry (kernel_abi.h). It is called once a call, with
 * worker 0 of 1, and does no arithmetic but that of sizes: it asks the host
 * table for launches, which happen one after the other.
 *
 * Its fot_call is the first member of a fot_device_call, and call.host points
 * to the first member of a fot_device_host. call.weights, call.workspace and
 * the data of tensors are addresses of the device; dims, scalars and memories
 * are the host's. A kernel reads scalars and memories from the device's memory,
 * so that launches of a decode step are the same for every token.
 *
 * Code with an entry `decode` has a kernel FOT_ARG_MAX beside those of its
 * entries: (address of f32 [r, n], int64_t n, address of int32_t [r]), with r
 * blocks of FOT_ARG_MAX_THREADS. It writes the place of each row's largest
 * number, the first of equal ones.
 *
 * Of fot_memory (kernel_abi.h) kernels read the same layout in device memory;
 * `index` of segments is ignored.
 */
#ifndef FOT_DEVICE_ABI_H
#define FOT_DEVICE_ABI_H

#include "fot/kernel_abi.h"

#define FOT_ARG_MAX "arg_max"
#define FOT_ARG_MAX_THREADS 512u

#ifdef __cplusplus
extern "C" {
#endif

/* Blocks of a launch, threads of a block, bytes of dynamic shared memory, and
 * how many arguments the kernel takes. */
typedef struct fot_launch {
  uint32_t grid[3];
  uint32_t block[3];
  uint32_t shared_bytes;
  uint32_t num_arguments; /* at least 1 */
} fot_launch;

/* `arguments[i]` points to the i-th argument, an address of the device or an
 * int64_t, as cuLaunchKernel has it; values are taken at once. A launch whose
 * grid is empty does nothing. Launches happen when the entry has returned. */
typedef struct fot_device_host {
  fot_host host;
  void (*launch)(void *context, uint32_t kernel, const fot_launch *shape,
                 void **arguments);
} fot_device_host;

typedef struct fot_device_call {
  fot_call call;
  uint64_t scalars;         /* device address of int64_t [number of scalars] */
  const uint64_t *memories; /* device addresses, one fot_memory each */
} fot_device_call;

#ifdef __cplusplus
}
#endif
FOT_ABI_ASSERT(sizeof(fot_launch) == 32);
FOT_ABI_ASSERT(sizeof(fot_device_host) == 32);
FOT_ABI_ASSERT(sizeof(fot_device_call) == 72);

#endif
