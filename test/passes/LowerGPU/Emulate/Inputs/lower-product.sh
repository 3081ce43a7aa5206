# lower-product.sh SED-SCRIPT < TEMPLATE.mlir: the template with types and sizes
# filled in, as optimised NVPTX code.
set -e
sed -e "$1" |
  mlir-opt -pass-pipeline="builtin.module(gpu.module(gpu.func(convert-vector-to-gpu{use-nvgpu=true},canonicalize)))" |
  sed -e '/vector<[24]x1xf32>, vector<[12]x1xf32>/s/{mmaShape/{tf32Enabled, mmaShape/' |
  mlir-opt -pass-pipeline="builtin.module(gpu.module(convert-nvgpu-to-nvvm,expand-strided-metadata,lower-affine,convert-vector-to-scf,convert-scf-to-cf,convert-gpu-to-nvvm{use-bare-ptr-memref-call-conv=true},convert-vector-to-llvm,convert-arith-to-llvm,convert-index-to-llvm,canonicalize,reconcile-unrealized-casts))" |
  sed -e 1d -e '/^}$/d' -e 's/gpu.module @kernels/module/' |
  mlir-translate --mlir-to-llvmir | opt -O3 -mtriple=nvptx64 -mcpu=sm_80 -S
