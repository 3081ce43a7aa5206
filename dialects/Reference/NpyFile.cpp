//===- NpyFile.cpp - numbers from and to NumPy's .npy files ---------------===//

#include "dialects/Reference/NpyFile.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

#include <optional>

using namespace mlir::fot::reference;
namespace endian = llvm::support::endian;

static constexpr llvm::StringLiteral kMagic("\x93NUMPY");

static llvm::StringRef nameOf(NpyType type) {
  switch (type) {
  case NpyType::F4:
    return "<f4";
  case NpyType::F8:
    return "<f8";
  case NpyType::I4:
    return "<i4";
  case NpyType::I8:
    return "<i8";
  }
  llvm_unreachable("unknown type");
}

static int64_t bytesOf(NpyType type) {
  return type == NpyType::F4 || type == NpyType::I4 ? 4 : 8;
}

namespace {
/// The header: a Python dictionary literal of three known keys.
class Header {
public:
  NpyType type = NpyType::F8;
  llvm::SmallVector<int64_t, 4> shape;

  /// False, with `problem` set, if the text is anything else.
  bool parse(llvm::StringRef text);
  std::string problem;

private:
  bool fail(const llvm::Twine &what) {
    problem = what.str();
    return false;
  }
  bool consume(llvm::StringRef token) {
    rest = rest.ltrim();
    return rest.consume_front(token);
  }
  bool quoted(llvm::StringRef &value);
  bool entry();
  bool parseShape();

  llvm::StringRef rest;
  unsigned seen = 0;
};
} // namespace

bool Header::quoted(llvm::StringRef &value) {
  rest = rest.ltrim();
  if (rest.empty() || (rest[0] != '\'' && rest[0] != '"')) {
    return false;
  }
  size_t end = rest.find(rest[0], 1);
  if (end == llvm::StringRef::npos) {
    return false;
  }
  value = rest.slice(1, end);
  rest = rest.drop_front(end + 1);
  return true;
}

bool Header::parseShape() {
  if (!consume("(")) {
    return fail("a shape in parentheses");
  }
  while (!consume(")")) {
    uint64_t size = 0;
    rest = rest.ltrim();
    if (rest.consumeInteger(10, size) || size > INT64_MAX) {
      return fail("a shape of sizes");
    }
    shape.push_back(static_cast<int64_t>(size));
    if (!consume(",") && !rest.ltrim().starts_with(")")) {
      return fail("a shape of sizes");
    }
  }
  return true;
}

bool Header::entry() {
  llvm::StringRef key, value;
  if (!quoted(key) || !consume(":")) {
    return fail("a dictionary");
  }
  if (key == "descr") {
    seen |= 1;
    if (!quoted(value)) {
      return fail("a plain data type");
    }
    for (NpyType known : {NpyType::F4, NpyType::F8, NpyType::I4, NpyType::I8}) {
      if (value == nameOf(known)) {
        type = known;
        return true;
      }
    }
    return fail("<f4, <f8, <i4 or <i8 numbers, not " + value);
  }
  if (key == "fortran_order") {
    seen |= 2;
    return consume("False") || fail("C order");
  }
  if (key == "shape") {
    seen |= 4;
    return parseShape();
  }
  return fail("no key '" + key + "'");
}

bool Header::parse(llvm::StringRef text) {
  rest = text;
  if (!consume("{")) {
    return fail("a dictionary");
  }
  while (!consume("}")) {
    if (!entry()) {
      return false;
    }
    if (!consume(",") && !rest.ltrim().starts_with("}")) {
      return fail("a dictionary");
    }
  }
  return seen == 7 || fail("descr, fortran_order and shape");
}

static double load(NpyType type, const char *bytes) {
  switch (type) {
  case NpyType::F4:
    return llvm::bit_cast<float>(endian::read32le(bytes));
  case NpyType::F8:
    return llvm::bit_cast<double>(endian::read64le(bytes));
  case NpyType::I4:
    return static_cast<int32_t>(endian::read32le(bytes));
  case NpyType::I8:
    return static_cast<double>(static_cast<int64_t>(endian::read64le(bytes)));
  }
  llvm_unreachable("unknown type");
}

static void store(NpyType type, double number, char *bytes) {
  switch (type) {
  case NpyType::F4:
    return endian::write32le(
        bytes, llvm::bit_cast<uint32_t>(static_cast<float>(number)));
  case NpyType::F8:
    return endian::write64le(bytes, llvm::bit_cast<uint64_t>(number));
  case NpyType::I4:
    return endian::write32le(bytes, static_cast<int32_t>(number));
  case NpyType::I8:
    return endian::write64le(bytes, static_cast<int64_t>(number));
  }
}

llvm::Expected<NpyArray> mlir::fot::reference::readNpy(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer) {
    return llvm::createStringError(buffer.getError(),
                                   "cannot read '" + path +
                                       "': " + buffer.getError().message());
  }
  auto fail = [&](const llvm::Twine &what) {
    return llvm::createStringError("'" + path +
                                   "' is no .npy file that can be "
                                   "used: expects " +
                                   what);
  };
  llvm::StringRef bytes = (*buffer)->getBuffer();
  if (!bytes.starts_with(kMagic) || bytes.size() < 12) {
    return fail("the magic bytes \\x93NUMPY and a header");
  }
  unsigned version = static_cast<uint8_t>(bytes[6]);
  if (version < 1 || version > 3) {
    return fail("version 1, 2 or 3, found " + llvm::Twine(version));
  }
  size_t begin = version == 1 ? 10 : 12;
  size_t length = version == 1 ? endian::read16le(bytes.data() + 8)
                               : endian::read32le(bytes.data() + 8);
  if (length > bytes.size() - begin) {
    return fail("a header of " + llvm::Twine(length) + " bytes, found " +
                llvm::Twine(bytes.size() - begin));
  }
  Header header;
  if (!header.parse(bytes.substr(begin, length))) {
    return fail(header.problem);
  }
  int64_t count = 1, size = 0;
  bool overflow = false;
  for (int64_t n : header.shape) {
    overflow |= llvm::MulOverflow(count, n, count);
  }
  overflow |= llvm::MulOverflow(count, bytesOf(header.type), size);
  size_t found = bytes.size() - begin - length;
  if (overflow || static_cast<uint64_t>(size) != found) {
    return fail(llvm::Twine(overflow ? std::string("fewer numbers")
                                     : std::to_string(size) + " bytes") +
                " after the header, found " + llvm::Twine(found));
  }
  NpyArray array;
  array.type = header.type;
  array.shape = header.shape;
  const char *data = bytes.data() + begin + length;
  for (int64_t i = 0; i < count; ++i) {
    array.values.push_back(load(array.type, data + i * bytesOf(array.type)));
  }
  return array;
}

llvm::Error mlir::fot::reference::writeNpy(llvm::StringRef path,
                                           const NpyArray &array) {
  std::string header = "{'descr': '" + nameOf(array.type).str() +
                       "', 'fortran_order': False, 'shape': (";
  for (int64_t size : array.shape) {
    header += std::to_string(size) + ", ";
  }
  header += "), }";
  // The numbers begin at a multiple of 64.
  header.resize(llvm::alignTo(10 + header.size() + 1, 64) - 11, ' ');
  header += '\n';
  return llvm::writeToOutput(path, [&](llvm::raw_ostream &stream) {
    stream << kMagic << '\x01' << '\0';
    char bytes[8];
    endian::write16le(bytes, header.size());
    stream.write(bytes, 2);
    stream << header;
    for (double number : array.values) {
      store(array.type, number, bytes);
      stream.write(bytes, bytesOf(array.type));
    }
    return llvm::Error::success();
  });
}
