// Data for the text tests.
#include "test/unit/runtime/text/TestData.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <type_traits>

namespace fot::rt::test {

const char *const noSmolLm2 =
    "FOT_SMOLLM2_GGUF does not name SmolLM2-135M-Instruct.Q4_1.gguf";
const char *const noOpenLlama =
    "there is no data/openllama/tokenizer.model in the shared folder";

std::optional<std::string> readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return std::nullopt;
  }
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::optional<std::string> readShared(const std::string &path) {
  return readFile(std::string(FOT_SHARED_DIR) + "/" + path);
}

namespace {
/// Reads GGUF metadata; the file is trusted.
class GgufReader {
public:
  explicit GgufReader(const std::string &path) : file(path, std::ios::binary) {}

  explicit operator bool() const { return bool(file); }

  template <typename T> T read() {
    T value{};
    file.read(reinterpret_cast<char *>(&value), sizeof(value));
    return value;
  }
  std::string readString() {
    std::string text(read<uint64_t>(), '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    return text;
  }
  void skip(uint32_t type) {
    static constexpr int sizes[] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    if (type == 8) {
      (void)readString();
    } else if (type == 9) {
      uint32_t element = read<uint32_t>();
      for (uint64_t n = read<uint64_t>(); n > 0; --n) {
        skip(element);
      }
    } else {
      file.ignore(sizes[type]);
    }
  }
  template <typename T> std::vector<T> readArray() {
    (void)read<uint32_t>();
    std::vector<T> values(read<uint64_t>());
    for (T &value : values) {
      if constexpr (std::is_same_v<T, std::string>) {
        value = readString();
      } else {
        value = read<T>();
      }
    }
    return values;
  }

private:
  std::ifstream file;
};
} // namespace

std::optional<mlir::fot::GgufTokenizerFields> smolLm2Fields() {
  const char *path = std::getenv("FOT_SMOLLM2_GGUF");
  if (!path || !*path) {
    return std::nullopt;
  }
  GgufReader reader(path);
  if (!reader || reader.read<uint32_t>() != 0x46554747) {
    return std::nullopt;
  }
  (void)reader.read<uint32_t>();
  (void)reader.read<uint64_t>();
  mlir::fot::GgufTokenizerFields fields;
  for (uint64_t n = reader.read<uint64_t>(); n > 0; --n) {
    std::string key = reader.readString();
    uint32_t type = reader.read<uint32_t>();
    if (key == "tokenizer.ggml.model") {
      fields.model = reader.readString();
    } else if (key == "tokenizer.ggml.pre") {
      fields.pre = reader.readString();
    } else if (key == "tokenizer.ggml.tokens") {
      fields.tokens = reader.readArray<std::string>();
    } else if (key == "tokenizer.ggml.token_type") {
      fields.types = reader.readArray<int32_t>();
    } else if (key == "tokenizer.ggml.merges") {
      fields.merges = reader.readArray<std::string>();
    } else if (key == "tokenizer.ggml.bos_token_id") {
      fields.bos = static_cast<int32_t>(reader.read<uint32_t>());
    } else if (key == "tokenizer.ggml.eos_token_id") {
      fields.eos = static_cast<int32_t>(reader.read<uint32_t>());
    } else if (key == "tokenizer.ggml.add_bos_token") {
      fields.addBos = reader.read<uint8_t>() != 0;
    } else if (key == "tokenizer.ggml.add_space_prefix") {
      fields.addSpacePrefix = reader.read<uint8_t>() != 0;
    } else if (key == "tokenizer.chat_template") {
      fields.chatTemplate = reader.readString();
    } else {
      reader.skip(type);
    }
  }
  return fields;
}

std::string smallBpe() {
  return R"({"format": 1,
    "tokens": ["a", "b", "c", "d", "e", "Ġ", "ab", "abc", "Ġa",
               "<s>", "</s>", "<<x>>"],
    "control": [9, 10], "user_defined": [11],
    "merges": ["a b", "ab c", "Ġ a", "b c"],
    "pre_tokenizer": [{"regex": " ?\\p{L}+|\\s+", "keep": "all"}],
    "bos": 9, "eos": 10})";
}

std::unique_ptr<Tokenizer> makeTokenizer(std::string_view kind,
                                         std::string_view bytes) {
  StatusOr<std::unique_ptr<Tokenizer>> made = Tokenizer::create(kind, bytes);
  if (!made.ok()) {
    ADD_FAILURE() << made.status().message();
    return nullptr;
  }
  return std::move(*made);
}

} // namespace fot::rt::test
