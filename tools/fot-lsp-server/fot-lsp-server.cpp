//===- fot-lsp-server.cpp - editors' view of IR with the fot dialect ------===//
//
// mlir-lsp-server that knows the fot dialect: diagnostics, hovering, going to
// definitions and completion in .mlir files. Speaks LSP on standard input and
// output; editors start it.
//
//===----------------------------------------------------------------------===//

#include "dialects/FoT/FoTDialect.h"

#include "mlir/IR/DialectRegistry.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Support/LogicalResult.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  registry.insert<mlir::fot::FoTDialect>();
  return mlir::failed(mlir::MlirLspServerMain(argc, argv, registry)) ? 1 : 0;
}
