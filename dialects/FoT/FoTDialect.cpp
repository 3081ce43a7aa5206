//===- FoTDialect.cpp - registration, types and attributes ----------------===//

#include "dialects/FoT/FoTDialect.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::fot;

#include "dialects/FoT/FoTDialect.cpp.inc"
#include "dialects/FoT/FoTEnums.cpp.inc"

/// `, scan = int4, splits = 8, parts = 3`: any of them, in this order.
static ParseResult parseOptionalStrategy(AsmParser &parser, Scan &scan,
                                         int64_t &splits, int64_t &parts) {
  scan = Scan::Exact;
  splits = 1;
  parts = 0;
  if (failed(parser.parseOptionalComma())) {
    return success();
  }
  if (succeeded(parser.parseOptionalKeyword("scan"))) {
    FailureOr<Scan> parsed = failure();
    if (parser.parseEqual() ||
        failed(parsed = FieldParser<Scan>::parse(parser))) {
      return failure();
    }
    scan = *parsed;
    if (failed(parser.parseOptionalComma())) {
      return success();
    }
  }
  if (succeeded(parser.parseOptionalKeyword("splits"))) {
    if (parser.parseEqual() || parser.parseInteger(splits)) {
      return failure();
    }
    if (failed(parser.parseOptionalComma())) {
      return success();
    }
  }
  return failure(parser.parseKeyword("parts") || parser.parseEqual() ||
                 parser.parseInteger(parts));
}

static void printOptionalStrategy(AsmPrinter &printer, Scan scan,
                                  int64_t splits, int64_t parts) {
  if (scan != Scan::Exact) {
    printer << ", scan = " << stringifyScan(scan);
  }
  if (splits != 1) {
    printer << ", splits = " << splits;
  }
  if (parts != 0) {
    printer << ", parts = " << parts;
  }
}

#define GET_ATTRDEF_CLASSES
#include "dialects/FoT/FoTAttributes.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/FoT/FoTTypes.cpp.inc"

void FoTDialect::initialize() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/FoT/FoTTypes.cpp.inc"
      >();
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/FoT/FoTAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/FoT/FoTOps.cpp.inc"
      >();
}

LogicalResult MemoryType::verify(function_ref<InFlightDiagnostic()> emitError,
                                 int64_t heads, int64_t headDim, Type keyType,
                                 Type valueType, ArrayRef<int64_t> owned) {
  if (heads <= 0 || headDim <= 0) { // (C1)
    return emitError() << "expects positive heads and head dimension, found "
                       << heads << " x " << headDim;
  }
  for (Type type : {keyType, valueType}) { // (C2)
    if (!isa<Float32Type, Float16Type, BFloat16Type>(type) &&
        !type.isSignlessInteger(8)) {
      return emitError()
             << "expects f32, f16, bf16 or i8 keys and values, found " << type;
    }
  }
  int64_t next = 0;
  for (int64_t head : owned) { // (C3)
    if (head < next || head >= heads ||
        static_cast<int64_t>(owned.size()) >= heads) {
      return emitError() << "expects some of the heads below " << heads
                         << ", ascending, found " << head;
    }
    next = head + 1;
  }
  return success();
}

int64_t MemoryType::getSlotOfHead(int64_t head) const {
  if (ownsAll()) {
    return head;
  }
  const int64_t *found = llvm::find(getOwned(), head);
  return found == getOwned().end() ? -1 : found - getOwned().begin();
}

LogicalResult BlockType::verify(function_ref<InFlightDiagnostic()> emitError,
                                Format format) {
  if (format == Format::F32 || format == Format::F16 ||
      format == Format::BF16) { // (C1)
    return emitError() << "expects q8_0, q4_0, q4_1, q5_1, q6_0 or a8, found "
                       << stringifyFormat(format);
  }
  return success();
}

int64_t BlockType::getBytes() const {
  switch (getFormat()) {
  case Format::Q8_0:
    return 34;
  case Format::Q4_0:
    return 18;
  case Format::Q4_1:
    return 20;
  case Format::Q5_1:
    return 24;
  case Format::Q6_0:
    return 28;
  case Format::A8:
    return 40;
  default:
    llvm_unreachable("not a block format");
  }
}

LogicalResult PanelType::verify(function_ref<InFlightDiagnostic()> emitError,
                                Format format, int64_t rows) {
  if (rows != 16) { // (C1)
    return emitError() << "expects 16 rows, found " << rows;
  }
  if (format == Format::A8) { // (C2)
    return emitError() << "expects a weight format, found a8";
  }
  return success();
}

void mlir::fot::getBufferEffects(
    DestinationStyleOpInterface op,
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  for (OpOperand &operand : op->getOpOperands()) {
    bool isBuffer = isa<MemRefType>(operand.get().getType());
    if (!isBuffer && !isa<MemoryType>(operand.get().getType())) {
      continue;
    }
    effects.emplace_back(MemoryEffects::Read::get(), &operand);
    if (isBuffer && op.isDpsInit(&operand)) {
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    }
  }
}

#define GET_OP_CLASSES
#include "dialects/FoT/FoTOps.cpp.inc"
