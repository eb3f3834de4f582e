// The brake on manifests that take away much.
#include <doctest/doctest.h>

#include "reconcilers/removals.hpp"

namespace {

using namespace ballast;

/// A state with so many services of so many members each.
State state_of(int services, int members) {
  State state;
  for (int i = 0; i < services; ++i) {
    const ServiceKey key{*IpAddress::parse("192.0.2.1"), Protocol::tcp, static_cast<std::uint16_t>(80 + i), 0};
    state.services.emplace(key, Entry<Service>{});
    for (int j = 0; j < members; ++j) {
      const auto address = *IpAddress::parse("10.0.0." + std::to_string(j + 1));
      state.destinations.emplace(DestinationKey{key, address, 80}, Entry<Destination>{});
    }
  }
  return state;
}

}  // namespace

TEST_CASE("removals: up to half may go, and one or two always") {
  const RemovalLimit limit;
  CHECK(too_much_removed(state_of(6, 1), state_of(3, 1), limit).empty());
  CHECK(too_much_removed(state_of(2, 1), state_of(0, 0), limit).empty());
  CHECK(too_much_removed(state_of(6, 1), state_of(2, 1), limit) ==
        "4 of 6 services go: tcp 192.0.2.1:82, tcp 192.0.2.1:83, tcp 192.0.2.1:84, and 1 more");
  CHECK(too_much_removed(state_of(1, 4), state_of(1, 1), limit) ==
        "3 of 4 members of tcp 192.0.2.1:80 go: 10.0.0.2:80, 10.0.0.3:80, 10.0.0.4:80");
  CHECK(too_much_removed(state_of(1, 4), state_of(1, 2), limit).empty());
  CHECK(too_much_removed(state_of(1, 1), state_of(4, 9), limit).empty());
}

TEST_CASE("removals: a limit of one's own") {
  RemovalLimit limit;
  limit.count = 0;
  CHECK_FALSE(too_much_removed(state_of(9, 9), state_of(9, 8), limit).empty());
  limit.count = 100;
  CHECK(too_much_removed(state_of(9, 9), State{}, limit).empty());
}
