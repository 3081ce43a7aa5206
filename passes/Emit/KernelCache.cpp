//===- KernelCache.cpp - objects of kernels compiled before ---------------===//
//
// A file is the object and, behind it, 16 hexadecimal digits of the hash of its
// key and it: bytes that lie under another key are as useless as damaged ones.
//
//===----------------------------------------------------------------------===//

#include "passes/Emit/KernelCache.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/xxhash.h"

using namespace mlir::fot;

constexpr size_t kHashDigits = 16;
/// Some hundred models' worth.
constexpr uint64_t kMaxBytes = 256 << 20;

static std::string hashOf(llvm::StringRef key, llvm::StringRef object) {
  std::string both = (key + object).str();
  return llvm::utohexstr(llvm::xxh3_64bits(both), /*LowerCase=*/true,
                         kHashDigits);
}

KernelCache KernelCache::ofUser() {
  llvm::SmallString<128> path;
  if (!llvm::sys::path::cache_directory(path)) {
    return {};
  }
  llvm::sys::path::append(path, "fotc", "kernels");
  return KernelCache(path);
}

std::string KernelCache::keyOf(llvm::ArrayRef<llvm::StringRef> parts) {
  std::string all;
  for (llvm::StringRef part : parts) {
    // With their lengths, so that no two lists look alike.
    all += std::to_string(part.size()) + ":";
    all += part;
  }
  llvm::XXH128_hash_t hash =
      llvm::xxh3_128bits(llvm::arrayRefFromStringRef(all));
  return llvm::utohexstr(hash.high64, /*LowerCase=*/true, kHashDigits) +
         llvm::utohexstr(hash.low64, /*LowerCase=*/true, kHashDigits);
}

std::string KernelCache::pathOf(llvm::StringRef key) const {
  llvm::SmallString<128> path(folder);
  // The prefix that llvm::pruneCache looks for.
  llvm::sys::path::append(path, "llvmcache-" + key);
  return path.str().str();
}

std::optional<std::string> KernelCache::find(llvm::StringRef key) const {
  if (folder.empty()) {
    return std::nullopt;
  }
  auto file = llvm::MemoryBuffer::getFile(pathOf(key));
  if (!file || (*file)->getBufferSize() < kHashDigits) {
    return std::nullopt;
  }
  llvm::StringRef bytes = (*file)->getBuffer();
  llvm::StringRef object = bytes.drop_back(kHashDigits);
  if (bytes.take_back(kHashDigits) != hashOf(key, object)) {
    return std::nullopt;
  }
  return object.str();
}

void KernelCache::keep(llvm::StringRef key, llvm::StringRef object) const {
  if (folder.empty() || llvm::sys::fs::create_directories(folder)) {
    return;
  }
  // Written aside and renamed, so that nobody sees half a file.
  llvm::consumeError(
      llvm::writeToOutput(pathOf(key), [&](llvm::raw_ostream &stream) {
        stream << object << hashOf(key, object);
        return llvm::Error::success();
      }));
}

void KernelCache::prune() const {
  if (folder.empty()) {
    return;
  }
  llvm::CachePruningPolicy policy;
  policy.MaxSizeBytes = kMaxBytes;
  llvm::pruneCache(folder, policy);
}
