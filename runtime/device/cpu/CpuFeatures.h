// What the CPU and the operating system of this machine offer to code.
#ifndef FOT_RUNTIME_DEVICE_CPU_CPUFEATURES_H
#define FOT_RUNTIME_DEVICE_CPU_CPUFEATURES_H

#include <set>
#include <string>

namespace fot::rt {

/// The x86 features that can be used here, by LLVM's names ("avx2", "fma",
/// "avx512vnni", ...). A vector feature counts only if the operating system
/// saves its registers. Empty on other architectures.
std::set<std::string, std::less<>> hostCpuFeatures();

/// Asks the operating system to let this process use the tiles of AMX, which
/// takes memory in every thread; whether it does.
bool requestTiles();

} // namespace fot::rt

#endif
