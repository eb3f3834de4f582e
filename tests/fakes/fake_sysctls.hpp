// /proc/sys in memory: the parameters that tests need, with the kernel's limits and errno.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "drivers/kernel.hpp"

namespace ballast {

class FakeSysctls : public Sysctls {
 public:
  struct Parameter {
    SysctlValue value;
    bool readable = true;
    bool writable = true;
    bool numeric = true;
    std::int64_t minimum = INT32_MIN;
    std::int64_t maximum = INT32_MAX;
  };

  FakeSysctls();

  Result<SysctlValue> read(const SysctlKey& key) override;
  int write(const SysctlKey& key, const SysctlValue& value) override;

  /// The parameters below net.ipv4.conf and net.ipv6.conf that each device has.
  void add_device(const std::string& name);
  /// Whether "<folder>.all.<name>" or the device's own is other than 0.
  [[nodiscard]] bool is_set(const std::string& folder, const std::string& device, const std::string& name) const;

  std::map<SysctlKey, Parameter> parameters;
  bool read_only = false;  ///< /proc/sys is mounted read-only
  int commands = 0;        ///< how many values were written or refused
  /// Asked for each value; an errno other than 0 is its result.
  std::function<int(const SysctlKey&, const SysctlValue&)> refuse;
};

}  // namespace ballast
