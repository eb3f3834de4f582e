// What `ballast status` prints of services and their members, and the JSON that it is made from.
#include <algorithm>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "controller/http/node_status.hpp"
#include "controller/report/service_text.hpp"
#include "controller/report/status_text.hpp"

namespace {

using namespace ballast;
using namespace std::chrono_literals;
using http::MemberStatus;
using http::NodeStatus;
using http::ServiceStatus;

MemberStatus serving(const std::string& endpoint) {
  MemberStatus member;
  member.endpoint = endpoint;
  member.standing = "serving";
  member.weight = 100;
  member.check = "up";
  member.since = 192s;
  return member;
}

MemberStatus failed(const std::string& endpoint) {
  MemberStatus member;
  member.endpoint = endpoint;
  member.standing = "failed";
  member.check = "down";
  member.reason = "http: connection refused";
  member.since = 12s;
  return member;
}

ServiceStatus service(std::vector<MemberStatus> members) {
  ServiceStatus status;
  status.name = "web";
  status.service = "tcp 192.0.2.1:80";
  status.scheduler = "wrr";
  status.pool = "nginx";
  status.members = std::move(members);
  return status;
}

std::string text_of(const std::vector<ServiceStatus>& services) {
  return services_text(services, Palette(false));
}

NodeStatus node(std::vector<ServiceStatus> services) {
  NodeStatus status;
  status.node = "lvs-128";
  status.version = "0.1.0";
  status.eligible = true;
  status.services = std::move(services);
  return status;
}

std::string whole_text(const NodeStatus& status) {
  return status_text(status, {}, Palette(false));
}

}  // namespace

TEST_CASE("services: each with its members, those that do not serve are marked and say why") {
  MemberStatus busy = serving("10.0.0.3:80");
  busy.active_connections = 17;
  busy.inactive_connections = 4;
  busy.since.reset();
  MemberStatus draining = serving("10.0.0.100:80");
  draining.standing = "draining";
  draining.weight = 0;
  ServiceStatus idle = service({});
  idle.name = "mail-submission";
  idle.service = "tcp 192.0.2.1:587";
  CHECK(text_of({service({serving("10.0.0.2:80"), busy, failed("10.0.0.4:80"), draining}), idle}) ==
        "2 services: 1 NOT READY, 1 short of members; 2 of 4 members serve; 21 connections\n"
        "SERVICE          ADDRESS            MEMBERS\n"
        "mail-submission  tcp 192.0.2.1:587  0 of 0 serve\n"
        "web              tcp 192.0.2.1:80   2 of 4 serve\n"
        "  ! 10.0.0.4:80    out           failed 12s      http: connection refused\n"
        "  ! 10.0.0.100:80  weight 0      draining 3m12s\n"
        "    10.0.0.2:80    weight 100    serving 3m12s\n"
        "    10.0.0.3:80    weight 100    serving         17 active, 4 inactive\n");
  CHECK(text_of({}).empty());
}

TEST_CASE("services: of many members only those that something is wrong with") {
  std::vector<MemberStatus> members(1000, serving("10.0.0.2:80"));
  members[500] = failed("10.0.0.4:80");
  CHECK(text_of({service(members)}) ==
        "SERVICE  ADDRESS           MEMBERS\n"
        "web      tcp 192.0.2.1:80  999 of 1000 serve\n"
        "  ! 10.0.0.4:80  out           failed 12s  http: connection refused\n");
  members.assign(1000, failed("10.0.0.4:80"));
  const std::string text = text_of({service(members)});
  CHECK(std::count(text.begin(), text.end(), '\n') == 23);
  CHECK(text.ends_with("  ! and 980 members more that are not well\n"));
  CHECK(services_text({service(members)}, Palette(false), true).size() > 1000 * 40);
}

TEST_CASE("services: of a thousand what is wrong stands first, then the busiest, and the rest is counted") {
  std::vector<ServiceStatus> services(1000, service({serving("10.0.0.2:80")}));
  for (std::size_t i = 0; i < services.size(); ++i) services[i].name = "s" + std::to_string(i);
  services[700].members = {failed("10.0.0.4:80")};
  services[800].members.push_back(failed("10.0.0.5:80"));
  services[900].members[0].active_connections = 1204;
  const std::string text = text_of(services);
  CHECK(
      text.starts_with("1,000 services: 1 NOT READY, 1 short of members; 999 of 1,001 members serve; 1,204 "
                       "connections\n"
                       "SERVICE  ADDRESS           MEMBERS\n"
                       "s700     tcp 192.0.2.1:80  0 of 1 serve\n"
                       "  ! 10.0.0.4:80  out           failed 12s  http: connection refused\n"
                       "s800     tcp 192.0.2.1:80  1 of 2 serve\n"
                       "  ! 10.0.0.5:80  out           failed 12s  http: connection refused\n"
                       "s900     tcp 192.0.2.1:80  1 of 1 serve\n"
                       "s0       tcp 192.0.2.1:80  1 of 1 serve\n"));
  CHECK(text.find("and 988 more, all well (these are the busiest)") != std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') == 17);
}

TEST_CASE("services: connections and rates are columns where the kernel's counters are known") {
  ServiceStatus busy = service({serving("10.0.0.2:80")});
  busy.members[0].active_connections = 17;
  busy.members[0].inactive_connections = 1204;
  busy.rates = http::Rates{120, 1234, 34000, 1.2e6, 3.4e9};
  busy.members[0].rates = busy.rates;
  CHECK(text_of({busy}) ==
        "SERVICE  ADDRESS           MEMBERS       CONNS  NEW/S  PKT/S IN/OUT  B/S IN/OUT\n"
        "web      tcp 192.0.2.1:80  1 of 1 serve  1,221    120      1.2k/34k   1.2M/3.4G\n"
        "    10.0.0.2:80  weight 100    serving 3m12s  17 active, 1204 inactive, 120 new/s, 1.2M/3.4G B/s\n");
  CHECK(compact(0) == "0");
  CHECK(compact(0.04) == "<0.1");
  CHECK(compact(0.4) == "0.4");
  CHECK(compact(2) == "2");
  CHECK(compact(9.96) == "10");
  CHECK(compact(999.4) == "999");
  CHECK(compact(999.6) == "1k");
  CHECK(compact(1e21) == "1000000P");
}

TEST_CASE("services: a failed member that is kept, the sorry server, a lost quorum") {
  MemberStatus kept = failed("10.0.0.4:80");
  kept.standing = "kept";
  kept.weight = 100;
  CHECK(text_of({service({kept})}).find("  ! 10.0.0.4:80  weight 100    kept 12s  http: connection refused\n") !=
        std::string::npos);
  ServiceStatus lost = service({failed("10.0.0.4:80")});
  lost.quorum = false;
  lost.sorry_server = true;
  CHECK(text_of({lost}).find("0 of 1 serve\n  ! the sorry server serves instead of the members\n  ! quorum lost\n") !=
        std::string::npos);
}

TEST_CASE("services: ready with a member that serves, the quorum, and without the sorry server") {
  CHECK(service({serving("10.0.0.2:80"), failed("10.0.0.4:80")}).ready());
  CHECK_FALSE(service({failed("10.0.0.4:80")}).ready());
  CHECK_FALSE(service({}).ready());
  ServiceStatus lost = service({serving("10.0.0.2:80")});
  lost.quorum = false;
  CHECK_FALSE(lost.ready());
  ServiceStatus sorry = service({serving("10.0.0.2:80")});
  sorry.sorry_server = true;
  CHECK_FALSE(sorry.ready());
}

TEST_CASE("services: colour marks lines without moving the columns") {
  const std::string text = services_text({service({serving("10.0.0.2:80"), failed("10.0.0.4:80")})}, Palette(true));
  CHECK(text.find("\033[33m1 of 2 serve\033[0m\n") != std::string::npos);
  CHECK(text.find("\033[31m  ! 10.0.0.4:80  out           failed 12s     http: connection refused\033[0m\n") !=
        std::string::npos);
}

TEST_CASE("services: what is wrong stands in the headline of the whole status") {
  NodeStatus status = node({service({serving("10.0.0.2:80")})});
  CHECK(status.ready());
  CHECK(whole_text(status) ==
        "node lvs-128: ready  (ballast 0.1.0)\n"
        "\n"
        "SERVICE  ADDRESS           MEMBERS\n"
        "web      tcp 192.0.2.1:80  1 of 1 serve\n"
        "    10.0.0.2:80  weight 100    serving 3m12s\n");
  status.services.push_back(service({failed("10.0.0.4:80")}));
  CHECK(whole_text(status).starts_with("node lvs-128: NOT READY, 1 of 2 services not ready  (ballast 0.1.0)\n"));
  CHECK_FALSE(status.ready());
}

TEST_CASE("status: problems and a refused manifest are not ready, and said before everything else") {
  NodeStatus status = node({service({serving("10.0.0.2:80")})});
  status.manifest.revision = "0123456789ab";
  status.manifest.refused = "ba9876543210";
  status.manifest.error = "web.yaml:3:7: unknown field 'wieght'";
  status.problems = {"add service tcp 192.0.2.1:80: no such scheduler (ENOENT)"};
  CHECK_FALSE(status.ready());
  CHECK(whole_text(status).starts_with(
      "node lvs-128: NOT READY, the kernel is not as wanted, the newest manifest is not valid  (ballast 0.1.0)\n"
      "! manifest ba9876543210 is not valid, 0123456789ab stays in force:\n"
      "web.yaml:3:7: unknown field 'wieght'\n"
      "! add service tcp 192.0.2.1:80: no such scheduler (ENOENT)\n"));
  const auto read = http::read_status(http::status_json(status));
  REQUIRE(read.has_value());
  CHECK((*read == status));
  status.problems.clear();
  CHECK_FALSE(status.ready());
  status.manifest.refused.clear();
  CHECK(status.ready());
}

TEST_CASE("services: the JSON says all, and is read back as it was") {
  ServiceStatus lost = service({serving("10.0.0.2:80"), failed("[2001:db8::4]:80")});
  lost.members[0].active_connections = 4294967295;
  lost.members[0].inactive_connections = 7;
  lost.members[0].since.reset();
  lost.quorum = false;
  lost.sorry_server = true;
  lost.manifest = "web.yaml:18";
  lost.rates = http::Rates{0.5, 1, 2, 3, 1e12};
  const NodeStatus status = node({lost, service({})});
  const std::string json = http::status_json(status);
  CHECK(json.find(R"("weight": null)") != std::string::npos);
  CHECK(json.find(R"("sinceSeconds": null)") != std::string::npos);
  CHECK(json.find(R"("activeConnections": 4294967295)") != std::string::npos);
  const auto read = http::read_status(json);
  REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().text));
  CHECK((*read == status));
}

TEST_CASE("services: JSON of another shape is an error") {
  for (const char* wrong : {"7", R"({"name": "web"})", R"({"name": 7})"}) {
    CAPTURE(wrong);
    CHECK_THROWS_AS(http::service_from(nlohmann::ordered_json::parse(wrong)), nlohmann::json::exception);
  }
}
