// Any text as the output of nft or iptables-save: read without harm, and judged in a bounded number of steps. The first
// byte chooses which of them.
#include <cstddef>
#include <cstdint>
#include <string>

#include "controller/doctor/firewall.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ballast;
  using namespace ballast::doctor;
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto firewall = data[0] == 'n' ? read_nft(text) : std::optional(read_iptables(text, Family::ipv4));
  if (!firewall) return 0;
  for (const bool incoming : {true, false}) {
    dropped_by(*firewall, {incoming, "eth0", Family::ipv4, 112, std::nullopt, IpAddress::parse("224.0.0.18")});
  }
  return 0;
}
