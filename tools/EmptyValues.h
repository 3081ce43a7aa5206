// Command lines of scripts whose variable is empty: `fot run "$MODEL"`.
#ifndef FOT_TOOLS_EMPTYVALUES_H
#define FOT_TOOLS_EMPTYVALUES_H

#include <CLI/CLI.hpp>

#include <algorithm>
#include <set>
#include <string>

namespace fot::tool {

/// What is wrong with a parsed command line in which an option or an argument
/// has an empty value, unless it is one of `texts`; empty when all is well.
inline std::string emptyValue(const CLI::App &app,
                              const std::set<std::string> &texts) {
  for (const CLI::Option *option : app.get_options()) {
    std::string name = option->get_name();
    const std::vector<std::string> &values = option->results();
    if (!texts.count(name) &&
        std::find(values.begin(), values.end(), "") != values.end()) {
      return name + ": expected a value, found an empty one";
    }
  }
  for (const CLI::App *command : app.get_subcommands()) {
    std::string wrong = emptyValue(*command, texts);
    if (!wrong.empty()) {
      return wrong;
    }
  }
  return "";
}

} // namespace fot::tool

#endif
