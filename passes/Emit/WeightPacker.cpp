//===- WeightPacker.cpp - the bytes of packed weights ---------------------===//

#include "passes/Emit/WeightPacker.h"

#include "passes/Support/WeightTypes.h"

#include "llvm/Support/Endian.h"
#include "llvm/Support/ThreadPool.h"
#include "llvm/Support/Threading.h"

#include <cstring>
#include <future>

using namespace mlir;
using namespace mlir::fot;

// Bytes of packed output that one round of work produces, about.
constexpr int64_t kRoundBytes = 8 << 20;
constexpr int64_t kRows = 16;
/// Zeros between two weights, at most.
constexpr uint64_t kMostPadding = 64;

/// Plain numbers: step k holds element k of every row.
template <typename T>
static void packFloats(const uint8_t *rows, int64_t numRows, int64_t columns,
                       uint8_t *dst) {
  const uint8_t *row[kRows];
  for (int64_t r = 0; r < numRows; ++r) {
    row[r] = rows + r * columns * sizeof(T);
  }
  for (int64_t k = 0; k < columns; ++k, dst += kRows * sizeof(T)) {
    T step[kRows] = {};
    for (int64_t r = 0; r < numRows; ++r) {
      std::memcpy(&step[r], row[r] + k * sizeof(T), sizeof(T));
    }
    std::memcpy(dst, step, sizeof(step));
  }
}

static void packQ8Block(const uint8_t *const *blocks, uint8_t *dst) {
  for (int64_t r = 0; r < kRows; ++r) {
    const uint8_t *block = blocks[r];
    if (block) {
      std::memcpy(dst + 2 * r, block, 2);
    }
    for (int64_t group = 0; group < 8; ++group) {
      uint32_t four = 0;
      if (block) {
        std::memcpy(&four, block + 2 + 4 * group, 4);
      }
      // Stored with an offset of 128, so that weights are unsigned.
      four ^= 0x80808080;
      std::memcpy(dst + 32 + group * 64 + r * 4, &four, 4);
    }
  }
}

/// q4_0 (`header` 2) and q4_1 (`header` 4): nibble k of a ggml block is the low
/// half of byte k, or the high half of byte k - 16.
static void packQ4Block(const uint8_t *const *blocks, int64_t header,
                        uint8_t *dst) {
  uint8_t *groups = dst + header * kRows;
  for (int64_t r = 0; r < kRows; ++r) {
    const uint8_t *block = blocks[r];
    if (!block) {
      // A zero scale (and minimum) makes any nibble a zero.
      continue;
    }
    for (int64_t i = 0; i < header; i += 2) {
      std::memcpy(dst + i * kRows + 2 * r, block + i, 2);
    }
    // The low nibbles of ours are k < 16, the high ones k >= 16: ggml's order.
    for (int64_t group = 0; group < 4; ++group) {
      std::memcpy(groups + group * 64 + r * 4, block + header + 4 * group, 4);
    }
  }
}

/// Planes of five bits of groups 0 to 4; the three bits above them hold groups
/// 5 to 7.
static void packQ5Block(const uint8_t *const *blocks, uint8_t *dst) {
  for (int64_t r = 0; r < kRows; ++r) {
    const uint8_t *block = blocks[r];
    if (!block) {
      continue;
    }
    std::memcpy(dst + 2 * r, block, 2);
    std::memcpy(dst + 2 * kRows + 2 * r, block + 2, 2);
    uint32_t fifth = llvm::support::endian::read32le(block + 4);
    auto code = [&](int64_t group, int64_t j) -> unsigned {
      int64_t k = 4 * group + j;
      unsigned nibble = block[8 + k % 16] >> k / 16 * 4 & 15;
      return nibble | (fifth >> k & 1) << 4;
    };
    for (int64_t j = 0; j < 4; ++j) {
      unsigned five = code(5, j), six = code(6, j), seven = code(7, j);
      unsigned tops[5] = {five >> 2, six >> 2, seven >> 2,
                          (five & 3) | (seven & 2) << 1,
                          (six & 3) | (seven & 1) << 2};
      for (int64_t plane = 0; plane < 5; ++plane) {
        dst[4 * kRows + plane * 64 + r * 4 + j] =
            static_cast<uint8_t>(code(plane, j) | tops[plane] << 5);
      }
    }
  }
}

/// Halves of a block, each with its scales; blocks have the panel's words.
static void packQ6Block(const uint8_t *const *blocks, uint8_t *dst) {
  for (int64_t half = 0; half < 2; ++half, dst += 14 * kRows) {
    for (int64_t r = 0; r < kRows; ++r) {
      const uint8_t *block = blocks[r];
      if (!block) {
        continue;
      }
      std::memcpy(dst + 2 * r, block + 2 * half, 2);
      for (int64_t plane = 0; plane < 3; ++plane) {
        std::memcpy(dst + 2 * kRows + plane * 64 + r * 4,
                    block + 4 + half * 12 + plane * 4, 4);
      }
    }
  }
}

void mlir::fot::packPanel(PanelType panel, ArrayRef<uint8_t> rows,
                          int64_t numRows, int64_t columns, uint8_t *dst) {
  switch (panel.getFormat()) {
  case Format::F32:
    return packFloats<uint32_t>(rows.data(), numRows, columns, dst);
  case Format::F16:
  case Format::BF16:
    return packFloats<uint16_t>(rows.data(), numRows, columns, dst);
  default:
    break;
  }
  int64_t blockBytes =
      BlockType::get(panel.getContext(), panel.getFormat()).getBytes();
  int64_t numBlocks = columns / BlockType::kValues;
  if (numRows < kRows) {
    std::memset(dst, 0, numBlocks * panel.getBytes());
  }
  for (int64_t kb = 0; kb < numBlocks; ++kb, dst += panel.getBytes()) {
    const uint8_t *blocks[kRows] = {};
    for (int64_t r = 0; r < numRows; ++r) {
      blocks[r] = rows.data() + (r * numBlocks + kb) * blockBytes;
    }
    switch (panel.getFormat()) {
    case Format::Q8_0:
      packQ8Block(blocks, dst);
      break;
    case Format::Q5_1:
      packQ5Block(blocks, dst);
      break;
    case Format::Q6_0:
      packQ6Block(blocks, dst);
      break;
    default:
      packQ4Block(blocks, panel.getFormat() == Format::Q4_1 ? 4 : 2, dst);
    }
  }
}

namespace {
/// Hands packed bytes to the sink from a thread of its own, so that they are
/// written while the next are packed.
class Writer {
public:
  explicit Writer(ByteSink sink) : sink(sink) {}

  /// A buffer of `size` bytes that nobody reads any more.
  std::vector<uint8_t> &buffer(size_t size) {
    buffers[next].resize(size);
    return buffers[next];
  }
  /// Has the buffer written once all before it are.
  llvm::Error write() {
    if (llvm::Error error = wait()) {
      return error;
    }
    writing = pool.async(
        [this, &bytes = buffers[next]] { return llvm::toString(sink(bytes)); });
    next ^= 1;
    return llvm::Error::success();
  }
  /// Waits for all that was given.
  llvm::Error wait() {
    std::string error = writing.valid() ? writing.get() : "";
    writing = {};
    return error.empty() ? llvm::Error::success()
                         : llvm::createStringError(error);
  }

private:
  ByteSink sink;
  std::vector<uint8_t> buffers[2];
  unsigned next = 0;
  std::shared_future<std::string> writing; ///< a sentence if it failed
  llvm::DefaultThreadPool pool{llvm::hardware_concurrency(1)};
};

/// Packs one weight into consecutive pieces of the segment.
class Packer {
public:
  Packer(WeightOp weight, WeightReader &reader, llvm::ThreadPoolInterface &pool,
         unsigned threads)
      : weight(weight), reader(reader), pool(pool), threads(threads),
        shape(getWeightShape(weight)) {}

  /// `padding` zeros come before the weight.
  llvm::Error run(Writer &writer, uint64_t padding);

private:
  llvm::Error packRows(PanelType panel, int64_t first, int64_t count,
                       uint8_t *dst);

  WeightOp weight;
  WeightReader &reader;
  llvm::ThreadPoolInterface &pool;
  unsigned threads;
  WeightShape shape;
};
} // namespace

llvm::Error Packer::packRows(PanelType panel, int64_t first, int64_t count,
                             uint8_t *dst) {
  int64_t panelBytes = shape.cols / panel.getDepth() * panel.getBytes();
  std::vector<uint8_t> rows(kRows * shape.bytesPerRow());
  for (int64_t row = first; row < first + count; row += kRows) {
    int64_t numRows = std::min(kRows, first + count - row);
    if (llvm::Error error =
            reader.readBlocks(weight, row, row + numRows, rows.data())) {
      return error;
    }
    packPanel(panel, rows, numRows, shape.cols, dst);
    dst += panelBytes;
  }
  return llvm::Error::success();
}

llvm::Error Packer::run(Writer &writer, uint64_t padding) {
  auto panel = dyn_cast<PanelType>(weight.getTensorType().getElementType());
  int64_t unitRows = panel ? kRows : 1;
  int64_t unitBytes = panel ? shape.cols / panel.getDepth() * panel.getBytes()
                            : shape.bytesPerRow();
  int64_t units = llvm::divideCeil(shape.rows, unitRows);
  int64_t perRound = std::max<int64_t>(threads, kRoundBytes / unitBytes);
  for (int64_t done = 0; done < units; done += perRound) {
    int64_t count = std::min(perRound, units - done);
    uint8_t *bytes = writer.buffer(padding + count * unitBytes).data();
    std::memset(bytes, 0, padding);
    bytes += padding;
    padding = 0;
    std::vector<std::string> errors(threads);
    for (unsigned t = 0; t < threads; ++t) {
      int64_t from = done + count * t / threads;
      int64_t to = done + count * (t + 1) / threads;
      pool.async([&, t, from, to] {
        uint8_t *dst = bytes + (from - done) * unitBytes;
        int64_t firstRow = from * unitRows;
        int64_t numRows = std::min(to * unitRows, shape.rows) - firstRow;
        if (numRows <= 0) {
          return;
        }
        llvm::Error error = panel ? packRows(panel, firstRow, numRows, dst)
                                  : reader.readBlocks(weight, firstRow,
                                                      firstRow + numRows, dst);
        if (error) {
          errors[t] = llvm::toString(std::move(error));
        }
      });
    }
    pool.wait();
    for (const std::string &error : errors) {
      if (!error.empty()) {
        return llvm::createStringError(error);
      }
    }
    if (llvm::Error error = writer.write()) {
      return error;
    }
  }
  return llvm::Error::success();
}

llvm::Error
mlir::fot::packWeights(ModuleOp module, WeightReader &reader, unsigned threads,
                       ByteSink sink,
                       function_ref<llvm::Error(uint64_t)> progress) {
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(threads));
  Writer writer(sink);
  uint64_t given = 0;
  for (auto weight : module.getOps<WeightOp>()) {
    uint64_t offset = weight.getOffset().value_or(0);
    if (offset < given || offset - given > kMostPadding) {
      return llvm::createStringError(
          "weight '%s': expects an offset within %llu bytes of %llu, found "
          "%llu",
          weight.getSymName().str().c_str(),
          static_cast<unsigned long long>(kMostPadding),
          static_cast<unsigned long long>(given),
          static_cast<unsigned long long>(offset));
    }
    if (llvm::Error error =
            Packer(weight, reader, pool, threads).run(writer, offset - given)) {
      return error;
    }
    given = offset + weightBytes(weight.getTensorType());
    reader.release(weight);
    if (llvm::Error error = progress(given)) {
      return error;
    }
  }
  return writer.wait();
}
