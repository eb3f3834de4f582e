// The same work as raw_ipvs, through drivers/ipvs.hpp.
//   driver_ipvs load SERVICES DESTINATIONS     prints seconds
//   driver_ipvs dump                           prints seconds and what was counted
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/ipvs.hpp"

namespace {

using namespace ballast;

IpAddress ipv4(std::uint32_t number) {
  const std::uint8_t bytes[4] = {static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
                                 static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  return IpAddress::from_bytes(Family::ipv4, bytes);
}

struct Wanted {
  std::vector<ServiceKey> services;
  std::vector<DestinationKey> destinations;
};

Wanted make_wanted(unsigned services, unsigned destinations) {
  Wanted wanted;
  for (unsigned service = 0; service < services; ++service) {
    wanted.services.push_back(
        {ipv4(0x0a640000U + service / 50000), Protocol::tcp, static_cast<std::uint16_t>(1000 + service % 50000), 0});
    for (unsigned destination = 0; destination < destinations; ++destination) {
      wanted.destinations.push_back({wanted.services.back(), ipv4(0x0ac80001U + destination), 80});
    }
  }
  return wanted;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int load(unsigned services, unsigned destinations) {
  const Wanted wanted = make_wanted(services, destinations);
  const Service service{"wrr", 0, 0, 0xffffffffU, ""};
  const Destination destination{Forwarding::dr, 1, 0, 0, {}};
  std::vector<IpvsWrite> writes;
  for (const ServiceKey& key : wanted.services) writes.push_back(ServiceWrite{Verb::add, &key, &service});
  for (const DestinationKey& key : wanted.destinations) {
    writes.push_back(DestinationWrite{Verb::add, &key, &destination});
  }
  NetlinkIpvs ipvs;
  const auto start = std::chrono::steady_clock::now();
  const std::vector<int> results = ipvs.write(writes);
  const double seconds = seconds_since(start);
  const auto refused = results.size() - static_cast<std::size_t>(std::count(results.begin(), results.end(), 0));
  if (refused != 0) return std::fprintf(stderr, "driver_ipvs: %zu commands were refused\n", refused), 2;
  std::printf("%.4f\n", seconds);
  return 0;
}

int dump() {
  NetlinkIpvs ipvs;
  const auto start = std::chrono::steady_clock::now();
  const auto table = ipvs.dump();
  const double seconds = seconds_since(start);
  if (!table) return std::fprintf(stderr, "driver_ipvs: %s\n", table.error().text.c_str()), 2;
  std::printf("%.4f %zu services %zu destinations\n", seconds, table->services.size(), table->destinations.size());
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view verb = count > 1 ? arguments[1] : "";
  if (verb == "dump") return dump();
  if (verb == "load" && count == 4) {
    return load(static_cast<unsigned>(std::atoi(arguments[2])), static_cast<unsigned>(std::atoi(arguments[3])));
  }
  std::fputs("usage: driver_ipvs load SERVICES DESTINATIONS | driver_ipvs dump\n", stderr);
  return 2;
}
