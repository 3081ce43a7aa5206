// What calls of a model must move and compute, the time that this machine needs
// for that at least, and, if it was measured, the time that it took.
#ifndef FOT_TOOLS_FOT_ROOFLINE_H
#define FOT_TOOLS_FOT_ROOFLINE_H

#include "runtime/artifact/Artifact.h"
#include "runtime/base/ThreadPool.h"
#include "runtime/session/Profile.h"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace fot::tool {

/// What a machine reaches at most, per second.
struct MachineRates {
  double bytes = 0, floatOps = 0, integerOps = 0;
  uint32_t threads = 0;
};

/// Measures this machine; takes about a second.
rt::StatusOr<MachineRates> probeMachine(rt::ThreadPool &threads);

/// What a call brings and sees.
struct CallSize {
  double tokens = 1, window = 0, memory = 0;
};

/// One entry point as JSON: its size, the machine's rates, and a row for each
/// kind of region (the same in all layers counts as one) with bytes,
/// operations, the time they bound from below, and with a profile the time that
/// was measured and the share of it that workers waited for each other, per
/// call.
nlohmann::ordered_json roofline(const schema::Entry &entry,
                                const CallSize &size,
                                const MachineRates &machine,
                                const rt::EntryProfile *profile);

/// What calls of usual sizes bring to an entry point and see; nothing of an
/// entry point that is neither prefill nor decode.
std::optional<CallSize> usualSize(const schema::Entry &entry,
                                  const schema::Artifact &header);

/// What prefill and decode of an artifact need at least on this machine, for
/// calls of usual sizes. Measures the machine.
rt::StatusOr<nlohmann::ordered_json> boundsOf(const rt::Artifact &artifact,
                                              rt::ThreadPool &threads);

/// Such entries as a table, and as a picture.
std::string rooflineText(const nlohmann::ordered_json &entries);
std::string rooflineSvg(const nlohmann::ordered_json &entries);

} // namespace fot::tool

#endif
