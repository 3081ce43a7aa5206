// What an artifact holds, as JSON: for `fot inspect` and the Python package.
#ifndef FOT_TOOLS_FOT_DESCRIBE_H
#define FOT_TOOLS_FOT_DESCRIBE_H

#include "runtime/artifact/Artifact.h"

#include <nlohmann/json.hpp>

namespace fot::tool {

/// Everything that the header of `artifact` states. Names in a file need not be
/// UTF-8: print it with error_handler_t::replace.
nlohmann::ordered_json describe(const rt::Artifact &artifact);

} // namespace fot::tool

#endif
