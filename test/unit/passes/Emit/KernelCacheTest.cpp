//===- KernelCacheTest.cpp - keys and what lies under them ----------------===//

#include "passes/Emit/KernelCache.h"

#include "passes/Emit/BuildId.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"

#include <gtest/gtest.h>

using namespace mlir::fot;

TEST(KernelCache, KeysTellPartsApart) {
  std::string key = KernelCache::keyOf({"ab", "c"});
  EXPECT_EQ(key.size(), 32u);
  EXPECT_EQ(key, KernelCache::keyOf({"ab", "c"}));
  EXPECT_NE(key, KernelCache::keyOf({"a", "bc"}));
  EXPECT_NE(key, KernelCache::keyOf({"abc"}));
  EXPECT_NE(key, KernelCache::keyOf({"ab", "c", ""}));
}

TEST(KernelCache, KeepsUnderItsKeyOnly) {
  llvm::SmallString<128> folder;
  ASSERT_FALSE(llvm::sys::fs::createUniqueDirectory("fotc-cache", folder));
  KernelCache cache(folder);
  std::string key = KernelCache::keyOf({"one"});
  EXPECT_EQ(cache.find(key), std::nullopt);
  cache.keep(key, std::string("a\0b", 3));
  EXPECT_EQ(cache.find(key), std::string("a\0b", 3));
  EXPECT_EQ(cache.find(KernelCache::keyOf({"two"})), std::nullopt);
  // Intact, but not what was asked for.
  std::string other = KernelCache::keyOf({"other"});
  ASSERT_FALSE(llvm::sys::fs::copy_file(folder + "/llvmcache-" + key,
                                        folder + "/llvmcache-" + other));
  EXPECT_EQ(cache.find(other), std::nullopt);
  llvm::sys::fs::remove_directories(folder);
  EXPECT_FALSE(KernelCache().keepsSomething());
}

TEST(BuildId, IsThatOfEveryObjectWithCode) {
  // The test itself or the library with fotc's code, libLLVM and libMLIR, of
  // 40 digits each with this toolchain's linkers, or all in one.
  llvm::StringRef id = compilerBuildId();
  ASSERT_FALSE(id.empty());
  for (llvm::StringRef part : llvm::split(id, ' ')) {
    EXPECT_GE(part.size(), 16u);
    EXPECT_TRUE(llvm::all_of(part, llvm::isHexDigit)) << part.str();
  }
}
