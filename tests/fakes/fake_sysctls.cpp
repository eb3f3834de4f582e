// Which parameters there are.
#include "fakes/fake_sysctls.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <optional>

#include "drivers/sysctls.hpp"

namespace ballast {
namespace {

constexpr std::array<const char*, 8> ipv4_of_device{"arp_ignore",     "arp_announce",        "rp_filter",
                                                    "send_redirects", "promote_secondaries", "forwarding",
                                                    "accept_local",   "accept_redirects"};
constexpr std::array<const char*, 4> ipv6_of_device{"forwarding", "disable_ipv6", "accept_dad", "accept_redirects"};
constexpr std::array<const char*, 6> ipvs_numbers{"conntrack",  "expire_nodest_conn", "expire_quiescent_template",
                                                  "sloppy_tcp", "snat_reroute",       "nat_icmp_send"};

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

FakeSysctls::FakeSysctls() {
  parameters["net.ipv4.ip_forward"] = {"0"};
  parameters["net.ipv6.conf.all.forwarding"] = {"0"};
  parameters["net.ipv4.tcp_syncookies"] = {"1", true, true, true, 0, 255};
  parameters["net.ipv4.ip_default_ttl"] = {"64", true, true, true, 1, 255};
  parameters["net.ipv4.ip_nonlocal_bind"] = {"0", true, true, true, 0, 255};
  parameters["net.ipv4.ip_local_port_range"] = {"32768 60999", true, true, false};
  parameters["net.ipv4.tcp_available_congestion_control"] = {"reno cubic", true, false, false};
  parameters["net.ipv4.route.flush"] = {"0", false, true};
  parameters["net.ipv4.vs.secure_tcp"] = {"0", true, true, true, 0, 3};
  for (const char* name : ipvs_numbers) parameters[std::string("net.ipv4.vs.") + name] = {"0"};
  add_device("all");
  add_device("default");
}

void FakeSysctls::add_device(const std::string& name) {
  std::string part = name;
  std::replace(part.begin(), part.end(), '.', '/');
  for (const char* leaf : ipv4_of_device) parameters["net.ipv4.conf." + part + "." + leaf] = {"0"};
  for (const char* leaf : ipv6_of_device) parameters["net.ipv6.conf." + part + "." + leaf] = {"0"};
}

bool FakeSysctls::is_set(const std::string& folder, const std::string& device, const std::string& name) const {
  for (const std::string& part : {std::string("all"), device}) {
    const auto parameter = parameters.find(folder + "." + part + "." + name);
    if (parameter != parameters.end() && parameter->second.value != "0") return true;
  }
  return false;
}

Result<SysctlValue> FakeSysctls::read(const SysctlKey& key) {
  const auto fail = [&](int errnum) { return Error{"read sysctl " + key + ": " + errno_text(errnum), errnum}; };
  if (!sysctl_path(key)) return fail(EINVAL);
  const auto parameter = parameters.find(key);
  if (parameter == parameters.end()) return fail(ENOENT);
  if (!parameter->second.readable) return fail(EACCES);
  return parameter->second.value;
}

int FakeSysctls::write(const SysctlKey& key, const SysctlValue& value) {
  ++commands;
  if (!sysctl_path(key)) return EINVAL;
  const auto found = parameters.find(key);
  if (found == parameters.end()) return ENOENT;
  if (read_only) return EROFS;
  Parameter& parameter = found->second;
  if (!parameter.writable) return EACCES;
  if (const int errnum = refuse ? refuse(key, value) : 0) return errnum;
  if (parameter.numeric) {
    const auto number = parse_number(value);
    if (!number || *number < parameter.minimum || *number > parameter.maximum) return EINVAL;
  }
  parameter.value = normalised_sysctl(value);
  return 0;
}

}  // namespace ballast
