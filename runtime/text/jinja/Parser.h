// Parser: tokens to syntax tree.
#ifndef FOT_RUNTIME_TEXT_JINJA_PARSER_H
#define FOT_RUNTIME_TEXT_JINJA_PARSER_H

#include "runtime/text/jinja/Syntax.h"

#include <string_view>

namespace fot::rt::jinja {

/// Parses a template. Fails with a sentence that names what is not supported or
/// not understood, and where.
StatusOr<Body> parse(std::string_view source);

} // namespace fot::rt::jinja

#endif
