// What keeps writers of the same bank apart.
#ifndef FOT_RUNTIME_MEMORY_BANKLOCK_H
#define FOT_RUNTIME_MEMORY_BANKLOCK_H

#include "runtime/base/Status.h"

#include <string>

namespace fot::rt {

/// Takes the lock of a writer on an open file, or says that another has it. It
/// goes away with the descriptor, however the process ends.
Status lockBank(int fd, const std::string &path);

/// Fails if somebody writes to the file of that name, should there be one.
Status checkNobodyWrites(const std::string &path);

/// Makes the name of a new file last.
void syncFolder(const std::string &path);

} // namespace fot::rt

#endif
