// Guesses what comes next from what came after the retrieved entries.
#ifndef FOT_RUNTIME_SESSION_DRAFTER_H
#define FOT_RUNTIME_SESSION_DRAFTER_H

#include "runtime/session/Session.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace fot::rt {

/// Text that repeats, or quotes what was read, goes on as its source does.
/// Heads that see a repetition attend to the last token of the earlier
/// occurrence or to the one after it; of the retrieved entries, those that
/// agree with the token that is known to come next vote for a place in the
/// memory with their share of attention, and the tokens behind the winning
/// place are the draft.
class Drafter {
public:
  /// Drafts of at most `most` tokens.
  Drafter(const Session &session, uint64_t most)
      : session(session), most(most) {}

  /// What may follow `next`, which comes after all that the session ran.
  /// `decoded`: its last call was a decode, whose retrievals are known. Valid
  /// until the next call; empty if there is nothing to go by.
  std::span<const int32_t> draft(int32_t next, bool decoded);
  /// So many of the draft's tokens came true.
  void accept(uint64_t count);

private:
  std::optional<uint64_t> vote(int32_t next) const;

  const Session &session;
  const uint64_t most;
  uint64_t length = 2; ///< of the next draft
  /// The entry behind what came true: whose token should come next.
  std::optional<uint64_t> following;
  uint64_t drafted = 0; ///< first entry of the draft
  std::vector<int32_t> tokens;
};

} // namespace fot::rt

#endif
