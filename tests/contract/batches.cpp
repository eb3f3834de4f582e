// Many commands at once, and dumps of tables of every shape.
#include <algorithm>
#include <cerrno>

#include "contract/world.hpp"

namespace ballast::contract {
namespace {

DestinationKey nth_destination(const ServiceKey& service, unsigned number) {
  const std::uint8_t bytes[4] = {10, 1, static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)};
  return {service, IpAddress::from_bytes(Family::ipv4, bytes), 80};
}

}  // namespace

TEST_SUITE_BEGIN("ipvs");

TEST_CASE_FIXTURE(Case, "batches: of 5,000 commands each has its own result, in order") {
  const ServiceKey there = service_key("tcp 192.0.2.1:80");
  const ServiceKey absent = service_key("tcp 192.0.2.9:80");
  const Service service = plain(there);
  const Destination destination = direct();
  // Each address twice: the second is a duplicate, unless the first was not added.
  constexpr unsigned count = 5000;
  const auto is_absent = [](unsigned i) { return i % 7 == 3; };
  const auto is_update = [](unsigned i) { return i % 5 == 0; };
  std::vector<DestinationKey> keys;
  for (unsigned i = 0; i < count; ++i) keys.push_back(nth_destination(is_absent(i) ? absent : there, i / 2));
  for (unsigned i = 0; i < count; ++i) {
    if (is_update(i)) keys[i].port = 81;
  }

  std::vector<IpvsWrite> writes{ServiceWrite{Verb::add, &there, &service}};
  std::vector<int> expected{0};
  for (unsigned i = 0; i < count; ++i) {
    writes.push_back(DestinationWrite{is_update(i) ? Verb::update : Verb::add, &keys[i], &destination});
    const bool is_duplicate = i % 2 == 1 && !is_absent(i - 1) && !is_update(i - 1);
    expected.push_back(is_absent(i) ? ESRCH : is_update(i) ? ENOENT : is_duplicate ? EEXIST : 0);
  }
  const std::vector<int> results = kernel.ipvs.write(writes);
  REQUIRE(results.size() == expected.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i] != expected[i]) CAPTURE(i);
    REQUIRE(results[i] == expected[i]);
  }
  const auto added = static_cast<std::size_t>(std::count(expected.begin(), expected.end(), 0)) - 1;
  CHECK(table().destinations.size() == added);
}

TEST_CASE_FIXTURE(Case, "batches: every command refused, and none at all") {
  CHECK(kernel.ipvs.write({}).empty());
  const ServiceKey absent = service_key("tcp 192.0.2.9:80");
  const std::vector<IpvsWrite> writes(3000, ServiceWrite{Verb::remove, &absent, nullptr});
  CHECK(kernel.ipvs.write(writes) == std::vector<int>(3000, ESRCH));
  CHECK(ipvs().empty());
}

TEST_CASE_FIXTURE(Case, "batches: later commands build on earlier ones") {
  const ServiceKey key = service_key("fwmark 3");
  const DestinationKey one = destination_key(key, "10.0.0.1", 0);
  const Service first = plain(key);
  const Service second = plain(key, "wlc");
  const Destination destination = direct(4);
  const std::vector<IpvsWrite> writes{ServiceWrite{Verb::add, &key, &first},
                                      DestinationWrite{Verb::add, &one, &destination},
                                      ServiceWrite{Verb::update, &key, &second},
                                      ServiceWrite{Verb::remove, &key, nullptr},
                                      DestinationWrite{Verb::add, &one, &destination},
                                      ServiceWrite{Verb::add, &key, &second},
                                      TimeoutWrite{Timer::udp, 30}};
  CHECK(kernel.ipvs.write(writes) == std::vector<int>{0, 0, 0, 0, ESRCH, 0, 0});
  CHECK(ipvs() == "fwmark 3 wlc\n");
  CHECK(table().udp_timeout_seconds == 30);
}

TEST_CASE_FIXTURE(Case, "dump: services with 0, 1, 10 and 500 destinations, in order and complete") {
  const std::vector<unsigned> sizes{0, 1, 10, 500, 0, 10, 500, 1, 0, 2};
  std::vector<ServiceKey> services;
  std::vector<DestinationKey> destinations;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    services.push_back({*IpAddress::parse("192.0.2.1"), Protocol::tcp, static_cast<std::uint16_t>(100 + i), 0});
    for (unsigned number = 0; number < sizes[i]; ++number) {
      destinations.push_back(nth_destination(services.back(), number));
    }
  }
  const Service service = plain(services[0]);
  const Destination destination = direct();
  std::vector<IpvsWrite> writes;
  for (auto key = services.rbegin(); key != services.rend(); ++key) {
    writes.push_back(ServiceWrite{Verb::add, &*key, &service});
  }
  for (auto key = destinations.rbegin(); key != destinations.rend(); ++key) {
    writes.push_back(DestinationWrite{Verb::add, &*key, &destination});
  }
  CHECK(kernel.ipvs.write(writes) == std::vector<int>(writes.size(), 0));

  const IpvsTable dumped = table();
  REQUIRE(dumped.services.size() == services.size());
  for (std::size_t i = 0; i < services.size(); ++i) CHECK(dumped.services[i].key == services[i]);
  REQUIRE(dumped.destinations.size() == destinations.size());
  for (std::size_t i = 0; i < destinations.size(); ++i) REQUIRE(dumped.destinations[i].key == destinations[i]);
}

TEST_CASE_FIXTURE(Case, "dump: 2,000 services, each once") {
  std::vector<ServiceKey> services;
  for (unsigned i = 0; i < 2000; ++i) {
    services.push_back({*IpAddress::parse("192.0.2.1"), Protocol::tcp, static_cast<std::uint16_t>(1 + i), 0});
  }
  const Service service = plain(services[0], "wlc");
  std::vector<IpvsWrite> writes;
  for (const ServiceKey& key : services) writes.push_back(ServiceWrite{Verb::add, &key, &service});
  CHECK(kernel.ipvs.write(writes) == std::vector<int>(writes.size(), 0));
  const IpvsTable dumped = table();
  REQUIRE(dumped.services.size() == services.size());
  for (std::size_t i = 0; i < services.size(); ++i) REQUIRE(dumped.services[i].key == services[i]);
}

TEST_SUITE_END();

}  // namespace ballast::contract
