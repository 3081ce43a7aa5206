//===- WeightReader.cpp - the numbers of a fot.weight ---------------------===//

#include "passes/Support/WeightReader.h"

#include "passes/Import/Checkpoint/RowReader.h"
#include "passes/Import/Checkpoint/WeightCodec.h"

#include "mlir/Support/DebugStringHelper.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"

#include <cmath>
#include <vector>

#include <sys/mman.h>

using namespace mlir;
using namespace mlir::fot;

template <typename... Args>
static llvm::Error fail(WeightOp weight, const char *format, Args... args) {
  std::string text = llvm::formatv(format, args...).str();
  return llvm::createStringError(llvm::Twine("weight '") + weight.getSymName() +
                                 "': " + text);
}

static WeightType storedType(Type element) {
  if (auto block = dyn_cast<BlockType>(element)) {
    switch (block.getFormat()) {
    case Format::Q8_0:
      return WeightType::Q8_0;
    case Format::Q4_0:
      return WeightType::Q4_0;
    case Format::Q4_1:
      return WeightType::Q4_1;
    case Format::Q5_1:
      return WeightType::Q5_1;
    case Format::Q6_0:
      return WeightType::Q6_0;
    default:
      break;
    }
  }
  if (element.isF16()) {
    return WeightType::F16;
  }
  if (element.isBF16()) {
    return WeightType::BF16;
  }
  return WeightType::F32;
}

WeightShape mlir::fot::getWeightShape(WeightOp weight) {
  RankedTensorType type = weight.getLogicalTensorType();
  WeightShape shape;
  shape.type = storedType(type.getElementType());
  shape.rows = 1;
  shape.cols = blockValues(shape.type);
  ArrayRef<int64_t> sizes = type.getShape();
  for (size_t i = 0; i < sizes.size(); ++i) {
    (i + 1 == sizes.size() ? shape.cols : shape.rows) *= sizes[i];
  }
  return shape;
}

double mlir::fot::randomNormal(uint64_t seed, uint64_t index,
                               double deviation) {
  constexpr uint64_t kStep = 0x9e3779b97f4a7c15ull;
  double sum = 0;
  for (uint64_t i = 1; i <= 12; ++i) {
    uint64_t bits = seed + (12 * index + i) * kStep;
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9ull;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebull;
    bits ^= bits >> 31;
    sum += static_cast<double>(bits >> 11) * 0x1p-53;
  }
  return (sum - 6) * deviation;
}

/// Row `row` of a weight that is no source, before rounding to its type.
static llvm::Error computeRow(WeightOp weight, const WeightShape &shape,
                              int64_t row, std::vector<float> &dst) {
  if (auto random = dyn_cast<RandomAttr>(weight.getOrigin())) {
    double deviation = random.getDeviation().getValueAsDouble();
    for (int64_t i = 0; i < shape.cols; ++i) {
      dst[i] = randomNormal(random.getSeed(), row * shape.cols + i, deviation);
    }
    return llvm::Error::success();
  }
  if (auto table = dyn_cast<RopeTableAttr>(weight.getOrigin())) {
    double theta = table.getTheta().getValueAsDouble();
    int64_t half = shape.cols / 2;
    for (int64_t i = 0; i < half; ++i) {
      double frequency = std::pow(theta, -2.0 * i / shape.cols);
      dst[i] = std::cos(row * frequency);
      dst[half + i] = std::sin(row * frequency);
    }
    return llvm::Error::success();
  }
  auto dense = dyn_cast<DenseFPElementsAttr>(weight.getOrigin());
  if (!dense || dense.getNumElements() != shape.rows * shape.cols) {
    return fail(weight, "expects {0} dense floating-point numbers, found {1}",
                shape.rows * shape.cols,
                debugString(cast<TypedAttr>(weight.getOrigin()).getType()));
  }
  auto values = dense.value_begin<APFloat>() + row * shape.cols;
  for (int64_t i = 0; i < shape.cols; ++i, ++values) {
    bool inexact;
    APFloat value = *values;
    value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                  &inexact);
    dst[i] = value.convertToFloat();
  }
  return llvm::Error::success();
}

llvm::Expected<const llvm::MemoryBuffer *>
WeightReader::open(llvm::StringRef file) {
  llvm::SmallString<256> path(file);
  if (!directory.empty() && llvm::sys::path::is_relative(path)) {
    path = directory;
    llvm::sys::path::append(path, file);
  }
  std::lock_guard<std::mutex> lock(mutex);
  std::unique_ptr<llvm::MemoryBuffer> &entry = files[path];
  if (!entry) {
    auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                              /*RequiresNullTerminator=*/false);
    if (!buffer) {
      return llvm::createStringError(buffer.getError(),
                                     "cannot read '" + llvm::Twine(path) +
                                         "': " + buffer.getError().message());
    }
    entry = std::move(*buffer);
  }
  return entry.get();
}

/// What `source` says of its tensor, checked against the weight and the file.
static llvm::Expected<TensorSource> describe(WeightOp weight,
                                             const WeightShape &shape,
                                             SourceAttr source,
                                             const llvm::MemoryBuffer &file) {
  TensorSource tensor;
  std::optional<WeightType> type = parseWeightType(source.getType());
  if (!type) {
    return fail(weight, "expects a source of type {0}, found '{1}'",
                weightTypeNames(), source.getType());
  }
  tensor.type = *type;
  tensor.shape.assign(source.getShape().begin(), source.getShape().end());
  if (tensor.shape.empty() || tensor.shape.size() > 2 ||
      llvm::any_of(tensor.shape, [](int64_t n) { return n <= 0; }) ||
      tensor.rows() != shape.rows || tensor.cols() > shape.cols ||
      llvm::alignTo(tensor.cols(), blockValues(shape.type)) !=
          static_cast<uint64_t>(shape.cols)) {
    return fail(
        weight, "expects a source of {0} x {1} numbers, found [{2}]",
        shape.rows, shape.cols,
        llvm::join(llvm::map_range(source.getShape(),
                                   [](int64_t n) { return std::to_string(n); }),
                   ", "));
  }
  int64_t headDim = source.getHeadDim();
  if (headDim < 0 || headDim % 2 != 0 ||
      (headDim != 0 && tensor.rows() % headDim != 0)) {
    return fail(weight,
                "expects interleaved heads that divide {0} rows, "
                "found {1}",
                tensor.rows(), headDim);
  }
  int64_t bytes;
  if (tensor.cols() % blockValues(*type) != 0 ||
      llvm::MulOverflow(tensor.rows(), rowBytes(*type, tensor.cols()), bytes) ||
      bytes != source.getBytes()) {
    return fail(weight,
                "expects the bytes of {0} x {1} numbers of {2}, "
                "found {3}",
                tensor.rows(), tensor.cols(), source.getType(),
                source.getBytes());
  }
  int64_t size = file.getBufferSize();
  if (source.getOffset() < 0 || bytes > size ||
      source.getOffset() > size - bytes) {
    return fail(weight, "expects bytes {0} + {1} in '{2}', whose size is {3}",
                source.getOffset(), bytes, source.getFile(), size);
  }
  tensor.rowsInterleaved = headDim != 0;
  tensor.headDim = headDim;
  tensor.data = {reinterpret_cast<const uint8_t *>(file.getBufferStart()) +
                     source.getOffset(),
                 static_cast<size_t>(bytes)};
  return tensor;
}

llvm::Error WeightReader::readSource(WeightOp weight, SourceAttr source,
                                     int64_t begin, int64_t end, uint8_t *dst) {
  llvm::Expected<const llvm::MemoryBuffer *> file = open(source.getFile());
  if (!file) {
    return fail(weight, "{0}", llvm::toString(file.takeError()));
  }
  WeightShape shape = getWeightShape(weight);
  llvm::Expected<TensorSource> tensor = describe(weight, shape, source, **file);
  if (!tensor) {
    return tensor.takeError();
  }
  RowReader reader(*tensor);
  if (tensor->type == shape.type) {
    reader.readRaw(begin, end, dst);
    return llvm::Error::success();
  }
  bool sameCodes = keepsCodes(tensor->type, shape.type);
  std::vector<float> row(shape.cols);
  for (int64_t r = begin; r < end; ++r, dst += shape.bytesPerRow()) {
    if (sameCodes) {
      rewriteRow(tensor->type, shape.type, reader.row(r), dst, shape.cols);
      continue;
    }
    // Inputs that a last block has beyond the source's stay zero.
    reader.readF32(r, r + 1, row.data());
    encodeRow(shape.type, row.data(), dst, shape.cols);
  }
  return llvm::Error::success();
}

llvm::Error WeightReader::readBlocks(WeightOp weight, int64_t begin,
                                     int64_t end, uint8_t *dst) {
  WeightShape shape = getWeightShape(weight);
  if (begin < 0 || begin > end || end > shape.rows) {
    return fail(weight, "expects rows within {0}, found [{1}, {2})", shape.rows,
                begin, end);
  }
  if (auto source = dyn_cast<SourceAttr>(weight.getOrigin())) {
    return readSource(weight, source, begin, end, dst);
  }
  std::vector<float> row(shape.cols);
  for (int64_t r = begin; r < end; ++r, dst += shape.bytesPerRow()) {
    if (llvm::Error error = computeRow(weight, shape, r, row)) {
      return error;
    }
    encodeRow(shape.type, row.data(), dst, shape.cols);
  }
  return llvm::Error::success();
}

void WeightReader::release(WeightOp weight) {
  auto source = dyn_cast<SourceAttr>(weight.getOrigin());
  if (!source) {
    return;
  }
  llvm::Expected<const llvm::MemoryBuffer *> file = open(source.getFile());
  if (!file) {
    llvm::consumeError(file.takeError());
    return;
  }
  // Small files are read, not mapped; only whole pages of a mapping can go.
  if ((*file)->getBufferKind() != llvm::MemoryBuffer::MemoryBuffer_MMap) {
    return;
  }
  uint64_t page = llvm::sys::Process::getPageSizeEstimate();
  auto begin = reinterpret_cast<uintptr_t>((*file)->getBufferStart());
  uintptr_t from = llvm::alignTo(begin + source.getOffset(), page);
  uintptr_t to =
      llvm::alignDown(begin + source.getOffset() + source.getBytes(), page);
  if (from < to) {
    madvise(reinterpret_cast<void *>(from), to - from, MADV_DONTNEED);
  }
}

llvm::Error WeightReader::readRows(WeightOp weight, int64_t begin, int64_t end,
                                   float *dst) {
  WeightShape shape = getWeightShape(weight);
  std::vector<uint8_t> bytes(shape.bytesPerRow());
  for (int64_t r = begin; r < end; ++r, dst += shape.cols) {
    if (llvm::Error error = readBlocks(weight, r, r + 1, bytes.data())) {
      return error;
    }
    decodeRow(shape.type, bytes.data(), dst, shape.cols);
  }
  return llvm::Error::success();
}
