#include "tools/dev/fot-emulate/Argument.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>
#include <optional>

using namespace llvm;
using namespace fot::emulate_tool;

static size_t bytesOf(NumberType type) {
  switch (type) {
  case NumberType::I8:
    return 1;
  case NumberType::F16:
  case NumberType::Bf16:
    return 2;
  case NumberType::I32:
  case NumberType::F32:
    return 4;
  case NumberType::I64:
    return 8;
  }
  return 0;
}

static const fltSemantics *semanticsOf(NumberType type) {
  switch (type) {
  case NumberType::F16:
    return &APFloat::IEEEhalf();
  case NumberType::Bf16:
    return &APFloat::BFloat();
  case NumberType::F32:
    return &APFloat::IEEEsingle();
  default:
    return nullptr;
  }
}

static void append(std::vector<uint8_t> &bytes, NumberType type,
                   double number) {
  uint64_t bits = static_cast<uint64_t>(static_cast<int64_t>(number));
  if (const fltSemantics *semantics = semanticsOf(type)) {
    APFloat value(number);
    bool inexact;
    value.convert(*semantics, APFloat::rmNearestTiesToEven, &inexact);
    bits = value.bitcastToAPInt().getZExtValue();
  }
  const auto *raw = reinterpret_cast<const uint8_t *>(&bits);
  bytes.insert(bytes.end(), raw, raw + bytesOf(type));
}

Expected<KernelArgument> KernelArgument::parse(StringRef text) {
  StringRef whole = text;
  KernelArgument argument;
  argument.print = text.consume_front("+");
  auto [shape, value] = text.split('=');
  auto [name, count] = shape.split('[');
  auto type = StringSwitch<std::optional<NumberType>>(name)
                  .Case("i8", NumberType::I8)
                  .Case("i32", NumberType::I32)
                  .Case("i64", NumberType::I64)
                  .Case("f16", NumberType::F16)
                  .Case("bf16", NumberType::Bf16)
                  .Case("f32", NumberType::F32)
                  .Default(std::nullopt);
  uint64_t number = 1;
  argument.isBuffer = shape.contains('[');
  if (!type || (argument.isBuffer &&
                (!count.consume_back("]") || count.getAsInteger(10, number)))) {
    return createStringError("'" + whole +
                             "' does not begin with i8, i32, i64, f16, bf16 "
                             "or f32 and a [COUNT]");
  }
  argument.type = *type;
  double constant = 0;
  bool iota = value == "iota";
  bool random = value == "random";
  if (!iota && !random && value != "zeros" && value.getAsDouble(constant)) {
    return createStringError("'" + value +
                             "' is neither zeros, iota, random nor a number");
  }
  uint32_t state = 12345;
  for (uint64_t i = 0; i < number; ++i) {
    state = state * 1664525 + 1013904223;
    double small = static_cast<double>(state >> 24) / 16 - 8;
    append(argument.bytes, *type,
           iota     ? static_cast<double>(i)
           : random ? static_cast<double>(static_cast<int64_t>(small))
                    : constant);
  }
  return argument;
}

std::string KernelArgument::show() const {
  std::string text;
  raw_string_ostream stream(text);
  for (size_t i = 0; i < bytes.size(); i += bytesOf(type)) {
    uint64_t bits = 0;
    std::memcpy(&bits, &bytes[i], bytesOf(type));
    stream << (i ? " " : "");
    if (const fltSemantics *semantics = semanticsOf(type)) {
      APFloat value(*semantics, APInt(8 * bytesOf(type), bits));
      stream << format("%g", value.convertToDouble());
    } else {
      stream << APInt(8 * bytesOf(type), bits).getSExtValue();
    }
  }
  return text;
}
