// Rules as `ipvsadm -Sn` writes and `ipvsadm -R` reads them, as the state of a kernel that had loaded them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/origin.hpp"
#include "model/state.hpp"

namespace ballast {

struct IpvsRules {
  State state;              ///< services and destinations
  Diagnostics diagnostics;  ///< lines that are no rules; the state is complete only where there are none
};

IpvsRules parse_ipvsadm_rules(std::string_view text, const std::string& name);

}  // namespace ballast
