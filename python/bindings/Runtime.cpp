// fot._runtime: models, sessions and tokenizers for Python. Links no LLVM. The
// classes here are bare; python/fot/_model.py gives them their documented form
// and checks types and shapes first. The interpreter runs on during compute.
#include "python/bindings/Convert.h"
#include "python/bindings/Listener.h"

#include "runtime/base/Version.h"
#include "runtime/memorize/Memorizer.h"
#include "runtime/memory/BankFile.h"
#include "runtime/session/Sampler.h"
#include "runtime/session/Session.h"
#include "runtime/text/Tokenizer.h"
#include "tools/fot/Describe.h"
#include "tools/fot/Program.h"

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <atomic>
#include <new>

namespace nb = nanobind;
using namespace nb::literals;
using namespace fot::rt;

namespace fot::python {
namespace {

/// Token ids as Python passes them: read where they lie.
using Tokens1 =
    nb::ndarray<const int32_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Tokens2 =
    nb::ndarray<const int32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
using Row =
    nb::ndarray<const float, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
using Logits = nb::ndarray<nb::numpy, float>;
using Ids = nb::ndarray<nb::numpy, int32_t>;

std::span<const int32_t> span(const Tokens1 &tokens) {
  return {tokens.data(), tokens.size()};
}

/// float32 memory that will belong to a NumPy array. It is not cleared first:
/// pages of it come into being as logits are written.
std::unique_ptr<float[]> allocate(std::initializer_list<size_t> shape) {
  size_t count = 1;
  for (size_t extent : shape) {
    if (__builtin_mul_overflow(count, extent, &count)) {
      throw std::bad_alloc();
    }
  }
  return std::unique_ptr<float[]>(new float[count]);
}

Logits toNumpy(std::unique_ptr<float[]> data,
               std::initializer_list<size_t> shape) {
  float *rows = data.get();
  nb::capsule owner(data.release(),
                    [](void *p) noexcept { delete[] static_cast<float *>(p); });
  return Logits(rows, shape, owner);
}

Ids toNumpy(std::vector<int32_t> ids) {
  auto held = std::make_unique<std::vector<int32_t>>(std::move(ids));
  int32_t *data = held->data();
  size_t count = held->size();
  nb::capsule owner(held.release(), [](void *p) noexcept {
    delete static_cast<std::vector<int32_t> *>(p);
  });
  return Ids(data, {count}, owner);
}

/// A session that two threads of Python cannot enter at once.
class PySession {
public:
  explicit PySession(std::unique_ptr<Session> session)
      : session(std::move(session)) {}

  Logits run(const Tokens1 &tokens, uint64_t from) {
    Turn turn(*this);
    size_t rows = tokens.size() - std::min<uint64_t>(from, tokens.size());
    auto data = allocate({rows, session->vocabulary()});
    Status status;
    {
      nb::gil_scoped_release released;
      status = session->run(span(tokens), from, data.get());
    }
    check(status);
    return toNumpy(std::move(data), {rows, session->vocabulary()});
  }

  void reset() {
    Turn turn(*this);
    session->reset();
  }

  void attach(const nb::bytes &path) {
    Turn turn(*this);
    std::string name = text(path);
    Status status;
    {
      nb::gil_scoped_release released;
      auto bank = BankFile::open(name);
      status =
          bank.ok() ? session->attach(std::move(*bank)) : bank.takeStatus();
    }
    check(status);
  }

  void saveMemory(const nb::bytes &path) {
    Turn turn(*this);
    std::string name = text(path);
    Status status;
    {
      nb::gil_scoped_release released;
      status = session->save(name);
    }
    check(status);
  }

  bool hasRoomFor(uint64_t count) const { return session->hasRoomFor(count); }
  uint64_t windowLength() const { return session->localLength(); }
  uint64_t memoryLength() const { return session->memoryLength(); }

private:
  /// Holds the session for one call.
  struct Turn {
    explicit Turn(PySession &session) : session(session) {
      if (session.busy.test_and_set()) {
        raise(kError, "another thread is running this session; give each "
                      "thread a session of its own");
      }
    }
    ~Turn() { session.busy.clear(); }
    PySession &session;
  };

  std::unique_ptr<Session> session;
  std::atomic_flag busy = ATOMIC_FLAG_INIT;
};

/// Text of tokens as they come. Keeps its tokenizer alive.
class PyDetokenizer {
public:
  explicit PyDetokenizer(std::shared_ptr<const Tokenizer> tokenizer)
      : tokenizer(std::move(tokenizer)),
        stream(*this->tokenizer, {.startsText = false}) {}

  std::string push(int32_t id) { return take(stream.push(id)); }
  std::string finish() { return stream.finish(); }

private:
  std::shared_ptr<const Tokenizer> tokenizer;
  Detokenizer stream;
};

/// An artifact, its code, and its tokenizer once that is asked for.
class PyModel {
public:
  static std::unique_ptr<PyModel> load(const nb::bytes &path, uint32_t threads,
                                       const std::string &cpuLevel,
                                       const std::string &device) {
    std::string name = text(path);
    StatusOr<std::shared_ptr<Module>> module = [&] {
      nb::gil_scoped_release released;
      return open(name,
                  {.threads = threads, .cpuLevel = cpuLevel, .device = device});
    }();
    return std::unique_ptr<PyModel>(new PyModel(take(std::move(module))));
  }

  std::unique_ptr<Session> newSession() const {
    return take(Session::create(module));
  }
  std::unique_ptr<PySession> session() const {
    return std::make_unique<PySession>(newSession());
  }

  /// Logits of [B, N] tokens from position `from` on, each row a session.
  Logits logits(const Tokens2 &tokens, const std::vector<uint64_t> &calls,
                uint64_t from) const {
    std::unique_ptr<Session> session = newSession();
    size_t rows = tokens.shape(0), kept = tokens.shape(1) - from;
    size_t vocab = session->vocabulary();
    auto data = allocate({rows, kept, vocab});
    Status status;
    {
      nb::gil_scoped_release released;
      for (size_t row = 0; row < rows && status.ok(); ++row) {
        std::span ids(tokens.data() + row * tokens.shape(1), tokens.shape(1));
        session->reset();
        status =
            replay(*session, ids, calls, from, data.get() + row * kept * vocab)
                .at("tokens: row " + std::to_string(row));
      }
    }
    check(status);
    return toNumpy(std::move(data), {rows, kept, vocab});
  }

  Ids encode(const nb::bytes &string, bool addBos, bool parseSpecial) {
    return toNumpy(take(openTokenizer()->encode(
        {string.c_str(), string.size()},
        {.addBos = addBos, .parseSpecial = parseSpecial})));
  }
  std::string decode(const Tokens1 &ids, bool showControl) {
    auto range = span(ids);
    return take(
        openTokenizer()->decode({range.begin(), range.end()}, showControl));
  }
  PyDetokenizer detokenizer() { return PyDetokenizer(openTokenizer()); }

  /// The ids that a prompt becomes, as `fot run` has it.
  Ids encodePrompt(const nb::bytes &string) {
    auto ids = take(openTokenizer()->encode(
        {string.c_str(), string.size()},
        {.addBos = artifact().header().tokenizer()->add_bos(),
         .parseSpecial = true}));
    if (ids.empty() && tokenizer->bos()) {
      ids.push_back(*tokenizer->bos());
    }
    if (ids.empty()) {
      raise(kError, "expected a prompt, found an empty one");
    }
    return toNumpy(std::move(ids));
  }

  /// Documents are names, or names with the text; (documents complete, of them
  /// from before, tokens read, tokens of the bank).
  std::tuple<uint64_t, uint64_t, uint64_t, uint64_t>
  memorize(const std::vector<std::pair<nb::bytes, std::optional<nb::bytes>>>
               &documents,
           const nb::bytes &path, bool independent, nb::object progress) {
    std::vector<TextSource> texts;
    for (const auto &[name, content] : documents) {
      if (content) {
        texts.emplace_back(text(name),
                           std::string_view(content->c_str(), content->size()));
      } else {
        texts.emplace_back(text(name));
      }
    }
    check(checkTexts(texts), kUsageError);
    uint64_t bytes = take(sizeOfTexts(texts));
    std::unique_ptr<Session> session = newSession();
    std::string output = text(path);
    Listener listener(std::move(progress));
    Memorizer memorizer(
        *session, *openTokenizer(),
        independent ? BankEncoding::Independent : BankEncoding::Sequential,
        [&](const MemorizeProgress &now) {
          double share = bytes == 0 ? 0
                                    : static_cast<double>(now.bytes) /
                                          static_cast<double>(bytes);
          return listener.tell(*now.document, std::min(share, 1.0));
        });
    StatusOr<MemorizeProgress> done = [&] {
      nb::gil_scoped_release released;
      return memorizer.run(texts, output);
    }();
    listener.rethrow();
    MemorizeProgress end = take(std::move(done));
    return {end.documents, end.skipped, end.tokens, end.bankTokens};
  }

  std::vector<int32_t> endTokens() const { return tool::endTokens(artifact()); }
  std::string info() const {
    // Names in a file need not be UTF-8.
    return tool::describe(artifact())
        .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }
  uint32_t vocabulary() const { return artifact().header().model()->vocab(); }
  uint32_t threads() const { return module->numThreads(); }
  std::string cpuLevel() const { return module->cpuLevel(); }
  std::string device() const {
    return module->device() ? module->deviceNote() : "cpu";
  }

private:
  explicit PyModel(std::shared_ptr<Module> module)
      : module(std::move(module)) {}

  const Artifact &artifact() const { return module->artifact(); }

  static StatusOr<std::shared_ptr<Module>> open(const std::string &path,
                                                const ModuleOptions &options) {
    FOT_ASSIGN_OR_RETURN(auto artifact, Artifact::open(path));
    FOT_ASSIGN_OR_RETURN(auto module, Module::load(artifact, options));
    if (!artifact->header().model()) {
      // It could not run, and says why.
      return Session::create(module).takeStatus();
    }
    return module;
  }

  /// One row, cut into calls.
  static Status replay(Session &session, std::span<const int32_t> ids,
                       const std::vector<uint64_t> &calls, uint64_t from,
                       float *out) {
    uint64_t begin = 0;
    for (uint64_t count : calls) {
      uint64_t skipped =
          std::min(count, from > begin ? from - begin : uint64_t(0));
      FOT_RETURN_IF_ERROR(session.run(ids.subspan(begin, count), skipped, out));
      out += (count - skipped) * session.vocabulary();
      begin += count;
    }
    return Status();
  }

  const std::shared_ptr<const Tokenizer> &openTokenizer() {
    if (!tokenizer) {
      tokenizer = take(tool::openTokenizer(artifact()));
    }
    return tokenizer;
  }

  std::shared_ptr<Module> module;
  std::shared_ptr<const Tokenizer> tokenizer;
};

/// A sampler that checks what it is given.
class PySampler {
public:
  PySampler(const PyModel &model, double temperature, double topP,
            uint64_t seed)
      : vocab(model.vocabulary()),
        sampler(
            take(Sampler::create(
                     {.temperature = temperature, .topP = topP, .seed = seed},
                     vocab),
                 kUsageError)) {}

  int32_t sample(const Row &logits) {
    if (logits.size() != vocab) {
      raise(kUsageError, "expected the logits of one token, " +
                             std::to_string(vocab) + " numbers, found " +
                             std::to_string(logits.size()));
    }
    return sampler.sample({logits.data(), logits.size()});
  }

private:
  uint32_t vocab;
  Sampler sampler;
};

} // namespace
} // namespace fot::python

NB_MODULE(_runtime, m) {
  using namespace fot::python;
  m.attr("version") = runtimeVersion();
  addBanks(m);
  nb::class_<PySession>(m, "Session")
      .def("run", &PySession::run, "tokens"_a, "from_position"_a)
      .def("reset", &PySession::reset)
      .def("attach", &PySession::attach, "path"_a)
      .def("save_memory", &PySession::saveMemory, "path"_a)
      .def("has_room_for", &PySession::hasRoomFor)
      .def_prop_ro("window_length", &PySession::windowLength)
      .def_prop_ro("memory_length", &PySession::memoryLength);
  nb::class_<PyDetokenizer>(m, "Detokenizer")
      .def("push", &PyDetokenizer::push)
      .def("finish", &PyDetokenizer::finish);
  nb::class_<PyModel>(m, "Model")
      .def_static("load", &PyModel::load, "path"_a, "threads"_a, "cpu_level"_a,
                  "device"_a)
      .def("session", &PyModel::session)
      .def("logits", &PyModel::logits, "tokens"_a, "calls"_a, "from_position"_a)
      .def("encode", &PyModel::encode, "text"_a, "bos"_a, "special"_a)
      .def("encode_prompt", &PyModel::encodePrompt, "text"_a)
      .def("decode", &PyModel::decode, "ids"_a, "show_control"_a)
      .def("detokenizer", &PyModel::detokenizer)
      .def("memorize", &PyModel::memorize, "documents"_a, "path"_a,
           "independent"_a, "progress"_a.none())
      .def("info", &PyModel::info)
      .def_prop_ro("end_tokens", &PyModel::endTokens)
      .def_prop_ro("vocabulary", &PyModel::vocabulary)
      .def_prop_ro("threads", &PyModel::threads)
      .def_prop_ro("cpu_level", &PyModel::cpuLevel)
      .def_prop_ro("device", &PyModel::device);
  nb::class_<PySampler>(m, "Sampler")
      .def(nb::init<const PyModel &, double, double, uint64_t>(), "model"_a,
           "temperature"_a, "top_p"_a, "seed"_a)
      .def("sample", &PySampler::sample, "logits"_a);
}
