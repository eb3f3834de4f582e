// What is wrong with a VirtualRouter beyond a single field: passwords, sources, unicast, sync groups, labels, tracking
// and announcements. One case for each rule.
#include "tests/unit/manifest_text.hpp"

namespace {

using ballast::testing::check;
using ballast::testing::document;
using ballast::testing::problems;

/// A valid group of nodes a and b; `extra` comes first, from column 8.
std::string group(const std::string& extra, const std::string& name = "r") {
  return document("VirtualRouter", name,
                  extra +
                      ", virtualRouterId: 1, interface: eth0, addresses: [192.0.2.1/24], routers: [{node: a}, "
                      "{node: b}]");
}

/// With these routers, of which column 8 begins the list.
std::string routers(const std::string& list, const std::string& rest = "", const std::string& vip = "192.0.2.1/24") {
  return document("VirtualRouter", "r",
                  "routers: [" + list + "], virtualRouterId: 1, interface: eth0, addresses: ['" + vip + "']" + rest);
}

/// With these addresses.
std::string holding(const std::string& list, const std::string& rest = "") {
  return document("VirtualRouter", "r",
                  "addresses: [" + list + "], virtualRouterId: 1, interface: eth0, routers: [{node: a}]" + rest);
}

std::string ipv6_addresses(int count) {
  std::string list;
  for (int i = 1; i <= count; ++i) list += (i > 1 ? ", '2001:db8::" : "'2001:db8::") + std::to_string(i) + "/64'";
  return list;
}

}  // namespace

TEST_CASE("validate: passwords") {
  const std::string v2 = "version: 2, authentication: ";
  check({
      {"a password that fits", group(v2 + "{type: PASS, password: '12345678'}"), {}},
      {"a password in a file", group(v2 + "{type: AH, passwordFile: /etc/ballast/password}"), {}},
      {"version 3",
       group("authentication: {type: PASS, password: secret}"),
       {"4:24: VRRPv3 has no authentication (removed from the protocol, RFC 9568 section 9); use version: 2 or leave "
        "it "
        "out"}},
      {"9 bytes",
       group(v2 + "{type: PASS, password: '123456789'}"),
       {"4:59: the password has 9 bytes and VRRP carries 8: others cut it silently; shorten it on all routers of the "
        "group"}},
      {"bytes, not letters",
       group(v2 + "{type: AH, password: ööööö}"),
       {"4:57: the password has 10 bytes and VRRP carries 8: others cut it silently; shorten it on all routers of the "
        "group"}},
      {"an empty password",
       group(v2 + "{type: AH, password: ''}"),
       {"4:57: the password is empty; write 1 to 8 bytes"}},
      {"a NUL byte",
       group(v2 + R"({type: AH, password: "a\0b"})"),
       {"4:57: the password has a NUL byte, and VRRP ends a password there; write others"}},
      {"both",
       group(v2 + "{type: AH, password: secret, passwordFile: /etc/p}"),
       {"4:79: password and passwordFile exclude each other; remove one of them"}},
      {"neither", group(v2 + "{type: AH}"), {"4:36: authentication needs 'password' or 'passwordFile'"}},
      {"a relative path",
       group(v2 + "{type: AH, passwordFile: secret}"),
       {"4:61: passwordFile: this is not an absolute path"}},
      {"an unknown type", group(v2 + "{type: MD5, password: secret}"), {"4:43: type must be PASS or AH, not 'MD5'"}},
  });
}

TEST_CASE("validate: no message repeats a password") {
  const std::string v2 = "version: 2, authentication: ";
  const std::string attempts[] = {
      group("authentication: {type: PASS, password: hunter2}"),
      group(v2 + "hunter2"),
      group(v2 + "[PASS, hunter2]"),
      group(v2 + "{type: PASS, password: hunter2-is-too-long}"),
      group(v2 + "{type: PASS, password: [hunter2]}"),
      group(v2 + "{type: PASS, password: {hunter2: 1}}"),
      group(v2 + "{type: PASS, passwordFile: hunter2}"),
      group(v2 + "{type: PASS, pasword: hunter2}"),
      group(v2 + "{type: PASS, password: hunter2, passwordFile: hunter2}"),
  };
  for (const std::string& manifest : attempts) {
    const auto found = problems(manifest);
    CHECK(found.size() > 0);
    for (const std::string& text : found) CHECK(text.find("hunter2") == std::string::npos);
  }
}

TEST_CASE("validate: sources and unicast") {
  check({
      {"unicast as it should be",
       routers("{node: a, source: 192.0.2.2}, {node: b, source: 192.0.2.3}", ", unicast: true"),
       {}},
      {"a router without source",
       routers("{node: a, source: 192.0.2.2}, {node: b}", ", unicast: true"),
       {"4:55: router 'b' needs 'source': with unicast, the others send to that address"}},
      {"one router by itself",
       routers("{node: a, source: 192.0.2.2}", ", unicast: true"),
       {"4:124: unicast needs a second router to send to"}},
      {"one source twice",
       routers("{node: a, source: 192.0.2.2}, {node: b, source: 192.0.2.2}"),
       {"4:66: source 192.0.2.2 is also that of router 'a' (first at m:4:36)"}},
      {"the other family",
       routers("{node: a, source: '2001:db8::2'}"),
       {"4:36: source 2001:db8::2 is of the other address family than the VIPs"}},
      {"a multicast address",
       routers("{node: a, source: 224.0.0.18}"),
       {"4:36: source 224.0.0.18 is no address that others can answer to; write one of the node's own"}},
      {"a VIP",
       routers("{node: a, source: 192.0.2.1}"),
       {"4:36: source 192.0.2.1 is one of the VIPs, which a BACKUP does not hold; write one of the node's own"}},
      {"the owner's VIP", routers("{node: a, source: 192.0.2.1, priority: 255}"), {}},
      {"two owners",
       routers("{node: a, priority: 255}, {node: c}, {node: b, priority: 255}"),
       {"4:75: priority 255 is the owner's, and a VIP has one; write 254 at most (first at m:4:38)"}},
      {"a weight for an owner alone",
       routers("{node: a, priority: 255}", ", track: [{file: /run/ok}, {file: /run/b, weight: 5}]"),
       {"4:159: weight has no effect on priority 255, the owner's; write a lower priority"}},
      {"a weight for an owner's standby",
       routers("{node: a, priority: 255}, {node: b}", ", track: [{file: /run/b, weight: 5}]"),
       {}},
      {"an IPv6 source", routers("{node: a, source: 'fe80::1'}", "", "2001:db8::1/64"), {}},
      {"priority 256", routers("{node: a, priority: 256}"), {"4:38: priority must be 1..255, not 256"}},
      {"VRID 0",
       document("VirtualRouter", "r",
                "virtualRouterId: 0, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}]"),
       {"4:25: virtualRouterId must be 1..255, not 0"}},
  });
}

TEST_CASE("validate: sync groups") {
  const std::string second = "syncGroup: g, virtualRouterId: 2, interface: eth0, addresses: [192.0.2.2/24], routers: ";
  check({
      {"two that belong together",
       group("syncGroup: g") + document("VirtualRouter", "q", second + "[{node: b}, {node: a}]"),
       {}},
      {"a member that lacks a node",
       group("syncGroup: g") + document("VirtualRouter", "q", second + "[{node: b}]"),
       {"9:19: syncGroup 'g': node 'a' is a router of VirtualRouter/r but not of VirtualRouter/q; all its members need "
        "the same nodes"}},
      {"a member with a further node",
       group("syncGroup: g") + document("VirtualRouter", "q", second + "[{node: b}, {node: a}, {node: c}]"),
       {"9:19: syncGroup 'g': node 'c' is a router of VirtualRouter/q but not of VirtualRouter/r; all its members need "
        "the same nodes"}},
      {"alone in it",
       group("syncGroup: g"),
       {"4:19: syncGroup 'g' has no other VirtualRouter; write it in all that change together, or remove it"}},
  });
}

TEST_CASE("validate: where and under what name a VIP is held") {
  check({
      {"a device and a label of its own", holding("{address: 192.0.2.1/24, interface: eth1, label: 'eth1:0'}"), {}},
      {"a label on the router's interface", holding("{address: 192.0.2.1/24, label: 'eth0:0'}"), {}},
      {"a label of another interface",
       holding("{address: 192.0.2.1/24, interface: eth1, label: 'eth0:0'}"),
       {"4:68: label 'eth0:0' must be 'eth1:' and a word, 15 characters at most"}},
      {"a label that fits one router only",
       document("VirtualRouter", "r",
                "addresses: [{address: 192.0.2.1/24, label: 'eth0:0'}], virtualRouterId: 1, interface: eth0, "
                "routers: [{node: a}, {node: b, interface: ens3}]"),
       {"4:51: label 'eth0:0' must be 'ens3:' and a word, 15 characters at most"}},
      {"a label of 16 characters",
       holding("{address: 192.0.2.1/24, label: 'eth0:12345678901'}"),
       {"4:51: label 'eth0:12345678901' must be 'eth0:' and a word, 15 characters at most"}},
      {"a label of IPv6",
       holding("{address: '2001:db8::1/64', label: 'eth0:0'}"),
       {"4:55: only IPv4 addresses have labels; remove it"}},
      {"a label on the virtual MAC's device",
       holding("{address: 192.0.2.1/24, label: 'eth0:0'}", ", virtualMac: true"),
       {"4:51: label 'eth0:0' must be 'vrrp.1:' and a word, 15 characters at most"}},
      {"an object without its address", holding("{interface: eth1}"), {"4:20: address: missing field 'address'"}},
      {"neither text nor object",
       holding("[192.0.2.1/24]"),
       {"4:20: addresses: expected an IP address with its prefix length, found a list"}},
      {"a VIP that is a network",
       holding("{address: 192.0.2.0/24}"),
       {"4:30: 192.0.2.0/24 is the network's own address; a VIP must be a host in it"}},
      {"one virtual MAC's device for two groups",
       group("virtualMac: true") +
           document("VirtualRouter", "q",
                    "virtualMac: true, virtualRouterId: 1, interface: eth1, addresses: [192.0.2.2/24], routers: "
                    "[{node: b}]"),
       {"9:20: virtualMac: vrrp.1 is also the device of VirtualRouter/r on node 'b'; write another virtualRouterId "
        "(first at m:4:20)"}},
      {"a virtual MAC and unicast",
       document(
           "VirtualRouter", "r",
           "virtualMac: true, unicast: true, virtualRouterId: 1, interface: eth0, addresses: [192.0.2.1/24], routers: "
           "[{node: a, source: 192.0.2.8}, {node: b, source: 192.0.2.9}]"),
       {"4:20: virtualMac and unicast exclude each other: peers' packets arrive on the router's interface, not on the "
        "virtual MAC's device"}},
      {"90 IPv6 addresses", holding(ipv6_addresses(90)), {}},
      {"more addresses than fit, held without being advertised",
       holding(ipv6_addresses(90) + ", {address: '2001:db8:1::1/64', advertised: false}"),
       {}},
      {"no address is advertised",
       holding("{address: '2001:db8::1/64', advertised: false}"),
       {"4:30: one address at least must be advertised: its packets are how the routers know the group"}},
      {"91 IPv6 addresses",
       holding(ipv6_addresses(91)),
       {"4:1721: 91 addresses, and 90 fit into an advertisement with an MTU of 1500; write 'advertised: false' with "
        "the "
        "others, which are then held without being in it"}},
  });
}

TEST_CASE("validate: tracking") {
  check({
      {"all kinds",
       group("track: [{interface: eth1, weight: -20}, {file: /run/ok, interval: 100ms}, {process: haproxy, rise: 2}, "
             "{script: {command: [/bin/check, -v], user: nobody, timeout: 2s}, weight: 10, fall: 3, initial: passed}, "
             "{script: {command: 'test -e /x || exit 1', shell: true}}]"),
       {}},
      {"nothing to track",
       group("track: [{weight: 3}]"),
       {"4:16: a track needs one of 'interface', 'script', 'process' and 'file'"}},
      {"two things in one",
       group("track: [{process: x, file: /run/ok}]"),
       {"4:16: a track has one of 'interface', 'script', 'process' and 'file'; write an entry for each"}},
      {"an empty list", group("track: []"), {"4:15: track is empty; write an entry or remove the field"}},
      {"a schedule for an interface",
       group("track: [{interface: eth1, interval: 1s, rise: 2, fall: 2, initial: passed}]"),
       {"4:44: interval has no effect on an interface, which the kernel tells about at once; remove it",
        "4:54: rise has no effect on an interface, which the kernel tells about at once; remove it",
        "4:63: fall has no effect on an interface, which the kernel tells about at once; remove it",
        "4:75: initial has no effect on an interface, which the kernel tells about at once; remove it"}},
      {"a weight beyond every priority",
       group("track: [{file: /run/ok, weight: -254}]"),
       {"4:40: weight must be -253..253, not -254"}},
      {"rise 0", group("track: [{file: /run/ok, rise: 0}]"), {"4:38: rise must be 1..1000, not 0"}},
      {"no time to run",
       group("track: [{script: {command: [/bin/check], timeout: 0s}}]"),
       {"4:58: timeout must be 1ms..1h, not '0s'"}},
      {"a file's relative path", group("track: [{file: run/ok}]"), {"4:23: file: this is not an absolute path"}},
      {"a process's path",
       group("track: [{process: /usr/sbin/haproxy}]"),
       {"4:26: process: '/usr/sbin/haproxy' is not a process's name, like haproxy"}},
      {"a script's relative path",
       group("track: [{script: {command: [check.sh]}}]"),
       {"4:36: command: 'check.sh' is not an absolute path"}},
      {"no shell unless asked",
       group("track: [{script: {command: /bin/check -v}}]"),
       {"4:35: command must be a list, like [/path/to/program, argument]; or write shell: true, and /bin/sh runs the "
        "text"}},
      {"a list for the shell",
       group("track: [{script: {command: [/bin/check], shell: true}}]"),
       {"4:36: command must be one text with shell: true; or remove shell, and no shell runs the list"}},
      {"nothing for the shell",
       group("track: [{script: {command: ' ', shell: true}}]"),
       {"4:35: command is empty; write one"}},
      {"no program", group("track: [{script: {command: []}}]"), {"4:35: command is empty; write an entry"}},
      {"a script without command",
       group("track: [{script: {user: nobody}}]"),
       {"4:25: script: missing field 'command'"}},
      {"an argument that would end early",
       group(R"(track: [{script: {command: [/bin/check, "a\0b"]}}])"),
       {"4:48: command: text for a program cannot have a NUL byte"}},
  });
}

TEST_CASE("validate: notifications and announcements") {
  check({
      {"all fields",
       group("notify: {command: [/bin/tell], user: nobody}, announce: {count: 3, delay: 0s, refresh: 60s, "
             "refreshCount: 2, pacing: 1ms}"),
       {}},
      {"a program's relative path",
       group("notify: {command: [tell]}"),
       {"4:27: command: 'tell' is not an absolute path"}},
      {"a user without name",
       group("notify: {command: [/bin/tell], user: ''}"),
       {"4:45: user: a name may not be empty"}},
      {"a timeout, which a notification does not have",
       group("notify: {command: [/bin/tell], timeout: 1s}"),
       {"4:39: unknown field 'timeout'; known here: command, shell, user"}},
      {"no announcements", group("announce: {count: 0}"), {"4:26: count must be 1..100, not 0"}},
      {"a refresh that would flood",
       group("announce: {refresh: 10ms}"),
       {"4:28: refresh must be 1s at least, or 0s for none"}},
      {"a count of nothing",
       group("announce: {refreshCount: 2}"),
       {"4:33: refreshCount has no effect without refresh; write refresh, or remove it"}},
      {"a pace of minutes", group("announce: {pacing: 2s}"), {"4:27: pacing must be 0s..1s, not '2s'"}},
  });
}
