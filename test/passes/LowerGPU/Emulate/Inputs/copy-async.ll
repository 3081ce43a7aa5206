; Doubles numbers by way of shared memory: 16 bytes for each thread, copied
; asynchronously, and read by another thread than the one that copied.
target triple = "nvptx64-nvidia-cuda"

@tile = internal addrspace(3) global [128 x float] undef, align 16

define ptx_kernel void @double(ptr addrspace(1) %numbers, ptr addrspace(1) %results) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %first = mul i32 %tid, 4
  %source = getelementptr float, ptr addrspace(1) %numbers, i32 %first
  %target = getelementptr float, ptr addrspace(3) @tile, i32 %first
  call void @llvm.nvvm.cp.async.cg.shared.global.16(ptr addrspace(3) %target, ptr addrspace(1) %source)
  call void @llvm.nvvm.cp.async.commit.group()
  call void @llvm.nvvm.cp.async.wait.group(i32 0)
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %other = sub i32 31, %tid
  %start = mul i32 %other, 4
  %from = getelementptr float, ptr addrspace(3) @tile, i32 %start
  %four = load <4 x float>, ptr addrspace(3) %from, align 16
  %twice = fadd <4 x float> %four, %four
  %to = getelementptr float, ptr addrspace(1) %results, i32 %start
  store <4 x float> %twice, ptr addrspace(1) %to, align 16
  ret void
}

declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare void @llvm.nvvm.cp.async.cg.shared.global.16(ptr addrspace(3), ptr addrspace(1))
declare void @llvm.nvvm.cp.async.commit.group()
declare void @llvm.nvvm.cp.async.wait.group(i32 immarg)
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)
