// fot logits: exact replay of token ids.
#include "tools/fot/Command.h"
#include "tools/fot/Output.h"
#include "tools/fot/Program.h"

#include "runtime/base/Npy.h"

#include <algorithm>
#include <charconv>
#include <memory>

namespace fot::tool {

using namespace fot::rt;

namespace {
struct LogitsOptions {
  std::string artifact, tokens, output, calls;
  uint64_t from = 0;
  DeviceOptions device;
  MemoryOptions memory;
};
} // namespace

/// The token counts of the calls; one call without --calls.
static std::vector<uint64_t> parseCalls(const LogitsOptions &options,
                                        uint64_t numTokens) {
  if (options.calls.empty()) {
    return {numTokens};
  }
  std::vector<uint64_t> counts;
  const char *at = options.calls.data();
  const char *end = at + options.calls.size();
  uint64_t sum = 0;
  while (true) {
    uint64_t count = 0;
    auto [next, error] = std::from_chars(at, end, count);
    if (error != std::errc() || count == 0 || count > numTokens - sum ||
        (next != end && *next != ',')) {
      break;
    }
    counts.push_back(count);
    sum += count;
    if (next == end) {
      if (sum == numTokens) {
        return counts;
      }
      throw UsageError("--calls: expected counts that add up to the " +
                       std::to_string(numTokens) + " tokens of a row, found " +
                       std::to_string(sum));
    }
    at = next + 1;
  }
  throw UsageError("--calls: expected positive counts like 61,1,1,33 that add "
                   "up to the " +
                   std::to_string(numTokens) + " tokens of a row, found '" +
                   options.calls + "'");
}

/// Token ids as sessions take them.
static StatusOr<std::vector<int32_t>> checkTokens(const std::string &path,
                                                  const IntegerMatrix &matrix,
                                                  uint32_t vocab) {
  if (matrix.rows == 0 || matrix.columns == 0) {
    return Status::failure(path +
                           ": expected at least one token, found shape "
                           "[" +
                           std::to_string(matrix.rows) + ", " +
                           std::to_string(matrix.columns) + "]");
  }
  std::vector<int32_t> tokens(matrix.values.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    int64_t id = matrix.values[i];
    if (id < 0 || id >= vocab) {
      return Status::failure(
          path + ": expected token ids of the vocabulary, 0 to " +
          std::to_string(vocab - 1) + ", found " + std::to_string(id) +
          " at row " + std::to_string(i / matrix.columns) + ", column " +
          std::to_string(i % matrix.columns));
    }
    tokens[i] = static_cast<int32_t>(id);
  }
  return tokens;
}

static Status logits(const LogitsOptions &options) {
  FOT_ASSIGN_OR_RETURN(IntegerMatrix matrix, readNpyIntegers(options.tokens));
  FOT_ASSIGN_OR_RETURN(auto session,
                       openSession(options.artifact, options.device));
  FOT_RETURN_IF_ERROR(attachMemories(*session, options.memory));
  uint32_t vocab = session->vocabulary();
  FOT_ASSIGN_OR_RETURN(std::vector<int32_t> tokens,
                       checkTokens(options.tokens, matrix, vocab));
  uint64_t columns = matrix.columns;
  std::vector<uint64_t> calls = parseCalls(options, columns);
  if (options.from > columns) {
    throw UsageError("--from: expected a position from 0 to " +
                     std::to_string(columns) + ", found " +
                     std::to_string(options.from));
  }
  uint64_t shape[] = {matrix.rows, columns - options.from, vocab};
  FOT_ASSIGN_OR_RETURN(NpyFloatWriter writer,
                       NpyFloatWriter::create(options.output, shape));
  ProgressLine line("computing logits", "tokens", tokens.size());
  for (uint64_t row = 0; row < matrix.rows; ++row) {
    session->reset();
    uint64_t begin = 0;
    for (uint64_t count : calls) {
      uint64_t before = row * columns + begin;
      session->onProgress([&](uint64_t done) { line.update(before + done); });
      uint64_t from = std::min(
          count, options.from > begin ? options.from - begin : uint64_t(0));
      FOT_RETURN_IF_ERROR(
          session
              ->run(std::span(tokens).subspan(before, count), from,
                    [&](const float *rows, uint64_t numRows) {
                      return writer.append({rows, numRows * vocab});
                    })
              .at(options.tokens + ": row " + std::to_string(row)));
      begin += count;
    }
  }
  return writer.finish();
}

void addLogits(CLI::App &app, Action &action) {
  auto options = std::make_shared<LogitsOptions>();
  CLI::App *command = app.add_subcommand(
      "logits", "Replay token ids and write the logits they give");
  command->add_option("MODEL", options->artifact, "A .fotm artifact")
      ->required();
  command
      ->add_option("--tokens", options->tokens,
                   "int32 or int64 [B, N]; each row is a session of its own")
      ->type_name("IDS.npy")
      ->required();
  command
      ->add_option("--calls", options->calls,
                   "Cut the N tokens into successive calls of these counts "
                   "(default: one call)")
      ->type_name("N,N,...");
  command
      ->add_option("--from", options->from,
                   "Leave out the logits of positions before this one")
      ->check(wholeNumber(0))
      ->type_name("P")
      ->capture_default_str();
  command
      ->add_option("-o,--output", options->output,
                   "Where to write float32 [B, N-P, vocab]")
      ->type_name("LOGITS.npy")
      ->required();
  options->memory.addBanks(*command);
  options->device.add(*command);
  command->footer("Examples:\n"
                  "  fot logits model.fotm --tokens ids.npy -o logits.npy\n"
                  "  fot logits model.fotm --tokens ids.npy --calls 61,1,1,33 "
                  "--from 60 -o logits.npy");
  command->callback(
      [options, &action] { action = [options] { return logits(*options); }; });
}

} // namespace fot::tool
