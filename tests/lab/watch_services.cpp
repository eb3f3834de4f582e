// Asks the kernel for services again and again, one by one, until it is told to end (SIGTERM): is one ever missing?
// By single requests, as dumps may skip entries while the table changes.
//   watch_services <KEYS         one key a line: "tcp 192.0.2.1:80"
// Prints "missing KEY" for each that was not there, and at last "N rounds". Runs as root.
#include <csignal>
#include <cstdio>
#include <iostream>
#include <set>
#include <string>
#include <vector>

#include <time.h>

#include "drivers/ipvs.hpp"

namespace {

volatile std::sig_atomic_t ending = 0;

}  // namespace

int main() {
  using namespace ballast;
  std::signal(SIGTERM, [](int) { ending = 1; });
  std::vector<ServiceKey> keys;
  for (std::string line; std::getline(std::cin, line);) {
    const auto key = ServiceKey::parse(line);
    if (!key) return std::fprintf(stderr, "watch_services: '%s' is no service\n", line.c_str()), 2;
    keys.push_back(*key);
  }
  NetlinkIpvs ipvs;
  std::set<ServiceKey> missing;
  long rounds = 0;
  for (; ending == 0; ++rounds) {
    for (const ServiceKey& key : keys) {
      const auto there = ipvs.has(key);
      if (!there) return std::fprintf(stderr, "watch_services: %s\n", there.error().text.c_str()), 2;
      if (!*there && missing.insert(key).second) std::printf("missing %s\n", key.text().c_str());
    }
    const timespec pause{0, 5'000'000};
    ::nanosleep(&pause, nullptr);
  }
  std::printf("%ld rounds\n", rounds);
  return missing.empty() ? 0 : 1;
}
