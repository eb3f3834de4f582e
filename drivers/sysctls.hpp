// Kernel parameters of this network namespace through /proc/sys. Nothing outside that directory can be named.
#pragma once

#include <optional>
#include <string>

#include "drivers/kernel.hpp"

namespace ballast {

/// Path below /proc/sys of a dotted name, "net/ipv4/conf/eth0.100/arp_ignore" of "net.ipv4.conf.eth0/100.arp_ignore";
/// nullopt where a part is empty, "." or "..".
std::optional<std::string> sysctl_path(const SysctlKey& key);

/// Runs of white space are one blank, none at the ends.
SysctlValue normalised_sysctl(std::string_view text);

class ProcSysctls : public Sysctls {
 public:
  Result<SysctlValue> read(const SysctlKey& key) override;
  int write(const SysctlKey& key, const SysctlValue& value) override;
};

}  // namespace ballast
