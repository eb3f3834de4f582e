// GET /metrics: the lines that Prometheus reads, from values.
#include <algorithm>

#include <doctest/doctest.h>

#include "controller/metrics/page.hpp"
#include "model/probe_path.hpp"
#include "tests/unit/manifest_text.hpp"

using namespace ballast;
using namespace std::chrono_literals;
using ballast::testing::document;

namespace {

/// A service of two members, the first of which is down.
metrics::Values node_with_service() {
  const auto outcome = read_and_validate(
      {{"m",
        document("Pool", "p", "members: [{address: 10.0.0.1}, {address: 10.0.0.2}], checks: [{tcp: {}}]") +
            document("Pool", "q", "members: [{address: 10.0.0.3}]") +
            document("VirtualService", "web", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]") +
            document("VirtualService", "dns",
                     "address: 192.0.2.1, port: 53, protocol: UDP, forwarding: DR, pool: q, nodes: [a]")}});
  REQUIRE(ballast::testing::texts_of(outcome.diagnostics) == std::vector<std::string>{});
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->manifest = outcome.manifest;
  metrics::Values values;
  values.node = "a";
  values.version = "1.2.3";
  values.snapshot = snapshot;
  values.health.services["web"].members[{*IpAddress::parse("10.0.0.1"), 80}] = {Life::down, 1000, {}, 1};
  values.health.services["web"].quorum = true;
  values.most_destinations = 100;
  return values;
}

/// The page's lines that begin with `name` and go on with '{' or ' '.
std::vector<std::string> lines(const std::string& page, const std::string& name) {
  std::vector<std::string> found;
  for (std::size_t begin = 0; begin < page.size();) {
    const std::size_t end = page.find('\n', begin);
    const std::string line = page.substr(begin, end - begin);
    if (line.starts_with(name + "{") || line.starts_with(name + " ")) found.push_back(line);
    begin = end + 1;
  }
  return found;
}

using Lines = std::vector<std::string>;

ServiceKey key(const char* text) {
  return *ServiceKey::parse(text);
}

}  // namespace

TEST_CASE("metrics: members by health; pools without checks have none") {
  const std::string page = text_of(node_with_service());
  CHECK(lines(page, "ballast_service_members") ==
        Lines{R"(ballast_service_members{service="web",health="up"} 1)",
              R"(ballast_service_members{service="web",health="down"} 1)",
              R"(ballast_service_members{service="web",health="unknown"} 0)",
              R"(ballast_service_members{service="dns",health="unchecked"} 1)"});
  CHECK(lines(page, "ballast_service_serving_members") == Lines{R"(ballast_service_serving_members{service="web"} 1)",
                                                                R"(ballast_service_serving_members{service="dns"} 1)"});
  CHECK(lines(page, "ballast_service_quorum").front() == R"(ballast_service_quorum{service="web"} 1)");
  CHECK(lines(page, "ballast_build_info") == Lines{R"(ballast_build_info{version="1.2.3"} 1)"});
}

TEST_CASE("metrics: what the kernel counts, by the manifest's names, foreign services without one") {
  metrics::Values values = node_with_service();
  IpvsStatistics kernel;
  kernel.services.push_back({key("tcp 192.0.2.1:80"), {5, 40, 0, 4000, 0, 0, 0, 0, 0, 0}});
  kernel.services.push_back({key("tcp 192.0.2.9:80"), {(std::uint64_t{1} << 40) + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0}});
  kernel.destinations.push_back({{key("tcp 192.0.2.1:80"), *IpAddress::parse("10.0.0.2"), 80}, 3, {7, 8, 0}, {4, 30}});
  // By which a check goes through the VIP.
  const ServiceKey probe = ServiceKey::of_fwmark(Family::ipv4, first_probe_mark);
  kernel.services.push_back({probe, {9, 9, 0, 0, 0, 0, 0, 0, 0, 0}});
  kernel.destinations.push_back({{probe, *IpAddress::parse("10.0.0.2"), 80}, 1, {}, {}});
  values.ipvs = kernel;
  const std::string page = text_of(values);
  CHECK(
      lines(page, "ballast_ipvs_service_connections_total") ==
      Lines{R"(ballast_ipvs_service_connections_total{service="web",virtual_address="tcp 192.0.2.1:80"} 5)",
            R"(ballast_ipvs_service_connections_total{service="",virtual_address="tcp 192.0.2.9:80"} 1099511627777)"});
  CHECK(lines(page, "ballast_ipvs_service_incoming_bytes_total").front().ends_with(" 4000"));
  const std::string labels = R"({service="web",virtual_address="tcp 192.0.2.1:80",destination="10.0.0.2:80"} )";
  CHECK(lines(page, "ballast_ipvs_destination_incoming_packets_total") ==
        Lines{"ballast_ipvs_destination_incoming_packets_total" + labels + "30"});
  CHECK(lines(page, "ballast_ipvs_destination_active_connections") ==
        Lines{"ballast_ipvs_destination_active_connections" + labels + "7"});
  CHECK(lines(page, "ballast_ipvs_destination_weight") == Lines{"ballast_ipvs_destination_weight" + labels + "3"});
  CHECK(lines(page, "ballast_ipvs_destinations_left_out") == Lines{"ballast_ipvs_destinations_left_out 0"});
}

TEST_CASE("metrics: of more destinations than agreed only the services have series, and the page says so") {
  metrics::Values values = node_with_service();
  IpvsStatistics kernel;
  kernel.services.push_back({key("tcp 192.0.2.1:80"), {}});
  for (std::uint16_t port = 1; port <= 101; ++port) {
    kernel.destinations.push_back({{key("tcp 192.0.2.1:80"), *IpAddress::parse("10.0.0.2"), port}, 1, {}, {}});
  }
  values.ipvs = kernel;
  const std::string page = text_of(values);
  CHECK(lines(page, "ballast_ipvs_destination_weight") == Lines{});
  CHECK(lines(page, "ballast_ipvs_service_connections_total").size() == 1);
  CHECK(lines(page, "ballast_ipvs_destinations_left_out") == Lines{"ballast_ipvs_destinations_left_out 101"});
}

TEST_CASE("metrics: counters that could not be read are absent, not zero") {
  metrics::Values values = node_with_service();
  values.ipvs = Error{"reading IPVS needs CAP_NET_ADMIN: run as root", 1};
  const std::string page = text_of(values);
  CHECK(lines(page, "ballast_ipvs_statistics_readable") == Lines{"ballast_ipvs_statistics_readable 0"});
  CHECK(lines(page, "ballast_ipvs_service_connections_total") == Lines{});
}

TEST_CASE("metrics: roles, transitions and refusals of a router") {
  metrics::Values values;
  vrrp::RouterStatus router;
  router.name = "web";
  router.status.role = vrrp::Role::master;
  router.status.priority = 90;
  router.status.entered[static_cast<std::size_t>(vrrp::Role::master)] = 2;
  router.status.refused[static_cast<std::size_t>(vrrp::Refusal::checksum)] = 3;
  values.routers.push_back(router);
  const std::string page = text_of(values);
  CHECK(lines(page, "ballast_router_role") == Lines{R"(ballast_router_role{router="web",role="INIT"} 0)",
                                                    R"(ballast_router_role{router="web",role="BACKUP"} 0)",
                                                    R"(ballast_router_role{router="web",role="MASTER"} 1)",
                                                    R"(ballast_router_role{router="web",role="FAULT"} 0)"});
  CHECK(lines(page, "ballast_router_transitions_total")[2] ==
        R"(ballast_router_transitions_total{router="web",role="MASTER"} 2)");
  CHECK(lines(page, "ballast_router_priority") == Lines{R"(ballast_router_priority{router="web"} 90)"});
  const Lines refused = lines(page, "ballast_router_advertisements_refused_total");
  CHECK(refused.size() == vrrp::refusals);
  CHECK(std::count(refused.begin(), refused.end(),
                   R"(ballast_router_advertisements_refused_total{router="web",reason="checksum"} 3)") == 1);
}

TEST_CASE("metrics: looks are timed by phase, plans counted by kind, repairs by kind") {
  metrics::Values values;
  Convergence result;
  result.observed = 3ms;
  result.applied = 20ms;
  result.verified = 2ms;
  result.report.writes = 2;
  result.report.done = 1;
  result.plan.services.push_back({Verb::add, key("tcp 192.0.2.1:80"), {}, Service{}, {}});
  values.counters.looks.take(result, metrics::Instant{1000ms});
  result.plan = {};
  result.report = {};
  values.counters.looks.take(result, metrics::Instant{2500ms});
  values.counters.looks.repaired[4] = 4;
  const std::string page = text_of(values);
  CHECK(lines(page, "ballast_plan_changes").front() == R"(ballast_plan_changes{kind="link",verb="add"} 0)");
  CHECK(lines(page, "ballast_reconcile_duration_seconds_count") ==
        Lines{R"(ballast_reconcile_duration_seconds_count{phase="observe"} 2)",
              R"(ballast_reconcile_duration_seconds_count{phase="apply"} 1)",
              R"(ballast_reconcile_duration_seconds_count{phase="verify"} 1)"});
  const Lines buckets = lines(page, "ballast_reconcile_duration_seconds_bucket");
  const auto has = [&](const std::string& line) { return std::count(buckets.begin(), buckets.end(), line) == 1; };
  CHECK(has(R"(ballast_reconcile_duration_seconds_bucket{phase="apply",le="0.01"} 0)"));
  CHECK(has(R"(ballast_reconcile_duration_seconds_bucket{phase="apply",le="0.025"} 1)"));
  CHECK(has(R"(ballast_reconcile_duration_seconds_bucket{phase="apply",le="+Inf"} 1)"));
  CHECK(lines(page, "ballast_kernel_writes_total") == Lines{"ballast_kernel_writes_total 2"});
  CHECK(lines(page, "ballast_reconcile_last_timestamp_seconds") ==
        Lines{"ballast_reconcile_last_timestamp_seconds 2.5"});
  CHECK(lines(page, "ballast_drift_repaired_total")[4] == R"(ballast_drift_repaired_total{kind="destination"} 4)");
}

TEST_CASE("metrics: checks are timed by type and outcome") {
  metrics::Values values;
  values.counters.checks[{"tcp", true}].observe(700us);
  values.counters.checks[{"tcp", true}].observe(40s);
  values.counters.checks[{"http", false}].observe(1s);
  const std::string page = text_of(values);
  CHECK(lines(page, "ballast_check_duration_seconds_count") ==
        Lines{R"(ballast_check_duration_seconds_count{type="http",outcome="failed"} 1)",
              R"(ballast_check_duration_seconds_count{type="tcp",outcome="passed"} 2)"});
  const Lines buckets = lines(page, "ballast_check_duration_seconds_bucket");
  CHECK(std::count(buckets.begin(), buckets.end(),
                   R"(ballast_check_duration_seconds_bucket{type="tcp",outcome="passed",le="30"} 1)") == 1);
}

TEST_CASE("metrics: the process itself") {
  metrics::Values values;
  values.process = process_usage();
  CHECK(values.process.resident_bytes > 1000000);
  CHECK(values.process.open_descriptors >= 3);
  CHECK(values.process.threads >= 1);
  const std::string page = text_of(values);
  CHECK(lines(page, "process_open_fds").size() == 1);
  CHECK(page.find(" Nan") == std::string::npos);
}
