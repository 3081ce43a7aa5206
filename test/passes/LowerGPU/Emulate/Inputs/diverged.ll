; What an optimiser makes of an mma.sync between two branches on the same
; condition if it does not know that all lanes have to meet there.
target triple = "nvptx64-nvidia-cuda"

define ptx_kernel void @diverged(ptr addrspace(1) %sums) {
entry:
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %low = icmp ult i32 %lane, 16
  %zero = insertelement <2 x half> zeroinitializer, half 0.0, i32 0
  br i1 %low, label %one, label %other

one:
  %a = call { float, float, float, float } @llvm.nvvm.mma.m16n8k8.row.col.f32.f32(<2 x half> %zero, <2 x half> %zero, <2 x half> %zero, float 1.0, float 1.0, float 1.0, float 1.0)
  %first = extractvalue { float, float, float, float } %a, 0
  br label %join

other:
  %b = call { float, float, float, float } @llvm.nvvm.mma.m16n8k8.row.col.f32.f32(<2 x half> %zero, <2 x half> %zero, <2 x half> %zero, float 1.0, float 1.0, float 1.0, float 1.0)
  %second = extractvalue { float, float, float, float } %b, 0
  br label %join

join:
  %sum = phi float [ %first, %one ], [ %second, %other ]
  %to = getelementptr float, ptr addrspace(1) %sums, i32 %lane
  store float %sum, ptr addrspace(1) %to, align 4
  ret void
}

declare i32 @llvm.nvvm.read.ptx.sreg.laneid()
declare { float, float, float, float } @llvm.nvvm.mma.m16n8k8.row.col.f32.f32(<2 x half>, <2 x half>, <2 x half>, float, float, float, float)
