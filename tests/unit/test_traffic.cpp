// Rates from two readings of the kernel's counters.
#include <doctest/doctest.h>

#include "controller/runtime/traffic.hpp"

namespace {

using namespace ballast;
using namespace std::chrono_literals;

const ServiceKey web = *ServiceKey::parse("tcp 192.0.2.1:80");
const DestinationKey member{web, *IpAddress::parse("10.0.0.11"), 80};

Traffic counted(std::uint64_t connections, std::uint64_t estimate = 77) {
  Traffic traffic;
  traffic.connections = connections;
  traffic.packets_in = 10 * connections;
  traffic.bytes_in = 1000 * connections;
  traffic.connections_per_second = estimate;
  return traffic;
}

IpvsStatistics reading(std::uint64_t connections) {
  IpvsStatistics statistics;
  statistics.services.push_back({web, counted(connections)});
  statistics.destinations.push_back({member, 1, {17, 4, 0}, counted(connections)});
  return statistics;
}

}  // namespace

TEST_CASE("traffic: without a reading nothing is known; with one it is the kernel's own estimate") {
  TrafficRates rates;
  CHECK_FALSE(rates.of(web).has_value());
  CHECK_FALSE(rates.connections_of(member).has_value());
  rates.take(reading(100), 1000s);
  CHECK(rates.of(web)->connections == 77);
  CHECK(rates.connections_of(member)->active == 17);
}

TEST_CASE("traffic: with two readings it is their difference, however often it is read") {
  TrafficRates rates;
  rates.take(reading(100), 1000s);
  rates.take(reading(140), 1002s);
  CHECK(rates.of(web)->connections == 20);
  CHECK(rates.of(web)->bytes_in == 20000);
  CHECK(rates.of(member)->packets_in == 200);
  for (int i = 1; i <= 9; ++i) rates.take(reading(140), 1002s + i * 100ms);  // nothing new, and too soon to forget
  CHECK(rates.of(web)->connections == doctest::Approx(40 / 2.9));
}

TEST_CASE("traffic: long ago says little of now, and what is new or was set back has no past") {
  TrafficRates rates;
  rates.take(reading(100), 1000s);
  rates.take(reading(140), 1100s);
  CHECK(rates.of(web)->connections == 77);
  rates.take(reading(10), 1102s);  // ipvsadm -Z
  CHECK(rates.of(web)->connections == 5);
  CHECK_FALSE(rates.of(*ServiceKey::parse("udp 192.0.2.1:53")).has_value());
}

TEST_CASE("traffic: a status gets the rates of its services and members") {
  TrafficRates rates;
  rates.take(reading(100), 1000s);
  http::NodeStatus status;
  http::ServiceStatus service;
  service.service = "tcp 192.0.2.1:80";
  service.members.resize(2);
  service.members[0].endpoint = "10.0.0.11:80";
  service.members[1].endpoint = "10.0.0.12:80";
  service.members[1].active_connections = 3;
  status.services = {service};
  add_rates(status, rates);
  CHECK(status.services[0].rates->connections == 77);
  CHECK(status.services[0].members[0].active_connections == 17);
  CHECK(status.services[0].members[0].rates.has_value());
  CHECK_FALSE(status.services[0].members[1].rates.has_value());
  CHECK(status.services[0].members[1].active_connections == 3);
}
