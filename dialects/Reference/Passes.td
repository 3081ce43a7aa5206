//===- Passes.td - running the reference evaluator ------------------------===//

#ifndef FOT_REFERENCE_PASSES_TD
#define FOT_REFERENCE_PASSES_TD

include "mlir/Pass/PassBase.td"

def Evaluate : Pass<"fot-evaluate", "ModuleOp"> {
  let summary = "runs a function in the reference evaluator";
  let description = [{
    Calls `function` with `inputs`, one for each argument: a `.npy` file (float
    or 32- or 64-bit integers) for a tensor, a number or a `.npy` without
    dimensions for a number, and for a memory `KEYS.npy+VALUES.npy`, each
    `heads x entries x head dimension`, or `empty`. Results are written to
    `outputs`, in the same manner, or printed to standard output. The IR stays
    as it is.

    ```
    fot-opt m.mlir -fot-evaluate="function=f inputs=x.npy,3" -o /dev/null
    ```
    prints
    ```
    result 0: tensor<1x2xf32> = [[0.5, 1]]
    ```
  }];
  let options = [
    Option<"function", "function", "std::string", "\"main\"",
           "the function to call">,
    ListOption<"inputs", "inputs", "std::string", "values of its arguments">,
    ListOption<"outputs", "outputs", "std::string",
               "files for its results; none: they are printed">,
    Option<"weights", "weights", "std::string", "\"\"",
           "where relative paths of weights start">
  ];
  let dependentDialects = ["::mlir::fot::FoTDialect"];
}

#endif // FOT_REFERENCE_PASSES_TD
