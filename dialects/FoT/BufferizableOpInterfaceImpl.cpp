//===- BufferizableOpInterfaceImpl.cpp - from tensors to memrefs ----------===//
//
// Every destination-style op bufferizes alike: the same op on buffers, with
// the inits' buffers as results.
//
//===----------------------------------------------------------------------===//

#include "dialects/FoT/FoTDialect.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/DstBufferizableOpInterfaceImpl.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace mlir::fot;

namespace {

/// The buffers of all tensor operands; other operands as they are.
FailureOr<SmallVector<Value>> getOperandBuffers(RewriterBase &rewriter,
                                                Operation *op,
                                                const BufferizationOptions &o,
                                                BufferizationState &state) {
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    if (!isa<TensorType>(operand.getType())) {
      operands.push_back(operand);
      continue;
    }
    FailureOr<Value> buffer = getBuffer(rewriter, operand, o, state);
    if (failed(buffer)) {
      return failure();
    }
    operands.push_back(*buffer);
  }
  return operands;
}

template <typename OpTy>
struct ComputeOpInterface
    : DstBufferizableOpInterfaceExternalModel<ComputeOpInterface<OpTy>, OpTy> {
  bool bufferizesToMemoryRead(Operation *op, OpOperand &operand,
                              const AnalysisState &) const {
    // Window caches and parts keep what the op does not write.
    return !cast<DestinationStyleOpInterface>(op).isDpsInit(&operand) ||
           isa<AppendWindowOp, PartialAttentionOp, WindowMatmulOp>(op);
  }

  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    FailureOr<SmallVector<Value>> operands =
        getOperandBuffers(rewriter, op, options, state);
    if (failed(operands)) {
      return failure();
    }
    OperationState newState(op->getLoc(), op->getName());
    newState.addOperands(*operands);
    newState.addAttributes(op->getAttrs());
    newState.propertiesAttr = op->getPropertiesAsAttribute();
    Operation *buffered = rewriter.create(newState);
    replaceOpWithBufferizedValues(
        rewriter, op,
        cast<DestinationStyleOpInterface>(buffered).getDpsInits());
    return success();
  }
};

struct LoadWeightInterface
    : BufferizableOpInterface::ExternalModel<LoadWeightInterface,
                                             LoadWeightOp> {
  AliasingOpOperandList getAliasingOpOperands(Operation *, Value,
                                              const AnalysisState &) const {
    return {};
  }
  bool isWritable(Operation *, Value, const AnalysisState &) const {
    return false;
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &,
                          BufferizationState &) const {
    auto load = cast<LoadWeightOp>(op);
    auto type = cast<RankedTensorType>(load.getType());
    replaceOpWithNewBufferizedOp<LoadWeightOp>(
        rewriter, op, MemRefType::get(type.getShape(), type.getElementType()),
        load.getWeightAttr());
    return success();
  }
};

struct AppendMemoryInterface
    : BufferizableOpInterface::ExternalModel<AppendMemoryInterface,
                                             AppendMemoryOp> {
  bool bufferizesToMemoryRead(Operation *, OpOperand &,
                              const AnalysisState &) const {
    return true;
  }
  bool bufferizesToMemoryWrite(Operation *, OpOperand &,
                               const AnalysisState &) const {
    return false;
  }
  AliasingValueList getAliasingValues(Operation *, OpOperand &,
                                      const AnalysisState &) const {
    return {};
  }
  LogicalResult bufferize(Operation *op, RewriterBase &rewriter,
                          const BufferizationOptions &options,
                          BufferizationState &state) const {
    FailureOr<SmallVector<Value>> operands =
        getOperandBuffers(rewriter, op, options, state);
    if (failed(operands)) {
      return failure();
    }
    rewriter.modifyOpInPlace(op, [&] { op->setOperands(*operands); });
    return success();
  }
};

template <typename... Ops> void attachCompute(MLIRContext *context) {
  (Ops::template attachInterface<ComputeOpInterface<Ops>>(*context), ...);
}

} // namespace

void mlir::fot::registerBufferizableOpInterfaceExternalModels(
    DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, FoTDialect *) {
    attachCompute<AppendWindowOp, AttentionOp, CrossbatchAttentionOp,
                  EmbeddingOp, GatedMatmulOp, GatherOp, KnnOp, LastRowsOp,
                  MatmulOp, MemoryAttentionOp, PartialAttentionOp, PartialKnnOp,
                  QuantizeOp, RmsNormOp, RopeOp, SwiGLUOp, ViewMemoryOp,
                  WindowMatmulOp>(context);
    LoadWeightOp::attachInterface<LoadWeightInterface>(*context);
    AppendMemoryOp::attachInterface<AppendMemoryInterface>(*context);
  });
}
