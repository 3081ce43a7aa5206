// Says where in the memory a new token comes from.
#ifndef FOT_TOOLS_FOT_EXPLAINER_H
#define FOT_TOOLS_FOT_EXPLAINER_H

#include "runtime/session/Passages.h"
#include "runtime/text/Tokenizer.h"

#include <cstdint>
#include <string>

namespace fot::tool {

/// Borrows session and tokenizer.
class Explainer {
public:
  Explainer(const rt::Session &session, const rt::Tokenizer &tokenizer)
      : session(session), tokenizer(tokenizer) {}

  /// Writes to standard error what the decode call before `token` retrieved.
  void explain(int32_t token) const;
  /// A passage in one line: share, document, tokens, bytes, excerpt.
  std::string describe(const rt::Passage &passage) const;

private:
  const rt::Session &session;
  const rt::Tokenizer &tokenizer;
};

} // namespace fot::tool

#endif
