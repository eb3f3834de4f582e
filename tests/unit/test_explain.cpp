// `ballast explain`: every kind of object, every gate and check that may hold it back.
#include <doctest/doctest.h>

#include "controller/report/explain.hpp"
#include "manifest_text.hpp"

namespace {

using namespace ballast;
using namespace std::chrono_literals;
using testing::document;

const std::string manifest_text =
    document("VirtualRouter", "vr",
             "virtualRouterId: 51, interface: eth0, addresses: [192.0.2.1/24], routers: [{node: n, priority: 50}, "
             "{node: other}]") +
    document("VirtualService", "web", "address: 192.0.2.1, port: 80, scheduler: wrr, forwarding: DR, pool: web") +
    document("Pool", "web",
             "members: [{address: 10.0.0.11, weight: 3}, {address: 10.0.0.12}, {address: 10.0.0.13, state: down}], "
             "checks: [{tcp: {timeout: 1s}}]") +
    document("VirtualService", "far",
             "address: 192.0.2.9, port: 25, scheduler: rr, forwarding: NAT, pool: web, nodes: [other]") +
    document("Address", "static", "nodes: [n], interface: eth9, address: 192.0.2.5/24") +
    document("Address", "elsewhere", "nodes: [other], interface: eth0, address: 192.0.2.6/24") +
    document("Sysctl", "tuning", "nodes: [n], values: {net.ipv4.ip_forward: 1}") +
    document("Sysctl", "far-tuning", "nodes: [other], values: {net.ipv4.tcp_syncookies: 1}");

const ServiceKey web = *ServiceKey::parse("tcp 192.0.2.1:80");

IpAddress ip(const char* text) {
  return *IpAddress::parse(text);
}

const std::string continuation(15, ' ');

/// A node in the middle of the night.
struct Night {
  Manifest manifest;
  Manifest held;
  Convergence seen;
  Knowledge known;
  std::vector<health::MemberStatus> checked{{{ip("10.0.0.11"), 80}, Life::up, "", {}},
                                            {{ip("10.0.0.12"), 80}, Life::down, "tcp: connection refused", 100s},
                                            {{ip("10.0.0.13"), 80}, Life::up, "", {}}};

  Night() {
    ReadOutcome outcome = read_and_validate({{"m", manifest_text}});
    REQUIRE(testing::texts_of(outcome.diagnostics).empty());
    manifest = std::move(outcome.manifest);
    known.node = "n";
    known.manifest = &manifest;
    known.conditions.vips_by_vrrp = true;
    known.conditions.health.services["web"].members[{ip("10.0.0.12"), 80}].life = Life::down;
    known.conditions.health.services["web"].members[{ip("10.0.0.12"), 80}].failed = 1;
    known.now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 3h;
    known.boot_now = 112s;
    known.members_of = [this](std::string_view service) {
      return service == "web" ? checked : std::vector<health::MemberStatus>{};
    };
    http::RouterStatus router;
    router.name = "vr";
    router.role = "BACKUP";
    router.priority = router.base_priority = 50;
    router.since = std::chrono::time_point_cast<std::chrono::milliseconds>(known.now - 3min);
    router.master = http::MasterSeen{"192.0.2.250", 100};
    router.reason = "started";
    known.routers = {router};

    Service value;
    value.scheduler = "wrr";
    seen.before.state.services.emplace(web, Entry<Service>{value, {}});
    const ServiceKey foreign = *ServiceKey::parse("udp 192.0.2.77:53");
    seen.before.state.services.emplace(foreign, Entry<Service>{value, {}});
    seen.plan.foreign = {{"service udp 192.0.2.77:53", "0 destinations"}};
    seen.before.state.destinations.emplace(DestinationKey{web, ip("10.0.0.11"), 80},
                                           Entry<Destination>{{Forwarding::dr, 3, 0, 0, {}}, {}});
    seen.before.connections[{web, ip("10.0.0.11"), 80}] = {17, 4, 0};
    seen.before.interfaces = {"lo", "eth0"};
    seen.before.state.sysctls.emplace("net.ipv4.ip_forward", Entry<SysctlValue>{"0", {}});
    known.troubles = {{Kind::address, "192.0.2.5/24 on eth9",
                       "add address 192.0.2.5/24 on eth9: no such interface (m:24)", true, std::nullopt},
                      {Kind::sysctl, "net.ipv4.ip_forward",
                       "set net.ipv4.ip_forward: read-only file system (EROFS) (m:34)", true, 115500ms}};
    known.seen = &seen;
  }

  [[nodiscard]] std::string text(std::string_view name) const {
    const auto all = explain(known, name);
    if (!all) return "error: " + all.error().text + "\n";
    // Sentences are compared in one piece; how they are broken is another test's business.
    std::string joined = explanations_text(*all, Palette(false));
    for (std::size_t at = joined.find("\n" + continuation); at != std::string::npos;
         at = joined.find("\n" + continuation)) {
      joined.replace(at, 1 + continuation.size(), " ");
    }
    return joined;
  }
};

}  // namespace

TEST_CASE("explain: a service that is there, one member short, on a standby") {
  const Night night;
  const std::string text =
      "service tcp 192.0.2.1:80 (web)\n"
      "  wanted by  VirtualService/web at m:8: wrr, DR, pool web\n"
      "  held back  1 of 3 members serve: 10.0.0.12:80 failed and 10.0.0.13:80 disabled; `ballast explain MEMBER` says "
      "why\n"
      "  kernel     there: wrr; destinations: 10.0.0.11:80 weight 3\n"
      "  note       programmed for a takeover, but no traffic comes while its address is elsewhere: not MASTER of vr: "
      "BACKUP for 3m00s; 192.0.2.250 is MASTER (priority 100, this node 50)\n";
  CHECK(night.text("tcp 192.0.2.1:80") == text);
  CHECK(night.text("service TCP 192.0.2.1:80") == text);
  CHECK(night.text("192.0.2.1:80") == text);
}

TEST_CASE("explain: a service of another node") {
  const Night night;
  CHECK(night.text("tcp 192.0.2.9:25") ==
        "service tcp 192.0.2.9:25 (far)\n"
        "  wanted by  VirtualService/far at m:18: rr, NAT, pool web\n"
        "  held back  its nodes are other (m:19), and this one is n\n"
        "  kernel     not there\n");
}

TEST_CASE("explain: what somebody else made") {
  const Night night;
  CHECK(night.text("udp 192.0.2.77:53") ==
        "service udp 192.0.2.77:53\n"
        "  wanted by  nobody: no manifest has it\n"
        "  held back  foreign: somebody else made it, so it is left alone\n"
        "  kernel     there: wrr; destinations: none\n");
}

TEST_CASE("explain: members that serve, failed, are drained by an operator, are down in the manifest") {
  Night night;
  CHECK(night.text("10.0.0.11:80 of tcp 192.0.2.1:80") ==
        "member 10.0.0.11:80 of pool web in service web (tcp 192.0.2.1:80)\n"
        "  wanted by  Pool/web at m:14: weight 3\n"
        "  kernel     there: weight 3, DR, 17 active and 4 inactive connections\n");
  CHECK(night.text("destination 10.0.0.12:80 of tcp 192.0.2.1:80") ==
        "member 10.0.0.12:80 of pool web in service web (tcp 192.0.2.1:80)\n"
        "  wanted by  Pool/web at m:14: weight 1\n"
        "  held back  failed: tcp: connection refused, for 12s (check at m:14)\n"
        "  kernel     not there\n");
  CHECK(night.text("10.0.0.13:80").find("  held back  taken out by `state` in the manifest (m:14)\n") !=
        std::string::npos);
  night.known.conditions.health.states[{"web", ip("10.0.0.11"), 0}] = MemberState::drain;
  CHECK(night.text("10.0.0.11:80")
            .find("  held back  drained by an operator; `ballast member manifest 10.0.0.11` ends that\n") !=
        std::string::npos);
  CHECK(night.text("10.0.0.11").find("in service far") != std::string::npos);  // of every service
}

TEST_CASE("explain: a member that minHealthy keeps, and one that cannot be checked") {
  Night night;
  night.manifest.pools[0].health.min_healthy.value = 100;
  CHECK(night.text("10.0.0.12:80").find("failed, but still serves, as minHealthy lets no further member go") !=
        std::string::npos);
  night.manifest.pools[0].health.min_healthy.value = 0;
  night.known.conditions.health.services["web"].members[{ip("10.0.0.12"), 80}].life = Life::unknown;
  CHECK(night.text("10.0.0.12:80").find("its first round of checks is not complete") != std::string::npos);
  night.known.impediment = "too many open files";
  CHECK(night.text("10.0.0.12:80").find("this node cannot check it: too many open files") != std::string::npos);
}

TEST_CASE("explain: a VIP and its router, whoever is MASTER") {
  Night night;
  const std::string why =
      "  held back  not MASTER of vr: BACKUP for 3m00s; 192.0.2.250 is MASTER (priority 100, this node 50)\n";
  CHECK(night.text("192.0.2.1/24 on eth0") ==
        "VIP 192.0.2.1/24 on eth0 of router vr\n"
        "  wanted by  VirtualRouter/vr at m:4\n" +
            why + "  kernel     not there\n");
  CHECK(night.text("router vr") ==
        "router vr\n"
        "  wanted by  VirtualRouter/vr at m:3: VRID 51, 192.0.2.1/24\n" +
            why +
            "  kernel     0 of 1 VIPs are here\n"
            "  note       BACKUP with priority 50 (50 in the manifest): started\n");
  night.known.routers[0].role = "MASTER";
  CHECK(night.text("vr").find("held back") == std::string::npos);
}

TEST_CASE("explain: addresses that cannot be made, and those of other nodes") {
  const Night night;
  CHECK(night.text("192.0.2.5") ==
        "address 192.0.2.5/24 on eth9\n"
        "  wanted by  Address/static at m:24\n"
        "  held back  add address 192.0.2.5/24 on eth9: no such interface (m:24); it is tried again now\n"
        "  kernel     not there\n");
  CHECK(night.text("elsewhere").find("  held back  its nodes are other, and this one is n\n") != std::string::npos);
}

TEST_CASE("explain: sysctls, here and elsewhere") {
  const Night night;
  CHECK(night.text("net.ipv4.ip_forward") ==
        "sysctl net.ipv4.ip_forward\n"
        "  wanted by  Sysctl/tuning at m:34: value 1\n"
        "  held back  set net.ipv4.ip_forward: read-only file system (EROFS) (m:34); it is left alone for 3.5 s more\n"
        "  kernel     value 0\n");
  CHECK(night.text("net.ipv4.tcp_syncookies").find("  held back  its nodes are other, and this one is n\n") !=
        std::string::npos);
}

TEST_CASE("explain: a manifest that is held is told of where it makes a difference") {
  Night night;
  night.held = night.manifest;
  night.held.virtual_services.erase(night.held.virtual_services.begin());
  night.known.held = &night.held;
  night.known.held_revision = "0123456789ab";
  night.known.held_why = "1 of 2 services go";
  CHECK(night.text("192.0.2.1:80")
            .find("manifest 0123456789ab, which no longer has it, is held: 1 of 2 services go; "
                  "`ballast approve 0123456789ab` puts it in force") != std::string::npos);
  CHECK(night.text("tcp 192.0.2.9:25").find("is held") == std::string::npos);
}

TEST_CASE("explain: what is not known gets a guess at what was meant") {
  const Night night;
  CHECK(night.text("10.0.0.22").find("called '10.0.0.22' (did you mean '10.0.0.12'?)") != std::string::npos);
  CHECK(night.text("net.ipv4.ip_foward").find("(did you mean 'net.ipv4.ip_forward'?)") != std::string::npos);
  CHECK(night.text("nonsense at all").starts_with("error: neither the manifest nor the kernel has anything called"));
}

TEST_CASE("explain: the JSON is read back as it was") {
  const Night night;
  const auto all = explain(night.known, "vr");
  REQUIRE(all.has_value());
  const auto read = read_explanations(explanations_json(*all));
  REQUIRE(read.has_value());
  CHECK((*read == *all));
  CHECK_FALSE(read_explanations("[]").has_value());
}

TEST_CASE("explain: long sentences are broken between words, in 96 columns") {
  Explanation one{"service tcp 192.0.2.1:80 (web)", {"a " + std::string(80, 'x') + " b"}, {}, {"there"}, {}};
  for (int i = 0; i < 40; ++i) one.held_back.assign(1, (i == 0 ? "" : one.held_back[0] + " ") + "10.0.0.11:80");
  const std::string text = explanations_text({one}, Palette(false));
  CHECK(
      text.starts_with("service tcp 192.0.2.1:80 (web)\n"
                       "  wanted by  a\n"
                       "               " +
                       std::string(80, 'x') +
                       "\n"
                       "               b\n"
                       "  held back  10.0.0.11:80 10.0.0.11:80"));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    CHECK(end - at <= 96);
    at = end + 1;
  }
}
