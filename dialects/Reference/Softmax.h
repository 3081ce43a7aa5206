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
    logits.push_back(scale * dot(query, key, headDim));
    rows.push_back(value);
  }
  /// The weighted mean of the values, to dst[headDim].
  void mean(double *dst) const;

private:
  const double *query;
  double scale;
  int64_t headDim;
  std::vector<double> logits;
  std::vector<const double *> rows;
};

} // namespace mlir::fot::reference

#endif
