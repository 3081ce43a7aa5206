// Weights follow each other in the order of the module, each at a multiple of
// 64 bytes; offsets from before are replaced.
// RUN: fot-opt %s --fot-assign-weight-offsets -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: fot-opt %t.once --fot-assign-weight-offsets | diff %t.once -

// CHECK: fot.weight @gain : tensor<9xf32> {{.*}} at 0
fot.weight @gain : tensor<9xf32> from #fot.random<1, 1.0>
// Exactly two units: the next one starts at once.
// CHECK: fot.weight @full : tensor<4x16xf16> {{.*}} at 64
fot.weight @full : tensor<4x16xf16> from #fot.random<2, 1.0> at 4096
// CHECK: fot.weight @halves : tensor<20xbf16> {{.*}} at 192
fot.weight @halves : tensor<20xbf16> from #fot.random<3, 1.0>
// Five blocks of 34 bytes.
// CHECK: fot.weight @blocks : tensor<5x1x!fot.block<q8_0>> {{.*}} at 256
fot.weight @blocks : tensor<5x1x!fot.block<q8_0>> from #fot.random<4, 1.0>
// Two steps of 16 scales and 512 bytes.
// CHECK: fot.weight @panels : tensor<1x2x!fot.panel<q8_0 x 16>> {{.*}} at 448 logical tensor<12x2x!fot.block<q8_0>>
fot.weight @panels : tensor<1x2x!fot.panel<q8_0 x 16>> from #fot.random<5, 1.0>
  logical tensor<12x2x!fot.block<q8_0>>
// CHECK: fot.weight @one_block : tensor<1x1x!fot.block<q4_0>> {{.*}} at 1536
fot.weight @one_block : tensor<1x1x!fot.block<q4_0>> from #fot.random<6, 1.0>
// CHECK: fot.weight @minima : tensor<2x1x!fot.panel<q4_1 x 16>> {{.*}} at 1600
fot.weight @minima : tensor<2x1x!fot.panel<q4_1 x 16>> from #fot.random<7, 1.0>
