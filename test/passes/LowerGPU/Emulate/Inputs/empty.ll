; Changes nothing: shows what a kernel is called with.
target triple = "nvptx64-nvidia-cuda"

define ptx_kernel void @product(ptr %a, ptr %b, ptr %c) {
  ret void
}
