// What an artifact holds, as JSON: for `fot inspect` and the Python package.
#ifndef FOT_TOOLS_FOT_DESCRIBE_H
#define FOT_TOOLS_FOT_DESCRIBE_H

#include "runtime/artifact/Artifact.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace fot::tool {

/// A schema's word in small letters, and a checksum in 16 digits.
std::string lower(std::string word);
std::string hex(uint64_t value);

/// Everything that the header of `artifact` states. Names in a file need not be
/// UTF-8: print it with error_handler_t::replace.
nlohmann::ordered_json describe(const rt::Artifact &artifact);

} // namespace fot::tool

#endif
