// The version of this runtime, as CMake's project() states it.
#ifndef FOT_RUNTIME_BASE_VERSION_H
#define FOT_RUNTIME_BASE_VERSION_H

namespace fot::rt {

/// "0.1.0" and the like.
const char *runtimeVersion();

} // namespace fot::rt

#endif
