; Sums of blocks of 256 numbers: through shared memory and a warp's shuffles.
target triple = "nvptx64-nvidia-cuda"

@partial = internal addrspace(3) global [8 x float] undef, align 4

define ptx_kernel void @reduce(ptr addrspace(1) %numbers, ptr addrspace(1) %sums) {
entry:
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %start = mul i32 %block, 256
  %index = add i32 %start, %tid
  %at = getelementptr float, ptr addrspace(1) %numbers, i32 %index
  %number = load float, ptr addrspace(1) %at, align 4
  %s16 = call float @llvm.nvvm.shfl.sync.bfly.f32(i32 -1, float %number, i32 16, i32 31)
  %a16 = fadd float %number, %s16
  %s8 = call float @llvm.nvvm.shfl.sync.bfly.f32(i32 -1, float %a16, i32 8, i32 31)
  %a8 = fadd float %a16, %s8
  %s4 = call float @llvm.nvvm.shfl.sync.bfly.f32(i32 -1, float %a8, i32 4, i32 31)
  %a4 = fadd float %a8, %s4
  %s2 = call float @llvm.nvvm.shfl.sync.bfly.f32(i32 -1, float %a4, i32 2, i32 31)
  %a2 = fadd float %a4, %s2
  %s1 = call float @llvm.nvvm.shfl.sync.bfly.f32(i32 -1, float %a2, i32 1, i32 31)
  %a1 = fadd float %a2, %s1
  %lane = and i32 %tid, 31
  %warp = lshr i32 %tid, 5
  %leads = icmp eq i32 %lane, 0
  br i1 %leads, label %store, label %join

store:
  %slot = getelementptr float, ptr addrspace(3) @partial, i32 %warp
  store float %a1, ptr addrspace(3) %slot, align 4
  br label %join

join:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %is.first = icmp eq i32 %tid, 0
  br i1 %is.first, label %last, label %done

last:
  br label %loop

loop:
  %i = phi i32 [ 0, %last ], [ %next, %loop ]
  %sum = phi float [ 0.0, %last ], [ %added, %loop ]
  %from = getelementptr float, ptr addrspace(3) @partial, i32 %i
  %one = load float, ptr addrspace(3) %from, align 4
  %added = fadd float %sum, %one
  %next = add i32 %i, 1
  %more = icmp ult i32 %next, 8
  br i1 %more, label %loop, label %write

write:
  %to = getelementptr float, ptr addrspace(1) %sums, i32 %block
  store float %added, ptr addrspace(1) %to, align 4
  br label %done

done:
  ret void
}

declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
declare float @llvm.nvvm.shfl.sync.bfly.f32(i32, float, i32, i32)
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)
