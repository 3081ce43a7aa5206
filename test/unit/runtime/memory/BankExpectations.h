// What tests of banks expect of a Status.
#ifndef FOT_TEST_UNIT_RUNTIME_MEMORY_BANKEXPECTATIONS_H
#define FOT_TEST_UNIT_RUNTIME_MEMORY_BANKEXPECTATIONS_H

#include "runtime/base/Status.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace fot::rt::test {

inline void expectOk(const Status &status) {
  EXPECT_TRUE(status.ok()) << status.message();
}

inline void expectWords(const Status &status,
                        const std::vector<std::string> &words) {
  ASSERT_FALSE(status.ok());
  for (const std::string &word : words) {
    EXPECT_NE(status.message().find(word), std::string::npos)
        << "no '" << word << "' in: " << status.message();
  }
}

} // namespace fot::rt::test

#endif
