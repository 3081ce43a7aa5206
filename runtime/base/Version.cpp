// Alone in its file: a new version recompiles nothing else.
#include "runtime/base/Version.h"

namespace fot::rt {

const char *runtimeVersion() { return FOT_VERSION; }

} // namespace fot::rt
