// A model that is ready to run, and its tokenizer.
#ifndef FOT_TOOLS_FOT_PROGRAM_H
#define FOT_TOOLS_FOT_PROGRAM_H

#include "tools/fot/Command.h"

#include "runtime/session/Session.h"
#include "runtime/text/Tokenizer.h"

#include <memory>
#include <string>
#include <vector>

namespace fot::tool {

/// Opens, loads and makes a session of the artifact at `path`.
rt::StatusOr<std::unique_ptr<rt::Session>>
openSession(const std::string &path, const DeviceOptions &options);

/// Attaches the banks that --memory names; refuses --save-memory and --explain
/// for a model that could not.
rt::Status attachMemories(rt::Session &session, const MemoryOptions &options);

/// Writes what the session added, if --save-memory says so.
rt::Status saveMemory(rt::Session &session, const MemoryOptions &options,
                      const rt::Tokenizer &tokenizer);

/// The tokenizer in an artifact; a failure when there is none.
rt::StatusOr<std::unique_ptr<rt::Tokenizer>>
openTokenizer(const rt::Artifact &artifact);

/// The ids that end a text of the model.
std::vector<int32_t> endTokens(const rt::Artifact &artifact);

} // namespace fot::tool

#endif
