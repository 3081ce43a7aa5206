//===- Softmax.h - scores, the best of them, and their softmax --*- C++ -*-===//
//
// Internal to the reference evaluator: what attention and retrieval share.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_DIALECTS_REFERENCE_SOFTMAX_H
#define FOT_DIALECTS_REFERENCE_SOFTMAX_H

#include "dialects/Reference/Values.h"

namespace mlir::fot::reference {

/// Inner product of two vectors.
double dot(const double *a, const double *b, int64_t size);

/// An entry of a memory and its inner product with a query.
struct Scored {
  double score;
  int64_t entry;
};

/// The `k` entries (all, if there are fewer) of key-value head `head` with the
/// largest scores, best first; of equal scores the older entry comes first.
/// None for a head without a memory.
std::vector<Scored> bestEntries(const double *query, const MemoryValue &memory,
                                int64_t head, int64_t k);
/// The same of the entries [from, to) alone.
std::vector<Scored> bestEntries(const double *query, const MemoryValue &memory,
                                int64_t head, int64_t k, int64_t from,
                                int64_t to);
/// The k best, best first, in place of all.
void keepBest(std::vector<Scored> &all, int64_t k);

/// Keys and values that share one softmax, gathered one by one.
class JointSoftmax {
public:
  JointSoftmax(const double *query, double scale, int64_t headDim)
      : query(query), scale(scale), headDim(headDim) {}

  void add(const double *key, const double *value) {
    addPart(scale * dot(query, key, headDim), 1, value);
  }
  /// Entries whose exponentials, relative to the largest logit, add up to
  /// `total`, and to `sums` when they weigh the values.
  void addPart(double largest, double total, const double *sums) {
    logits.push_back(largest);
    totals.push_back(total);
    rows.push_back(sums);
  }
  double largest() const { return *llvm::max_element(logits); }
  /// The sum of the values, weighted relative to the largest logit, to
  /// dst[headDim]; returns the sum of the weights.
  double sum(double *dst) const;
  /// The weighted mean of the values, to dst[headDim].
  void mean(double *dst) const;

private:
  const double *query;
  double scale;
  int64_t headDim;
  std::vector<double> logits, totals;
  std::vector<const double *> rows;
};

} // namespace mlir::fot::reference

#endif
