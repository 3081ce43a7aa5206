// What is wrong with the command line or its files is said in one diagnostic.
// RUN: rm -rf %t && mkdir %t && cd %t
// RUN: %python %S/Inputs/npy.py write f4 2,2 square.npy 1 2 3 4
// RUN: %python %S/Inputs/npy.py write i8 2,3 wide.npy 1 2 3 4 5 6000000000
// RUN: head -c 100 square.npy > short.npy
// RUN: head -c -1 square.npy > cut.npy
// RUN: sed "s/False/True /" square.npy > fortran.npy
// RUN: sed "s/<f4/>f4/" square.npy > big.npy
// RUN: echo text > text.npy
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=none" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=f" 2>&1 | FileCheck %s --check-prefix=INPUTS
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=f inputs=no.npy,0,empty" 2>&1 | FileCheck %s --check-prefix=MISSING
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=f inputs=square.npy,0,empty" 2>&1 | FileCheck %s --check-prefix=SHAPE
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=f inputs=wide.npy,0,empty" 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=g inputs=wide.npy" 2>&1 | FileCheck %s --check-prefix=RANGE
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=f inputs=short.npy,0,empty" 2>&1 | FileCheck %s --check-prefix=SHORT
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=f inputs=cut.npy,0,empty" 2>&1 | FileCheck %s --check-prefix=CUT
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=f inputs=fortran.npy,0,empty" 2>&1 | FileCheck %s --check-prefix=FORTRAN
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=f inputs=big.npy,0,empty" 2>&1 | FileCheck %s --check-prefix=BIG
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=f inputs=text.npy,0,empty" 2>&1 | FileCheck %s --check-prefix=TEXT
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=h inputs=zero,empty" 2>&1 | FileCheck %s --check-prefix=NUMBER
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=h inputs=square.npy,empty" 2>&1 | FileCheck %s --check-prefix=FLOATS
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=h inputs=0,square.npy" 2>&1 | FileCheck %s --check-prefix=PAIR
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=h inputs=0,square.npy+square.npy" 2>&1 | FileCheck %s --check-prefix=MEMORY
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=h inputs=0,empty outputs=a.npy,b.npy,c.npy" 2>&1 | FileCheck %s --check-prefix=OUTPUTS
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=h inputs=0,empty outputs=no/a.npy,b.npy" 2>&1 | FileCheck %s --check-prefix=WRITE
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=unknown" 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=buffers" 2>&1 | FileCheck %s --check-prefix=BUFFERS
// RUN: not fot-opt %s -o /dev/null -fot-evaluate="function=endless" 2>&1 | FileCheck %s --check-prefix=ENDLESS

// NONE: error: expects a function 'none', found none
// INPUTS: error: expects 3 inputs, found 0
// MISSING: error: input 0: cannot read 'no.npy'
// SHAPE: error: argument 0 expects tensor<?x3xf32>, found a tensor of [2, 2] numbers
// TYPE: error: input 0: expects numbers of f32 in 'wide.npy', found integers
// RANGE: error: input 0: expects numbers of i32 in 'wide.npy', found 6000000000
// SHORT: error: input 0: 'short.npy' is no .npy file that can be used: expects a header of 118 bytes, found 90
// CUT: error: input 0: 'cut.npy' is no .npy file that can be used: expects 16 bytes after the header, found 15
// FORTRAN: error: input 0: 'fortran.npy' is no .npy file that can be used: expects C order
// BIG: error: input 0: 'big.npy' is no .npy file that can be used: expects <f4, <f8, <i4 or <i8 numbers, not >f4
// TEXT: error: input 0: 'text.npy' is no .npy file that can be used: expects the magic bytes
// NUMBER: error: input 0: expects a .npy file or a number for index, found 'zero'
// FLOATS: error: input 0: expects numbers of index in 'square.npy', found floats
// PAIR: error: input 1: expects KEYS.npy+VALUES.npy or 'empty' for !fot.memory<1 x 2, f32, f32>, found 'square.npy'
// MEMORY: error: input 1: expects 1 x entries x 2 numbers in 'square.npy', the same for keys and values, found [2, 2]
// OUTPUTS: error: expects 2 outputs, found 3
// WRITE: error: output 0:
// UNKNOWN: error: 'arith.mulsi_extended' op is not known to the reference evaluator
// BUFFERS: error: 'memref.alloc' op cannot be evaluated: expects tensors, found buffers
// ENDLESS: error: expects at most 64 calls within each other

func.func @f(%x: tensor<?x3xf32>, %n: index, %m: !fot.memory<1 x 2, f32, f32>) {
  return
}

func.func @g(%x: tensor<?x3xi32>) {
  return
}

func.func @h(%n: index, %m: !fot.memory<1 x 2, f32, f32>) -> (index, index) {
  return %n, %n : index, index
}

func.func @unknown() -> i32 {
  %c = arith.constant 3 : i32
  %low, %high = arith.mulsi_extended %c, %c : i32
  return %low : i32
}

func.func @buffers() {
  %0 = memref.alloc() : memref<2xf32>
  return
}

func.func @endless() {
  call @endless() : () -> ()
  return
}
