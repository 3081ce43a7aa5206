; Counts how often each of 32 numbers is there, in shared memory first.
target triple = "nvptx64-nvidia-cuda"

@counts = internal addrspace(3) global [32 x i32] undef, align 4

define ptx_kernel void @histogram(ptr addrspace(1) %numbers, ptr addrspace(1) %totals) {
entry:
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %size = call i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
  %start = mul i32 %block, %size
  %index = add i32 %start, %tid
  %few = icmp ult i32 %tid, 32
  %own = getelementptr i32, ptr addrspace(3) @counts, i32 %tid
  br i1 %few, label %clear, label %cleared

clear:
  store i32 0, ptr addrspace(3) %own, align 4
  br label %cleared

cleared:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  %at = getelementptr i32, ptr addrspace(1) %numbers, i32 %index
  %number = load i32, ptr addrspace(1) %at, align 4
  %bin = and i32 %number, 31
  %count = getelementptr i32, ptr addrspace(3) @counts, i32 %bin
  %old = atomicrmw add ptr addrspace(3) %count, i32 1 syncscope("block") monotonic
  br label %counted

counted:
  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)
  br i1 %few, label %write, label %done

write:
  %found = load i32, ptr addrspace(3) %own, align 4
  %total = getelementptr i32, ptr addrspace(1) %totals, i32 %tid
  %before = atomicrmw add ptr addrspace(1) %total, i32 %found syncscope("device") monotonic
  br label %done

done:
  ret void
}

declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)
