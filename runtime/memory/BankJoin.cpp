// All banks are opened and compared before anything is written.
#include "runtime/memory/BankJoin.h"

#include "runtime/memory/BankCopy.h"
#include "runtime/memory/BankWriter.h"

#include <filesystem>

namespace fot::rt {

using Banks = std::vector<std::shared_ptr<const BankFile>>;

/// Opens all; each must fit `about` or, without that, the first.
static StatusOr<Banks> openBanks(const std::vector<std::string> &paths,
                                 const BankDescription *about) {
  Banks banks;
  for (const std::string &path : paths) {
    FOT_ASSIGN_OR_RETURN(auto bank, BankFile::open(path));
    if (!about) {
      about = &bank->description();
    }
    FOT_RETURN_IF_ERROR(about->compatible(bank->description()).at(path));
    banks.push_back(std::move(bank));
  }
  return banks;
}

/// Copies all into `writer` and finishes it.
static StatusOr<std::shared_ptr<const BankFile>>
copyBanks(const Banks &banks, BankWriter &writer,
          const JoinProgress &progress) {
  uint64_t total = 0, before = 0;
  for (const auto &bank : banks) {
    total += copyBytes(*bank);
  }
  for (const auto &bank : banks) {
    FOT_RETURN_IF_ERROR(copyBank(*bank, writer, [&](uint64_t done) {
      return !progress || progress(before + done, total);
    }));
    before += copyBytes(*bank);
  }
  FOT_RETURN_IF_ERROR(writer.finish());
  return BankFile::open(writer.path());
}

StatusOr<std::shared_ptr<const BankFile>>
mergeBanks(const std::vector<std::string> &banks, const std::string &output,
           const JoinProgress &progress) {
  if (banks.empty()) {
    return Status::failure(output +
                           ": expected at least one bank to merge, found none");
  }
  FOT_ASSIGN_OR_RETURN(Banks opened, openBanks(banks, nullptr));
  FOT_ASSIGN_OR_RETURN(
      auto writer, BankWriter::createAside(output, opened[0]->description()));
  return copyBanks(opened, *writer, progress);
}

StatusOr<std::shared_ptr<const BankFile>>
appendBanks(const std::string &path, const std::vector<std::string> &others,
            const JoinProgress &progress) {
  FOT_ASSIGN_OR_RETURN(auto bank, BankFile::open(path));
  for (const std::string &other : others) {
    std::error_code ignored; // opening it says what is wrong
    if (std::filesystem::equivalent(path, other, ignored)) {
      return Status::failure(
          path + ": expected other banks to append, found " +
          (other == path ? "the same one" : other + ", which is the same"));
    }
  }
  FOT_ASSIGN_OR_RETURN(Banks opened, openBanks(others, &bank->description()));
  FOT_ASSIGN_OR_RETURN(auto writer,
                       BankWriter::open(path, bank->description()));
  if (!writer->documents().empty() && !writer->documents().back().complete) {
    return Status::failure(path + ": the last document, '" +
                           writer->documents().back().name +
                           "', is not complete, and could not be completed "
                           "once others follow; memorize the rest of it "
                           "first, or merge into another file");
  }
  return copyBanks(opened, *writer, progress);
}

} // namespace fot::rt
