// What a bank holds, as JSON and for people.
#ifndef FOT_TOOLS_FOT_DESCRIBEBANK_H
#define FOT_TOOLS_FOT_DESCRIBEBANK_H

#include "runtime/memory/BankFile.h"

#include <nlohmann/json.hpp>

#include <string>

namespace fot::tool {

/// Everything that `bank` lists. Names in a file need not be UTF-8: print it
/// with error_handler_t::replace.
nlohmann::ordered_json describeBank(const rt::BankFile &bank);

/// Its lines for people; one for every segment too, if asked for.
std::string describeBankText(const rt::BankFile &bank, bool segments);

/// "3 documents, 9000 tokens in 4 segments, 93.1 MB".
std::string summarizeBank(const rt::BankFile &bank);

} // namespace fot::tool

#endif
