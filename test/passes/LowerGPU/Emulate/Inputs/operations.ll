; One warp, or two; each kernel writes a number for each thread.
target triple = "nvptx64-nvidia-cuda"

%pair = type { i32, i32 }

@dynamic = external addrspace(3) global [0 x i32], align 16
@table = internal addrspace(4) constant [4 x i32] [i32 10, i32 20, i32 30, i32 40], align 4
@total = internal addrspace(1) global i32 5, align 4

define ptx_kernel void @votes(ptr addrspace(1) %results) {
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %low = icmp ult i32 %lane, 3
  %ballot = call i32 @llvm.nvvm.vote.ballot.sync(i32 -1, i1 %low)
  %any = call i1 @llvm.nvvm.vote.any.sync(i32 -1, i1 %low)
  %all = call i1 @llvm.nvvm.vote.all.sync(i32 -1, i1 %low)
  %a = select i1 %any, i32 100, i32 0
  %b = select i1 %all, i32 1000, i32 0
  %ab = add i32 %a, %b
  %sum = add i32 %ab, %ballot
  %to = getelementptr i32, ptr addrspace(1) %results, i32 %lane
  store i32 %sum, ptr addrspace(1) %to, align 4
  ret void
}

define ptx_kernel void @reductions(ptr addrspace(1) %results) {
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %sum = call i32 @llvm.nvvm.redux.sync.add(i32 %lane, i32 -1)
  %negative = sub i32 0, %lane
  %min = call i32 @llvm.nvvm.redux.sync.min(i32 %negative, i32 -1)
  %rest = and i32 %lane, 1
  %same = call i32 @llvm.nvvm.match.any.sync.i32(i32 -1, i32 %rest)
  %low = and i32 %same, 3
  %elected = call { i32, i1 } @llvm.nvvm.elect.sync(i32 -1)
  %is = extractvalue { i32, i1 } %elected, 1
  %first = select i1 %is, i32 10000, i32 0
  %x = add i32 %sum, %min
  %y = add i32 %x, %first
  %z = mul i32 %low, 1000
  %w = add i32 %y, %z
  %to = getelementptr i32, ptr addrspace(1) %results, i32 %lane
  store i32 %w, ptr addrspace(1) %to, align 4
  ret void
}

; Segments of 8 lanes: up, down and by index.
define ptx_kernel void @shuffles(ptr addrspace(1) %results) {
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %up = call i32 @llvm.nvvm.shfl.sync.up.i32(i32 -1, i32 %lane, i32 1, i32 6144)
  %down = call { i32, i1 } @llvm.nvvm.shfl.sync.down.i32p(i32 -1, i32 %lane, i32 3, i32 6175)
  %from = extractvalue { i32, i1 } %down, 0
  %inside = extractvalue { i32, i1 } %down, 1
  %index = call i32 @llvm.nvvm.shfl.sync.idx.i32(i32 -1, i32 %lane, i32 5, i32 6175)
  %a = mul i32 %from, 100
  %b = mul i32 %index, 10000
  %c = select i1 %inside, i32 1000000, i32 0
  %ab = add i32 %a, %b
  %abc = add i32 %ab, %c
  %sum = add i32 %abc, %up
  %to = getelementptr i32, ptr addrspace(1) %results, i32 %lane
  store i32 %sum, ptr addrspace(1) %to, align 4
  ret void
}

; The first warp writes and goes on, the second one waits for it at barrier 1.
define ptx_kernel void @producer(ptr addrspace(1) %results) {
entry:
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()
  %slot = getelementptr i32, ptr addrspace(3) @dynamic, i32 %lane
  %writes = icmp ult i32 %tid, 32
  br i1 %writes, label %write, label %read

write:
  %twice = mul i32 %tid, 2
  store i32 %twice, ptr addrspace(3) %slot, align 4
  call void @llvm.nvvm.barrier.cta.arrive.aligned.count(i32 1, i32 64)
  ret void

read:
  call void @llvm.nvvm.barrier.cta.sync.aligned.count(i32 1, i32 64)
  %there = load i32, ptr addrspace(3) %slot, align 4
  %to = getelementptr i32, ptr addrspace(1) %results, i32 %lane
  store i32 %there, ptr addrspace(1) %to, align 4
  ret void
}

; Variables of the module, the thread's own memory, a struct as an argument.
define ptx_kernel void @memories(ptr addrspace(1) %results, ptr byval(%pair) align 4 %pair) {
  %own = alloca [4 x i32], align 4
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %few = and i32 %tid, 3
  call void @llvm.memcpy.p0.p4.i64(ptr %own, ptr addrspace(4) @table, i64 16, i1 false)
  %at = getelementptr [4 x i32], ptr %own, i32 0, i32 %few
  %number = load i32, ptr %at, align 4
  %second = getelementptr %pair, ptr %pair, i32 0, i32 1
  %added = load i32, ptr %second, align 4
  %sum = add i32 %number, %added
  %before = atomicrmw add ptr addrspace(1) @total, i32 1 monotonic
  %to = getelementptr i32, ptr addrspace(1) %results, i32 %tid
  store i32 %sum, ptr addrspace(1) %to, align 4
  ret void
}

define ptx_kernel void @numbers(ptr addrspace(1) %in, ptr addrspace(1) %out, ptr addrspace(1) %rounded) {
  %tid = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %from = getelementptr float, ptr addrspace(1) %in, i32 %tid
  %x = load float, ptr addrspace(1) %from, align 4
  %power = call float @llvm.nvvm.ex2.approx.ftz.f(float %x)
  %log = call float @llvm.log2.f32(float %power)
  %root = call float @llvm.nvvm.rsqrt.approx.f(float %power)
  %sum = fadd float %log, %root
  %to = getelementptr float, ptr addrspace(1) %out, i32 %tid
  store float %sum, ptr addrspace(1) %to, align 4
  %odd = fadd float %x, 0x3F70100000000000
  %half = fptrunc float %odd to bfloat
  %at = getelementptr bfloat, ptr addrspace(1) %rounded, i32 %tid
  store bfloat %half, ptr addrspace(1) %at, align 2
  ret void
}

declare i32 @llvm.nvvm.read.ptx.sreg.laneid()
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.vote.ballot.sync(i32, i1)
declare i1 @llvm.nvvm.vote.any.sync(i32, i1)
declare i1 @llvm.nvvm.vote.all.sync(i32, i1)
declare i32 @llvm.nvvm.redux.sync.add(i32, i32)
declare i32 @llvm.nvvm.redux.sync.min(i32, i32)
declare i32 @llvm.nvvm.match.any.sync.i32(i32, i32)
declare { i32, i1 } @llvm.nvvm.elect.sync(i32)
declare i32 @llvm.nvvm.shfl.sync.up.i32(i32, i32, i32, i32)
declare { i32, i1 } @llvm.nvvm.shfl.sync.down.i32p(i32, i32, i32, i32)
declare i32 @llvm.nvvm.shfl.sync.idx.i32(i32, i32, i32, i32)
declare void @llvm.nvvm.barrier.cta.arrive.aligned.count(i32, i32)
declare void @llvm.nvvm.barrier.cta.sync.aligned.count(i32, i32)
declare void @llvm.memcpy.p0.p4.i64(ptr, ptr addrspace(4), i64, i1)
declare float @llvm.nvvm.ex2.approx.ftz.f(float)
declare float @llvm.log2.f32(float)
declare float @llvm.nvvm.rsqrt.approx.f(float)
