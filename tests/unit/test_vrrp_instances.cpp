// From a manifest to what the VRRP plane runs on one node, compared as text: every field that differs from the default
// shows.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include "controller/vrrp/instances.hpp"
#include "model/render.hpp"
#include "tests/unit/manifest_text.hpp"

namespace {

using namespace ballast;
using ballast::testing::texts_of;

Manifest manifest(const std::string& text) {
  auto outcome = read_and_validate({{"m", text}});
  CHECK(texts_of(outcome.diagnostics) == std::vector<std::string>{});
  return std::move(outcome.manifest);
}

std::string document(const std::string& name, const std::string& spec) {
  return ballast::testing::document("VirtualRouter", name, spec);
}

Result<std::string> no_file(const std::string& path) {
  return Error{"no such file: " + path, 2};
}

auto milliseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
}

std::string list(const std::vector<IpAddress>& addresses) {
  std::string text;
  for (const IpAddress& address : addresses) text += (text.empty() ? "" : ",") + address.text();
  return text;
}

std::string text(const vrrp::Command& command) {
  std::string words;
  for (const std::string& word : command.argv) words += "[" + word + "]";
  return words + (command.user.empty() ? "" : " as " + command.user);
}

std::string text(const vrrp::TrackedCheck& check) {
  const vrrp::TrackConfig& config = check.config;
  const char* states[] = {"unknown", "passed", "failed"};
  std::string line =
      fmt::format("track {} {} weight={} rise={} fall={} {} interval={} timeout={}", vrrp::text_of(config.kind),
                  config.name, config.weight, config.rise, config.fall, states[static_cast<int>(config.initial)],
                  milliseconds(check.interval), milliseconds(check.timeout));
  return check.command.argv.empty() ? line : line + " " + text(check.command);
}

std::vector<std::string> lines(const vrrp::Instance& instance) {
  const vrrp::Config& config = instance.config;
  const vrrp::Group& group = config.group;
  const vrrp::Announcing& announcing = config.announcing;
  std::vector<std::string> lines = {
      fmt::format("{} v{} vrid={} on {} priority={} interval={}cs addresses={}", config.name, group.version, group.vrid,
                  instance.interface, config.priority, group.interval.count(), list(group.addresses)),
      fmt::format("preempt={} delay={} auth={}:{} peers={} hops={} source={}", config.preempt,
                  milliseconds(config.preempt_delay), vrrp::text_of(group.authentication), group.password,
                  list(group.unicast_peers), group.least_hop_limit,
                  instance.source ? instance.source->text() : std::string("-")),
      fmt::format("sync={}:{} vmac={} announce={} delay={} refresh={} count={} pacing={}", config.in_sync_group,
                  instance.sync_group, instance.virtual_mac, announcing.count, milliseconds(announcing.delay),
                  milliseconds(announcing.refresh), announcing.refresh_count, milliseconds(announcing.pacing))};
  for (const Vip& vip : instance.vips) {
    lines.push_back("vip " + vip.key.text() + (vip.value.label.empty() ? "" : " label " + vip.value.label));
  }
  for (const auto& check : instance.tracks) lines.push_back(text(check));
  if (instance.notify) lines.push_back("notify " + text(*instance.notify));
  lines.push_back("at " + instance.origin.text());
  return lines;
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("instances: what is not written has its default") {
  const Manifest one = manifest(
      document("web",
               "virtualRouterId: 41, interface: eth0, addresses: [192.0.2.10/24, 192.0.2.11/24], routers: [{node: a}, "
               "{node: b, priority: 50, interface: ens3}]"));
  const auto on_a = vrrp::make_instances(one, "a", no_file);
  REQUIRE(on_a.instances.size() == 1);
  CHECK(lines(on_a.instances[0]) ==
        Lines{"web v3 vrid=41 on eth0 priority=100 interval=100cs addresses=192.0.2.10,192.0.2.11",
              "preempt=true delay=0 auth=none: peers= hops=255 source=-",
              "sync=false: vmac=false announce=5 delay=5000 refresh=0 count=1 pacing=0", "vip 192.0.2.10/24 on eth0",
              "vip 192.0.2.11/24 on eth0", "at m:3:18"});
  const auto on_b = vrrp::make_instances(one, "b", no_file);
  REQUIRE(on_b.instances.size() == 1);
  CHECK(lines(on_b.instances[0]) ==
        Lines{"web v3 vrid=41 on ens3 priority=50 interval=100cs addresses=192.0.2.10,192.0.2.11",
              "preempt=true delay=0 auth=none: peers= hops=255 source=-",
              "sync=false: vmac=false announce=5 delay=5000 refresh=0 count=1 pacing=0", "vip 192.0.2.10/24 on ens3",
              "vip 192.0.2.11/24 on ens3", "at m:3:18"});
  CHECK(vrrp::make_instances(one, "c", no_file).instances.empty());
}

TEST_CASE("instances: everything that can be written arrives") {
  const Manifest one = manifest(
      document("web",
               "virtualRouterId: 41, interface: eth0, version: 2, advertisementInterval: 2s, preemptDelay: 30s, "
               "syncGroup: g, unicast: true, authentication: {type: PASS, password: secret}, "
               "announce: {count: 3, delay: 1s, refresh: 60s, refreshCount: 2, pacing: 5ms}, "
               "addresses: [192.0.2.10/24, {address: 10.0.0.1/8, interface: eth1, label: 'eth1:x'}], "
               "routers: [{node: a, source: 192.0.2.2, priority: 200}, {node: b, source: 192.0.2.3}, {node: c, "
               "source: 192.0.2.4}], "
               "track: [{interface: eth2, weight: -20}, {process: haproxy, interval: 200ms, rise: 2, fall: 3}, "
               "{file: /run/ok, initial: failed}, {script: {command: [/bin/check, -v], user: nobody, timeout: "
               "500ms}, weight: 10, initial: passed}, {script: {command: exit 1, shell: true}}], "
               "notify: {command: [/bin/tell, web], user: ops}") +
      document("db",
               "virtualRouterId: 42, interface: eth0, preempt: false, syncGroup: g, virtualMac: true, "
               "advertisementInterval: 20ms, addresses: ['2001:db8::1/64'], routers: [{node: c}, {node: b}, "
               "{node: a}]"));
  const auto made = vrrp::make_instances(one, "a", no_file);
  CHECK(made.problems.empty());
  REQUIRE(made.instances.size() == 2);
  CHECK(lines(made.instances[0]) ==
        Lines{"web v2 vrid=41 on eth0 priority=200 interval=200cs addresses=192.0.2.10,10.0.0.1",
              "preempt=true delay=30000 auth=pass:secret peers=192.0.2.3,192.0.2.4 hops=1 source=192.0.2.2",
              "sync=true:g vmac=false announce=3 delay=1000 refresh=60000 count=2 pacing=5",
              "vip 192.0.2.10/24 on eth0", "vip 10.0.0.1/8 on eth1 label eth1:x",
              "track interface eth2 weight=-20 rise=1 fall=1 unknown interval=0 timeout=0",
              "track process haproxy weight=0 rise=2 fall=3 unknown interval=200 timeout=0",
              "track file /run/ok weight=0 rise=1 fall=1 failed interval=1000 timeout=0",
              "track script /bin/check weight=10 rise=1 fall=1 passed interval=1000 timeout=500 [/bin/check][-v] as "
              "nobody",
              "track script exit 1 weight=0 rise=1 fall=1 unknown interval=1000 timeout=1000 [/bin/sh][-c][exit 1]",
              "notify [/bin/tell][web] as ops", "at m:3:18"});
  CHECK(lines(made.instances[1]) == Lines{"db v3 vrid=42 on eth0 priority=100 interval=2cs addresses=2001:db8::1",
                                          "preempt=false delay=0 auth=none: peers= hops=255 source=-",
                                          "sync=true:g vmac=true announce=5 delay=5000 refresh=0 count=1 pacing=0",
                                          "vip 2001:db8::1/64 on vrrp6.42", "at m:8:18"});
}

TEST_CASE("instances: an address that is not advertised is held, and not in the packets") {
  const Manifest cluster = manifest(document(
      "r",
      "virtualRouterId: 1, interface: eth0, addresses: [192.0.2.1/24, {address: 192.0.2.2/24, advertised: false}], "
      "routers: [{node: a}]"));
  const auto made = vrrp::make_instances(cluster, "a", no_file);
  REQUIRE(made.instances.size() == 1);
  CHECK(list(made.instances[0].config.group.addresses) == "192.0.2.1");
  CHECK(made.instances[0].vips.size() == 2);
}

TEST_CASE("instances: an IPv6 address costs the more to renew the more of them the node has") {
  const std::string head = "interface: eth0, routers: [{node: a}], ";
  const Manifest all =
      manifest(document("web", head + "virtualRouterId: 41, addresses: [192.0.2.10/24, 192.0.2.11/24]") +
               document("six", head + "virtualRouterId: 42, addresses: ['fe80::1/64']") +
               document("more", head + "virtualRouterId: 43, addresses: ['fe80::2/64', 'fe80::3/64']"));
  std::vector<vrrp::Duration> costs;
  for (const auto& instance : vrrp::make_instances(all, "a", no_file).instances) {
    costs.push_back(instance.config.renewal_cost);
  }
  using std::chrono::nanoseconds;
  CHECK(costs == std::vector<vrrp::Duration>{nanoseconds{20'000}, nanoseconds{900}, nanoseconds{1'800}});
}

TEST_CASE("instances: passwords from files") {
  const Manifest one =
      manifest(document("web",
                        "virtualRouterId: 41, interface: eth0, version: 2, authentication: {type: AH, passwordFile: "
                        "/etc/p}, addresses: [192.0.2.10/24], routers: [{node: a}]"));
  struct Case {
    std::string content;
    std::string password;
    std::vector<std::string> problems;
  };
  const Case cases[] = {
      {"hunter2", "hunter2", {}},
      {"hunter2\n", "hunter2", {}},
      {"hunter2\r\nmore", "hunter2", {}},
      {" blanks ", " blanks ", {}},
      {"", "", {"m:4:99: password file /etc/p has no password in its first line"}},
      {"\nhunter2", "", {"m:4:99: password file /etc/p has no password in its first line"}},
      {"hunter234",
       "",
       {"m:4:99: password file /etc/p has a password of 9 bytes and VRRP carries 8: others would cut it silently, "
        "shorten it on all routers"}},
      {std::string("a\0b", 3),
       "",
       {"m:4:99: password file /etc/p has a NUL byte in its first line: VRRP ends a password there"}},
  };
  for (const Case& each : cases) {
    CAPTURE(each.content);
    std::string asked;
    const auto made = vrrp::make_instances(one, "a", [&](const std::string& path) {
      asked = path;
      return Result<std::string>(each.content);
    });
    CHECK(asked == "/etc/p");
    CHECK(texts_of(made.problems) == each.problems);
    REQUIRE(made.instances.size() == (each.problems.empty() ? 1 : 0));
    if (each.problems.empty()) {
      CHECK(made.instances[0].config.group.password == each.password);
      CHECK(made.instances[0].config.group.authentication == vrrp::Authentication::ah);
    }
  }
  CHECK(texts_of(vrrp::make_instances(one, "a", no_file).problems) ==
        std::vector<std::string>{"m:4:99: no such file: /etc/p"});
}

TEST_CASE("instances: the VIPs are those that render holds as MASTER") {
  const Manifest one =
      manifest(document("web",
                        "virtualRouterId: 41, interface: eth0, addresses: [{address: 192.0.2.10/24, label: 'eth0:0'}, "
                        "{address: 10.0.0.1/8, interface: eth1}], routers: [{node: a}]") +
               document("six",
                        "virtualRouterId: 6, interface: eth0, virtualMac: true, addresses: ['fe80::1/64'], routers: "
                        "[{node: a}]"));
  State held;
  for (const auto& instance : vrrp::make_instances(one, "a", no_file).instances) {
    for (const Vip& vip : instance.vips) held.addresses.emplace(vip.key, Entry<Address>{vip.value, {}});
  }
  Conditions conditions;
  conditions.master_of = {"web", "six"};
  const State rendered = render(one, conditions, "a");
  const auto texts = [](const State& state) {
    Lines lines;
    for (const auto& [key, entry] : state.addresses)
      lines.push_back(
          fmt::format("{} scope {} {}", key.text(), static_cast<int>(entry.value.scope), entry.value.label));
    return lines;
  };
  CHECK(texts(held) == texts(rendered));
  CHECK(texts(held) ==
        Lines{"192.0.2.10/24 on eth0 scope 0 eth0:0", "10.0.0.1/8 on eth1 scope 0 ", "fe80::1/64 on vrrp6.6 scope 0 "});
}
