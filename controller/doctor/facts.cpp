#include "controller/doctor/facts.hpp"

#include <algorithm>
#include <charconv>

namespace ballast::doctor {

const LinkEvent* Facts::link(std::string_view name) const {
  const auto found = std::find_if(links.begin(), links.end(), [&](const LinkEvent& each) { return each.name == name; });
  return found == links.end() ? nullptr : &*found;
}

const LinkEvent* Facts::link(int index) const {
  const auto found =
      std::find_if(links.begin(), links.end(), [&](const LinkEvent& each) { return each.index == index; });
  return found == links.end() ? nullptr : &*found;
}

std::vector<const AddressEvent*> Facts::holders(const IpAddress& address) const {
  std::vector<const AddressEvent*> found;
  for (const AddressEvent& each : addresses) {
    if (each.key.prefix.address == address) found.push_back(&each);
  }
  return found;
}

std::optional<long> Facts::number(std::string_view sysctl) const {
  const auto found = sysctls.find(sysctl);
  if (found == sysctls.end()) return std::nullopt;
  const std::string& text = found->second;
  long value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc{}) return std::nullopt;
  return value;
}

std::optional<long> Facts::effective(std::string_view setting, std::string_view interface) const {
  const auto all = number(interface_sysctl("all", setting));
  const auto own = number(interface_sysctl(interface, setting));
  if (!all || !own) return std::nullopt;
  return std::max(*all, *own);
}

std::string interface_sysctl(std::string_view interface, std::string_view setting) {
  std::string name = "net.ipv4.conf." + std::string(interface);
  std::replace(name.begin() + static_cast<std::ptrdiff_t>(std::string_view("net.ipv4.conf.").size()), name.end(), '.',
               '/');
  return name + "." + std::string(setting);
}

}  // namespace ballast::doctor
