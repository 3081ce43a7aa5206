// product.mlir through shared memory, so that operands come by ldmatrix. The
// right one is RIGHT, in shared memory as in global memory.
#left = affine_map<(m, n, k) -> (m, k)>
#right = affine_map<(m, n, k) -> (ORDER)>
#sums = affine_map<(m, n, k) -> (m, n)>
gpu.module @kernels {
  gpu.func @product(%a: memref<16x16xf16>, %b: memref<RIGHTxf16>,
                    %c: memref<16x8xf16>)
      workgroup(%sa : memref<16x16xf16, #gpu.address_space<workgroup>> {llvm.align = 16 : i64},
                %sb : memref<RIGHTxf16, #gpu.address_space<workgroup>> {llvm.align = 16 : i64}) kernel {
    %zero = arith.constant 0 : index
    %in = ub.poison : f16
    %lane = gpu.thread_id x
    %rows = arith.constant 16 : index
    %left = arith.cmpi ult, %lane, %rows : index
    scf.if %left {
      %row = vector.load %a[%lane, %zero] {alignment = 16} : memref<16x16xf16>, vector<16xf16>
      vector.store %row, %sa[%lane, %zero] {alignment = 16} : memref<16x16xf16, #gpu.address_space<workgroup>>, vector<16xf16>
    }
    %others = arith.constant ROWS : index
    %right = arith.cmpi ult, %lane, %others : index
    scf.if %right {
      %row = vector.load %b[%lane, %zero] {alignment = 16} : memref<RIGHTxf16>, vector<COLUMNSxf16>
      vector.store %row, %sb[%lane, %zero] {alignment = 16} : memref<RIGHTxf16, #gpu.address_space<workgroup>>, vector<COLUMNSxf16>
    }
    gpu.barrier
    %x = vector.transfer_read %sa[%zero, %zero], %in {in_bounds = [true, true]} : memref<16x16xf16, #gpu.address_space<workgroup>>, vector<16x16xf16>
    %y = vector.transfer_read %sb[%zero, %zero], %in {in_bounds = [true, true]} : memref<RIGHTxf16, #gpu.address_space<workgroup>>, vector<RIGHTxf16>
    %z = vector.transfer_read %c[%zero, %zero], %in {in_bounds = [true, true]} : memref<16x8xf16>, vector<16x8xf16>
    %d = vector.contract {indexing_maps = [#left, #right, #sums], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %y, %z : vector<16x16xf16>, vector<RIGHTxf16> into vector<16x8xf16>
    vector.transfer_write %d, %c[%zero, %zero] {in_bounds = [true, true]} : vector<16x8xf16>, memref<16x8xf16>
    gpu.return
  }
}
