// Banks for Python: what `fot memory` does, without a model.
#include "python/bindings/Convert.h"
#include "python/bindings/Listener.h"

#include "runtime/memory/BankFile.h"
#include "runtime/memory/BankJoin.h"
#include "tools/fot/DescribeBank.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;
using namespace nb::literals;
using namespace fot::rt;

namespace fot::python {

static double share(uint64_t done, uint64_t total) {
  return total == 0 ? 1
                    : static_cast<double>(done) / static_cast<double>(total);
}

static std::vector<std::string> texts(const std::vector<nb::bytes> &paths) {
  std::vector<std::string> result;
  for (const nb::bytes &path : paths) {
    result.push_back(text(path));
  }
  return result;
}

static std::string info(const nb::bytes &path) {
  auto bank = take(BankFile::open(text(path)));
  // Names in a file need not be UTF-8.
  return tool::describeBank(*bank).dump(
      -1, ' ', false, nlohmann::json::error_handler_t::replace);
}

static void verify(const nb::bytes &path, nb::object progress) {
  Listener listener(std::move(progress));
  std::string name = text(path);
  auto bank = take(BankFile::open(name));
  Status status;
  {
    nb::gil_scoped_release released;
    status = bank->verify([&](uint64_t done) {
      return listener.tell(name, share(done, bank->fileBytes()));
    });
  }
  listener.rethrow();
  check(status);
}

/// Runs `join` with a function that tells `listener` about `output`.
template <typename Join>
static void joined(const std::string &output, nb::object progress, Join join) {
  Listener listener(std::move(progress));
  Status status;
  {
    nb::gil_scoped_release released;
    status = join([&](uint64_t done, uint64_t total) {
               return listener.tell(output, share(done, total));
             }).takeStatus();
  }
  listener.rethrow();
  check(status);
}

static void merge(const std::vector<nb::bytes> &banks, const nb::bytes &output,
                  nb::object progress) {
  std::vector<std::string> paths = texts(banks);
  std::string name = text(output);
  joined(name, std::move(progress), [&](const JoinProgress &report) {
    return mergeBanks(paths, name, report);
  });
}

static void append(const nb::bytes &bank, const std::vector<nb::bytes> &others,
                   nb::object progress) {
  std::vector<std::string> paths = texts(others);
  std::string name = text(bank);
  joined(name, std::move(progress), [&](const JoinProgress &report) {
    return appendBanks(name, paths, report);
  });
}

void addBanks(nb::module_ &m) {
  m.def("bank_info", &info, "path"_a);
  m.def("verify_bank", &verify, "path"_a, "progress"_a.none());
  m.def("merge_banks", &merge, "banks"_a, "output"_a, "progress"_a.none());
  m.def("append_banks", &append, "bank"_a, "others"_a, "progress"_a.none());
}

} // namespace fot::python
