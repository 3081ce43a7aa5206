// The argument lists here and the enums in handwritten_module.c agree.
#include "test/unit/runtime/ToyArtifact.h"

#include "fot/kernel_abi.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>
#include <utility>

namespace fot::rt::test {

using schema::ArgumentKind;
using schema::ElementType;
using schema::Role;

TemporaryFolder::TemporaryFolder() {
  // Tests write thousands of small files: in memory where that exists.
  std::string parent = access("/dev/shm", W_OK) == 0
                           ? std::string("/dev/shm")
                           : std::filesystem::temp_directory_path().string();
  std::string pattern = parent + "/fot-test-XXXXXX";
  path = mkdtemp(pattern.data());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

std::vector<std::string> TemporaryFolder::list() const {
  std::vector<std::string> names;
  for (const auto &entry : std::filesystem::directory_iterator(path)) {
    names.push_back(entry.path().filename().string());
  }
  return names;
}

std::vector<std::byte> readFile(const std::string &path) {
  std::ifstream stream(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(stream)), {});
  auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

void writeFile(const std::string &path, std::span<const std::byte> bytes) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char *>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
}

static constexpr int64_t kHeads = 2;
static constexpr int64_t kDim = 16;

static void addArgument(schema::EntryT &entry, const std::string &name,
                        ArgumentKind kind, Role role, ElementType type,
                        std::vector<int64_t> dims, int layer = -1) {
  auto argument = std::make_unique<schema::ArgumentT>();
  argument->name = name;
  argument->kind = kind;
  argument->role = role;
  argument->type = type;
  argument->dims = std::move(dims);
  argument->layer = layer;
  entry.arguments.push_back(std::move(argument));
}

static void addCache(schema::EntryT &entry, Role role, int layer,
                     const ToyModel &model) {
  int64_t heads = role == Role::WindowRawKeys ? 1 : kHeads;
  addArgument(entry, "cache" + std::to_string(entry.arguments.size()),
              ArgumentKind::Tensor, role, ElementType::F32,
              {heads, model.window, kDim}, layer);
}

static void addMemories(schema::EntryT &entry) {
  for (int layer : {0, 2}) {
    addArgument(entry, "memory" + std::to_string(layer), ArgumentKind::Memory,
                Role::Memory, ElementType::F32, {}, layer);
  }
}

static std::unique_ptr<schema::EntryT>
stepEntry(const std::string &name, const ToyModel &model, bool single) {
  auto entry = std::make_unique<schema::EntryT>();
  entry->name = name;
  entry->workspace_bytes = 2 * sizeof(int64_t);
  entry->max_tokens = single ? 1 : model.maxTokens;
  int64_t n = single ? 1 : -1;
  addArgument(*entry, "tokens", ArgumentKind::Tensor, Role::Tokens,
              ElementType::I32, {n});
  addCache(*entry, Role::WindowKeys, 0, model);
  addCache(*entry, Role::WindowValues, 0, model);
  addCache(*entry, Role::WindowRawKeys, 0, model);
  if (model.memories) {
    addMemories(*entry); // in a list of its own, so it may stand anywhere
  }
  addCache(*entry, Role::WindowKeys, 1, model);
  addCache(*entry, Role::WindowValues, 1, model);
  addArgument(*entry, "logits", ArgumentKind::Tensor, Role::Logits,
              ElementType::F32, {n, model.vocab});
  addCache(*entry, Role::WindowKeys, 2, model);
  addCache(*entry, Role::WindowValues, 2, model);
  addCache(*entry, Role::WindowRawKeys, 2, model);
  addArgument(*entry, "position", ArgumentKind::Scalar, Role::Position,
              ElementType::I64, {});
  return entry;
}

static std::unique_ptr<schema::EntryT> evictEntry(const ToyModel &model) {
  auto entry = std::make_unique<schema::EntryT>();
  entry->name = "evict";
  addCache(*entry, Role::WindowRawKeys, 0, model);
  addCache(*entry, Role::WindowValues, 0, model);
  addCache(*entry, Role::WindowRawKeys, 2, model);
  addCache(*entry, Role::WindowValues, 2, model);
  addArgument(*entry, "count", ArgumentKind::Scalar, Role::Count,
              ElementType::I64, {});
  addMemories(*entry);
  return entry;
}

static std::unique_ptr<schema::EntryT> sealEntry() {
  auto entry = std::make_unique<schema::EntryT>();
  entry->name = "seal";
  addArgument(*entry, "segment", ArgumentKind::Scalar, Role::Segment,
              ElementType::I64, {});
  addMemories(*entry);
  return entry;
}

schema::ArtifactT toyHeader(const ToyModel &model) {
  schema::ArtifactT header;
  header.producer = "handwritten_module.c";
  header.model = std::make_unique<schema::ModelT>();
  header.model->name = "toy";
  header.model->architecture = "longllama";
  header.model->layers = 3;
  header.model->heads = header.model->kv_heads = kHeads;
  header.model->head_dim = kDim;
  header.model->vocab = model.vocab;
  header.model->window = model.window;
  header.model->last_context = model.lastContext;
  header.model->evicts = model.evicts;
  header.model->memory_mode =
      model.topK ? schema::MemoryMode::TopK : schema::MemoryMode::Dense;
  header.model->top_k = model.topK ? 2 : 0;
  header.model->fingerprint.assign(16, model.fingerprint);
  header.model->eos = {2};
  header.entries.push_back(stepEntry("prefill", model, false));
  header.entries.push_back(stepEntry("decode", model, true));
  if (!model.memories) {
    return header;
  }
  for (uint32_t layer : {0, 2}) {
    auto bank = std::make_unique<schema::MemoryBankT>();
    bank->layer = layer;
    bank->heads = {1};
    bank->head_dim = kDim;
    header.memories.push_back(std::move(bank));
  }
  header.entries.push_back(evictEntry(model));
  if (model.seals) {
    header.entries.push_back(sealEntry());
  }
  return header;
}

Status writeToy(const std::string &path, const ToyModel &model,
                const std::vector<ToyCode> &codes,
                const std::function<void(schema::ArtifactT &)> &change) {
  FOT_ASSIGN_OR_RETURN(ArtifactWriter writer, ArtifactWriter::create(path));
  schema::ArtifactT header = toyHeader(model);
  std::vector<float> weights(100, 42.0f);
  FOT_ASSIGN_OR_RETURN(uint32_t weightsIndex,
                       writer.addSegment(schema::SegmentKind::Weights,
                                         "weights",
                                         std::as_bytes(std::span(weights))));
  (void)weightsIndex;
  auto weight = std::make_unique<schema::WeightT>();
  weight->name = "only";
  weight->type = "f32";
  weight->shape = {100};
  weight->size = 400;
  header.weights.push_back(std::move(weight));
  if (!model.tokenizer.empty()) {
    header.tokenizer = std::make_unique<schema::TokenizerT>();
    header.tokenizer->kind = "bpe";
    FOT_ASSIGN_OR_RETURN(
        header.tokenizer->segment,
        writer.addSegment(schema::SegmentKind::Tokenizer, "tokenizer",
                          std::as_bytes(std::span(model.tokenizer))));
  }
  for (const ToyCode &toyCode : codes) {
    auto code = std::make_unique<schema::CodeT>();
    code->level = toyCode.level;
    code->features = toyCode.features;
    code->kernel_abi = FOT_KERNEL_ABI_VERSION;
    FOT_ASSIGN_OR_RETURN(code->segment,
                         writer.addSegment(schema::SegmentKind::Code,
                                           toyCode.level,
                                           readFile(toyCode.module)));
    header.codes.push_back(std::move(code));
  }
  if (change) {
    change(header);
  }
  return writer.finish(header);
}

StatusOr<std::shared_ptr<const Artifact>>
openToy(const TemporaryFolder &folder, const ToyModel &model,
        const std::function<void(schema::ArtifactT &)> &change) {
  std::string path = folder.file("toy.fotm");
  FOT_RETURN_IF_ERROR(writeToy(
      path, model,
      {{"any", {}, model.memories ? toyModule() : toyModulePlain()}}, change));
  return Artifact::open(path);
}

} // namespace fot::rt::test
