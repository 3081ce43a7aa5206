// The table of storage types, and GGUF's numbering of them.
#include "passes/Import/Checkpoint/WeightType.h"

#include "llvm/ADT/StringExtras.h"

#include <cassert>

namespace mlir::fot {

namespace {

struct TypeInfo {
  const char *name;
  int64_t values;
  int64_t bytes;
};

/// Indexed by WeightType.
constexpr TypeInfo typeTable[kNumWeightTypes] = {
    {"f32", 1, 4},      {"f16", 1, 2},        {"bf16", 1, 2},
    {"q4_0", 32, 18},   {"q4_1", 32, 20},     {"q5_0", 32, 22},
    {"q5_1", 32, 24},   {"q8_0", 32, 34},     {"q8_1", 32, 36},
    {"q2_k", 256, 84},  {"q3_k", 256, 110},   {"q4_k", 256, 144},
    {"q5_k", 256, 176}, {"q6_k", 256, 210},   {"q8_k", 256, 292},
    {"iq4_nl", 32, 18}, {"iq4_xs", 256, 136}, {"iq1_s", 256, 50},
    {"iq1_m", 256, 56}, {"iq2_xxs", 256, 66}, {"iq2_xs", 256, 74},
    {"iq2_s", 256, 82}, {"iq3_xxs", 256, 98}, {"iq3_s", 256, 110},
    {"tq1_0", 256, 54}, {"tq2_0", 256, 66},   {"mxfp4", 32, 17},
    {"q6_0", 32, 28},
};

/// Indexed by GGUF's number, including types that were removed again.
constexpr const char *ggufNames[] = {
    "F32",        "F16",        "Q4_0",       "Q4_1",     "Q4_2",    "Q4_3",
    "Q5_0",       "Q5_1",       "Q8_0",       "Q8_1",     "Q2_K",    "Q3_K",
    "Q4_K",       "Q5_K",       "Q6_K",       "Q8_K",     "IQ2_XXS", "IQ2_XS",
    "IQ3_XXS",    "IQ1_S",      "IQ4_NL",     "IQ3_S",    "IQ2_S",   "IQ4_XS",
    "I8",         "I16",        "I32",        "I64",      "F64",     "IQ1_M",
    "BF16",       "Q4_0_4_4",   "Q4_0_4_8",   "Q4_0_8_8", "TQ1_0",   "TQ2_0",
    "IQ4_NL_4_4", "IQ4_NL_4_8", "IQ4_NL_8_8", "MXFP4",    "NVFP4",
};

const TypeInfo &info(WeightType type) {
  assert(static_cast<unsigned>(type) < kNumWeightTypes && "not a WeightType");
  return typeTable[static_cast<unsigned>(type)];
}

} // namespace

int64_t blockValues(WeightType type) { return info(type).values; }

int64_t blockBytes(WeightType type) { return info(type).bytes; }

int64_t rowBytes(WeightType type, int64_t n) {
  assert(n % blockValues(type) == 0 && "a row is whole blocks");
  return n / blockValues(type) * blockBytes(type);
}

bool isBlockQuantized(WeightType type) { return blockValues(type) > 1; }

llvm::StringRef weightTypeName(WeightType type) { return info(type).name; }

std::optional<WeightType> parseWeightType(llvm::StringRef name) {
  for (unsigned i = 0; i < kNumWeightTypes; ++i) {
    if (name.equals_insensitive(typeTable[i].name)) {
      return static_cast<WeightType>(i);
    }
  }
  return std::nullopt;
}

std::string weightTypeNames() {
  std::string names;
  for (const TypeInfo &type : typeTable) {
    names += (names.empty() ? "" : ", ") + std::string(type.name);
  }
  return names;
}

std::optional<WeightType> weightTypeOfGguf(uint32_t ggmlType) {
  if (ggmlType >= std::size(ggufNames)) {
    return std::nullopt;
  }
  return parseWeightType(ggufNames[ggmlType]);
}

std::string ggufTypeName(uint32_t ggmlType) {
  if (ggmlType >= std::size(ggufNames)) {
    return "number " + std::to_string(ggmlType);
  }
  return ggufNames[ggmlType];
}

} // namespace mlir::fot
