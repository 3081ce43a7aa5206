//===- AttentionBench.cpp - the attention, run and timed ------------------===//

#include "tools/fotc/bench-op/AttentionBench.h"

#include "runtime/base/BandwidthProbe.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>
#include <numeric>

using namespace mlir::fot::bench;
using namespace fot::rt;

/// A decoded token's query is like that of the token before.
constexpr double kDrift = 0.2;
constexpr uint64_t kWarmUp = 2, kRounds = 20, kLeastRounds = 5;
constexpr double kMostSeconds = 20;

static double now() {
  return std::chrono::duration<double>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// CPU time of the calling thread, in seconds.
static double threadTime() {
  timespec time = {};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) +
         static_cast<double>(time.tv_nsec) * 1e-9;
}

static StatusOr<AlignedBuffer> copied(const std::vector<float> &from) {
  FOT_ASSIGN_OR_RETURN(AlignedBuffer buffer,
                       AlignedBuffer::allocate(from.size() * sizeof(float),
                                               "a measured attention"));
  std::copy(from.begin(), from.end(), buffer.as<float>());
  return buffer;
}

static void meet(void *context, uint32_t) {
  static_cast<ThreadPool *>(context)->barrier();
}

/// Random numbers as `dtype`, and in `numbers` what became of them.
static StatusOr<AlignedBuffer> fillCache(const std::string &dtype,
                                         uint64_t stream,
                                         std::vector<float> &numbers) {
  fillNormal(stream, numbers);
  int64_t bytes = rowBytes(dtype, static_cast<int64_t>(numbers.size()));
  FOT_ASSIGN_OR_RETURN(AlignedBuffer buffer,
                       AlignedBuffer::allocate(bytes, "a window"));
  storeRow(dtype, numbers, buffer.data());
  std::vector<double> stored(numbers.size());
  loadRow(dtype, buffer.data(), stored);
  std::copy(stored.begin(), stored.end(), numbers.begin());
  return buffer;
}

Status AttentionBench::prepare(const MeasureOptions &options,
                               Measurement &measurement) {
  FOT_ASSIGN_OR_RETURN(
      threads,
      ThreadPool::create(options.threads ? options.threads : usableCores()));
  measurement.threads = threads->numWorkers();
  FOT_ASSIGN_OR_RETURN(
      bank, RandomMemory::fill(shape, code.seal != nullptr, *threads,
                               [&](double done) {
                                 options.progress("filling the memory", done);
                               }));
  size_t cache = shape.kvHeads * shape.window * shape.headDim;
  keys.resize(cache);
  values.resize(cache);
  FOT_ASSIGN_OR_RETURN(keyBuffer, fillCache(shape.windowDtype, 101, keys));
  FOT_ASSIGN_OR_RETURN(valueBuffer, fillCache(shape.windowDtype, 102, values));
  size_t row = shape.heads * shape.headDim;
  last.queries.resize(shape.queries * row);
  last.out.resize(shape.queries * row);
  if (shape.queries == 1 && !shape.dense) {
    last.winners.assign(shape.heads * shape.topK, -1);
    logits.assign(shape.heads * shape.topK, 0);
    softmax.assign(shape.heads * 2, 0);
  }
  FOT_ASSIGN_OR_RETURN(queryBuffer, copied(last.queries));
  FOT_ASSIGN_OR_RETURN(outBuffer, copied(last.out));
  FOT_ASSIGN_OR_RETURN(workspace, AlignedBuffer::allocate(
                                      code.workspaceBytes + 64, "a workspace"));
  return Status();
}

StatusOr<AttentionBench::Taken>
AttentionBench::callEntry(fot_entry entry, const fot_call &call) {
  std::vector<int32_t> codes(threads->numWorkers());
  std::vector<double> cpu(threads->numWorkers());
  double start = now();
  threads->run([&](uint32_t worker, uint32_t workers) {
    double before = threadTime();
    codes[worker] = entry(&call, worker, workers);
    cpu[worker] = threadTime() - before;
  });
  double seconds = now() - start;
  for (int32_t code : codes) {
    if (code != 0) {
      return Status::failure("the compiled code returned the failure " +
                             std::to_string(code));
    }
  }
  return Taken{seconds, std::accumulate(cpu.begin(), cpu.end(), 0.0)};
}

static fot_memory viewOf(const AttentionShape &shape,
                         const RandomMemory &bank) {
  fot_memory view = {};
  view.count = shape.memory;
  view.num_segments = static_cast<int64_t>(bank.segments().size());
  view.segments = bank.segments().data();
  return view;
}

Status AttentionBench::seal(Measurement &measurement) {
  if (!code.seal) {
    return Status();
  }
  fot_host host = {sizeof(fot_host), FOT_KERNEL_ABI_VERSION, threads.get(),
                   meet};
  fot_memory view = viewOf(shape, bank);
  const fot_memory *memories[] = {&view};
  for (int64_t i = 0; i < view.num_segments; ++i) {
    if (!view.segments[i].index) {
      continue;
    }
    fot_call call = {sizeof(fot_call),
                     FOT_KERNEL_ABI_VERSION,
                     &host,
                     nullptr,
                     workspace.data(),
                     nullptr,
                     &i,
                     memories};
    FOT_ASSIGN_OR_RETURN(Taken taken, callEntry(code.seal, call));
    measurement.sealSeconds += taken.seconds;
  }
  return Status();
}

void AttentionBench::nextQueries(bool drifting) {
  size_t row = shape.heads * shape.headDim;
  for (int64_t t = 0; t < shape.queries; ++t) {
    std::vector<float> query =
        randomQueries(shape, ++number, drifting ? kDrift : 1);
    std::copy(query.begin(), query.end(), last.queries.begin() + t * row);
  }
  std::copy(last.queries.begin(), last.queries.end(), queryBuffer.as<float>());
}

StatusOr<AttentionBench::Taken> AttentionBench::call(bool remember,
                                                     int64_t *counters) {
  fot_host host = {sizeof(fot_host), FOT_KERNEL_ABI_VERSION, threads.get(),
                   meet};
  fot_winners winners = {last.winners.data(), logits.data(), softmax.data()};
  fot_memory view = viewOf(shape, bank);
  view.winners = remember && !last.winners.empty() ? &winners : nullptr;
  view.counters = counters;
  const fot_memory *memories[] = {&view};
  int64_t row = shape.heads * shape.headDim;
  fot_tensor rows = {queryBuffer.data(), {shape.queries, row}};
  fot_tensor cache = {keyBuffer.data(),
                      {shape.kvHeads, shape.window, shape.headDim}};
  fot_tensor tensors[] = {rows, cache, cache, rows};
  tensors[2].data = valueBuffer.data();
  tensors[3].data = outBuffer.data();
  int64_t position = shape.window - shape.queries;
  fot_call call = {sizeof(fot_call),
                   FOT_KERNEL_ABI_VERSION,
                   &host,
                   nullptr,
                   workspace.data(),
                   tensors,
                   &position,
                   memories};
  FOT_ASSIGN_OR_RETURN(Taken taken, callEntry(code.attend, call));
  std::copy_n(outBuffer.as<float>(), last.out.size(), last.out.begin());
  return taken;
}

StatusOr<Measurement> AttentionBench::run(const MeasureOptions &options) {
  Measurement measurement;
  FOT_RETURN_IF_ERROR(prepare(options, measurement));
  FOT_RETURN_IF_ERROR(seal(measurement));
  for (uint64_t i = 0; i < kWarmUp; ++i) {
    nextQueries(options.seeded);
    FOT_ASSIGN_OR_RETURN(Taken ignored, call(options.seeded, nullptr));
    (void)ignored;
  }
  std::array<int64_t, FOT_NUM_COUNTERS> counters = {};
  double start = now();
  uint64_t most = options.rounds ? options.rounds : kRounds;
  while (measurement.seconds.size() < most) {
    if (!options.rounds && measurement.seconds.size() >= kLeastRounds &&
        now() - start > kMostSeconds) {
      break;
    }
    nextQueries(options.seeded);
    FOT_ASSIGN_OR_RETURN(Taken taken, call(options.seeded, counters.data()));
    measurement.seconds.push_back(taken.seconds);
    measurement.cpuSeconds.push_back(taken.cpuSeconds);
    options.progress("measuring",
                     static_cast<double>(measurement.seconds.size()) /
                         static_cast<double>(most));
  }
  for (size_t i = 0; i < counters.size(); ++i) {
    measurement.counts[i] = static_cast<double>(counters[i]) /
                            static_cast<double>(measurement.seconds.size());
  }
  // Once more, to learn what was retrieved; without help from the call before.
  std::fill(last.winners.begin(), last.winners.end(), -1);
  nextQueries(options.seeded);
  FOT_ASSIGN_OR_RETURN(Taken ignored, call(/*remember=*/true, nullptr));
  (void)ignored;
  FOT_ASSIGN_OR_RETURN(measurement.bandwidth,
                       probeReadBandwidth(*threads, kLeastRounds));
  return measurement;
}
