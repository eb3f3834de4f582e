// What `ballast doctor` says is wrong: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/origin.hpp"

namespace ballast::doctor {

/// Worst first.
enum class Severity : std::uint8_t {
  broken,     ///< does not work now
  at_risk,    ///< works until something happens
  no_effect,  ///< is believed to do something, and does not
};
std::string_view text_of(Severity severity);  ///< "broken", "at risk", "without effect"

struct Finding {
  Severity severity = Severity::broken;
  std::string what;
  std::string evidence;  ///< what was seen, so that it can be looked up again
  std::string remedy;    ///< what to do, as commands where there are any
  Origin origin{};       ///< the manifest line that it concerns, where there is one
};

using Findings = std::vector<Finding>;

}  // namespace ballast::doctor
