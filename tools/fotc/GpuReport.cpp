//===- GpuReport.cpp - fotc --report, of kernels for GPUs -----------------===//
//
// A kernel's costs are those of its ops at the sizes of the CPU's report. Time
// is bounded by a data sheet: bytes over bandwidth, or operations over the rate
// of the unit that computes them.
//
//===----------------------------------------------------------------------===//

#include "tools/fotc/GpuReport.h"

#include "passes/Emit/GpuLimits.h"
#include "tools/fot/Roofline.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cmath>

using namespace mlir::fot;
using Json = nlohmann::ordered_json;
namespace schema = ::fot::schema;

/// The unit that most operations of a kernel are done by.
static const char *unitOf(llvm::StringRef ptx, llvm::StringRef kernel) {
  size_t begin = ptx.find((".entry " + kernel + "(").str());
  llvm::StringRef body = ptx.substr(begin);
  body = body.take_front(body.find("\n}\n"));
  bool bytes = false, halves = false;
  while (true) {
    size_t place = body.find("mma.sync.");
    if (place == llvm::StringRef::npos) {
      return bytes ? "int8 tensor" : halves ? "bf16 tensor" : "f32";
    }
    body = body.substr(place);
    bool isBytes = body.take_until([](char c) { return c == ' ' || c == '\t'; })
                       .contains(".s8");
    (isBytes ? bytes : halves) = true;
    body = body.drop_front();
  }
}

static double rateOf(const GpuProduct &product, llvm::StringRef unit) {
  return unit == "int8 tensor"   ? product.byteOps
         : unit == "bf16 tensor" ? product.halfOps
                                 : product.floatOps;
}

static double sizeOf(const std::array<int64_t, 4> &costs,
                     const ::fot::tool::CallSize &size, bool areBytes) {
  // Operations on entries are counted for each token, reads of them are not.
  double rows = areBytes ? 1 : size.tokens;
  return double(costs[0]) + size.tokens * double(costs[1]) +
         rows *
             (size.window * double(costs[2]) + size.memory * double(costs[3]));
}

static Json kernelRow(const GpuKernelFacts &kernel, const GpuCode &code,
                      const GpuKernelUse &use,
                      const ::fot::tool::CallSize &size) {
  const char *unit = unitOf(code.ptx, kernel.name);
  double bytes = sizeOf(use.bytes, size, true);
  double ops = sizeOf(use.ops, size, false);
  Json row = {{"kernel", kernel.name},
              {"region", kernel.title},
              {"launches", use.launches},
              {"threads", kernel.threads},
              {"registers", nullptr},
              {"shared_bytes", nullptr},
              {"stack_bytes", nullptr},
              {"spill_bytes", nullptr},
              {"blocks_resident", nullptr},
              {"occupancy", nullptr},
              {"unit", unit},
              {"bytes", uint64_t(bytes)},
              {"operations", uint64_t(ops)},
              {"key_reads", nullptr},
              {"bound_us", Json::object()}};
  if (kernel.readTimes > 0) {
    double tiles = std::ceil(size.tokens / double(kernel.readTokens));
    row["key_reads"] = uint64_t(tiles) * kernel.readTimes;
  }
  auto found = llvm::find_if(code.assembled, [&](const AssembledKernel &each) {
    return each.name == kernel.name;
  });
  if (found != code.assembled.end()) {
    GpuLimits limits = gpuLimits(code.architecture);
    int64_t shared = found->sharedBytes + kernel.launchShared;
    int64_t blocks =
        residentBlocks(limits, kernel.threads, found->registers, shared);
    row["registers"] = found->registers;
    row["shared_bytes"] = shared;
    row["stack_bytes"] = found->stackBytes;
    row["spill_bytes"] = found->spillStores + found->spillLoads;
    row["blocks_resident"] = blocks;
    row["occupancy"] = double(blocks * kernel.threads) /
                       double(std::max<int64_t>(limits.threads, 1));
  }
  for (const GpuProduct &product : gpuProducts(code.architecture)) {
    row["bound_us"][product.name.str()] =
        1e6 * std::max(bytes / product.bytes, ops / rateOf(product, unit));
  }
  return row;
}

/// Of a kernel that sessions launch by themselves, behind an entry point: it
/// reads one token's logits and writes which is the largest.
static Json sessionEntry(const GpuKernelFacts &kernel, const GpuCode &code,
                         const schema::Artifact &header) {
  GpuKernelUse use;
  use.launches = 1;
  use.ops[0] = header.model()->vocab();
  use.bytes[0] = use.ops[0] * sizeof(float) + sizeof(int32_t);
  ::fot::tool::CallSize size;
  return {{"entry", kernel.name},
          {"tokens", size.tokens},
          {"window", size.window},
          {"memory", size.memory},
          {"kernels", Json::array({kernelRow(kernel, code, use, size)})}};
}

Json mlir::fot::gpuReport(const CompiledGpu &code,
                          const ::fot::rt::Artifact &artifact) {
  Json architectures = Json::array();
  const schema::Artifact &header = artifact.header();
  for (const GpuCode &each : code.codes) {
    Json products = Json::array();
    for (const GpuProduct &product : gpuProducts(each.architecture)) {
      products.push_back({{"name", product.name.str()},
                          {"gb_per_second", product.bytes / 1e9},
                          {"f32_tflops", product.floatOps / 1e12},
                          {"bf16_tensor_tflops", product.halfOps / 1e12},
                          {"int8_tensor_tops", product.byteOps / 1e12}});
    }
    Json entries = Json::array();
    for (uint32_t i = 0; header.entries() && i < header.entries()->size();
         ++i) {
      const schema::Entry &entry = *header.entries()->Get(i);
      std::string name = entry.name()->str();
      // Of what is neither prefill nor decode, one token.
      ::fot::tool::CallSize size = ::fot::tool::usualSize(entry, header)
                                       .value_or(::fot::tool::CallSize());
      Json rows = Json::array();
      for (const GpuKernelFacts &kernel : code.facts) {
        auto use = kernel.uses.find(name);
        if (use != kernel.uses.end()) {
          rows.push_back(kernelRow(kernel, each, use->second, size));
        }
      }
      entries.push_back({{"entry", name},
                         {"tokens", size.tokens},
                         {"window", size.window},
                         {"memory", size.memory},
                         {"kernels", std::move(rows)}});
    }
    for (const GpuKernelFacts &kernel : code.facts) {
      if (kernel.uses.empty()) {
        entries.push_back(sessionEntry(kernel, each, header));
      }
    }
    architectures.push_back({{"architecture", each.architecture},
                             {"assembled", !each.assembled.empty()},
                             {"products", std::move(products)},
                             {"entries", std::move(entries)}});
  }
  return architectures;
}

static std::string cell(const Json &value) {
  return value.is_null() ? "-" : value.dump();
}

static void printEntry(llvm::raw_ostream &out, const Json &entry,
                       const Json &products) {
  auto number = [&](const char *name) {
    return llvm::format("%.0f", entry[name].get<double>());
  };
  out << "\n"
      << entry["entry"].get<std::string>() << ": tokens " << number("tokens")
      << ", in the window " << number("window") << ", in memory "
      << number("memory") << "\n";
  out << "  kernel                launches threads regs  shared spill blocks "
         "occup.         unit       MB       Mop reads  at least, us:";
  for (const Json &product : products) {
    out << " " << product["name"].get<std::string>();
  }
  out << "\n";
  for (const Json &row : entry["kernels"]) {
    const Json &occupancy = row["occupancy"];
    out << "  " << llvm::left_justify(row["kernel"].get<std::string>(), 22)
        << llvm::right_justify(cell(row["launches"]), 8)
        << llvm::right_justify(cell(row["threads"]), 8)
        << llvm::right_justify(cell(row["registers"]), 5)
        << llvm::right_justify(cell(row["shared_bytes"]), 8)
        << llvm::right_justify(cell(row["spill_bytes"]), 6)
        << llvm::right_justify(cell(row["blocks_resident"]), 7);
    if (occupancy.is_null()) {
      out << "      -";
    } else {
      out << llvm::format("%6.0f%%", 100 * occupancy.get<double>());
    }
    out << llvm::right_justify(row["unit"].get<std::string>(), 13)
        << llvm::format("%9.3f", row["bytes"].get<double>() / 1e6)
        << llvm::format("%10.2f", row["operations"].get<double>() / 1e6)
        << llvm::right_justify(cell(row["key_reads"]), 6);
    for (const Json &product : products) {
      const Json &bound = row["bound_us"][product["name"].get<std::string>()];
      out << llvm::format("%10.2f", bound.get<double>());
    }
    out << "\n";
  }
}

std::string mlir::fot::gpuReportText(const Json &architectures) {
  std::string text;
  llvm::raw_string_ostream out(text);
  for (const Json &each : architectures) {
    out << "\n" << each["architecture"].get<std::string>() << ": ";
    if (!each["assembled"].get<bool>()) {
      out << "registers are not known, because ptxas is not installed or "
             "refuses the code\n";
    } else {
      out << "registers by ptxas\n";
    }
    for (const Json &product : each["products"]) {
      out << "  " << product["name"].get<std::string>()
          << llvm::format(
                 " by its data sheet: %.0f GB/s, %.1f Tflop/s in f32, tensor "
                 "cores %.0f Tflop/s in bf16 and %.0f Top/s in 8-bit "
                 "integers\n",
                 product["gb_per_second"].get<double>(),
                 product["f32_tflops"].get<double>(),
                 product["bf16_tensor_tflops"].get<double>(),
                 product["int8_tensor_tops"].get<double>());
    }
    for (const Json &entry : each["entries"]) {
      printEntry(out, entry, each["products"]);
    }
  }
  return text;
}
