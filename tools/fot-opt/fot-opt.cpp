//===- fot-opt.cpp - mlir-opt with the fot dialect and passes -------------===//

#include "dialects/FoT/FoTDialect.h"
#include "dialects/Reference/Passes.h"
#include "passes/Pipeline/Phases.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/InitAllPasses.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllPasses();
  mlir::fot::registerCompilerPasses();
  mlir::fot::reference::registerFotReferencePasses();
  registry.insert<mlir::fot::FoTDialect>();
  mlir::fot::registerBufferizableOpInterfaceExternalModels(registry);
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "fotc optimizer driver\n", registry));
}
