// C += A B' in one mma.sync. The lanes' shares of the matrices are those of
// MLIR's vector-to-nvgpu conversion, which knows nothing of the emulator.
#left = affine_map<(m, n, k) -> (m, k)>
#right = affine_map<(m, n, k) -> (n, k)>
#sums = affine_map<(m, n, k) -> (m, n)>
gpu.module @kernels {
  gpu.func @product(%a: memref<16xKxIN>, %b: memref<8xKxIN>,
                    %c: memref<16x8xOUT>) kernel {
    %zero = arith.constant 0 : index
    %in = ub.poison : IN
    %out = ub.poison : OUT
    %x = vector.transfer_read %a[%zero, %zero], %in {in_bounds = [true, true]} : memref<16xKxIN>, vector<16xKxIN>
    %y = vector.transfer_read %b[%zero, %zero], %in {in_bounds = [true, true]} : memref<8xKxIN>, vector<8xKxIN>
    %z = vector.transfer_read %c[%zero, %zero], %out {in_bounds = [true, true]} : memref<16x8xOUT>, vector<16x8xOUT>
    %d = vector.contract {indexing_maps = [#left, #right, #sums], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %y, %z : vector<16xKxIN>, vector<8xKxIN> into vector<16x8xOUT>
    vector.transfer_write %d, %c[%zero, %zero] {in_bounds = [true, true]} : vector<16x8xOUT>, memref<16x8xOUT>
    gpu.return
  }
}
