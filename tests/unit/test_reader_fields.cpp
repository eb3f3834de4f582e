// What the reader says about each field that is not as its table wants it: one case for each rule.
#include "tests/unit/manifest_text.hpp"

namespace {

using ballast::testing::check;
using ballast::testing::document;
const std::string empty_pool = document("Pool", "p", "members: []");

}  // namespace

TEST_CASE("reader: the shape of objects") {
  check({
      {"unknown field with a guess",
       document("Pool", "p", "membres: []"),
       {"4:8: unknown field 'membres' (did you mean 'members'?)"}},
      {"unknown field without a guess",
       document("Pool", "p", "members: [], colour: red"),
       {"4:21: unknown field 'colour'; known here: members, checks, require, onFailure, slowStart, drain, quorum, "
        "hysteresis, minHealthy, failOpen, assumeUp"}},
      {"a missing field", document("Pool", "p", "checks: []"), {"4:7: Pool: missing field 'members'"}},
      {"a list where a number belongs",
       document("Pool", "p", "members: [{address: 10.0.0.1, weight: [1]}]"),
       {"4:46: weight: expected a whole number, found a list"}},
      {"a mapping where a list belongs",
       document("Pool", "p", "members: {address: 10.0.0.1}"),
       {"4:17: members: expected a list, found a mapping"}},
      {"a word where a mapping belongs",
       document("Pool", "p", "members: [10.0.0.1]"),
       {"4:18: member: expected a mapping (name: value), found '10.0.0.1'"}},
      {"no value",
       document("Pool", "p", "members: [{address: 10.0.0.1, weight: }]"),
       {"4:46: 'weight' has no value; write one or remove the field"}},
      {"no value in a list",
       document("Pool", "p", "members: [~]"),
       {"4:18: members: an entry has no value; write one or remove it"}},
  });
}

TEST_CASE("reader: numbers") {
  check({
      {"a number in quotes",
       document("Pool", "p", "members: [{address: 10.0.0.1, port: '80'}]"),
       {"4:44: port: expected a whole number, found text; remove the quotes around 80"}},
      {"a number that is none",
       document("Pool", "p", "members: [{address: 10.0.0.1, port: http}]"),
       {"4:44: port: expected a whole number, found 'http'"}},
      {"hexadecimal",
       document("Pool", "p", "members: [{address: 10.0.0.1, port: 0x50}]"),
       {"4:44: port: expected a whole number, found '0x50'"}},
      {"octal",
       document("Pool", "p", "members: [{address: 10.0.0.1, port: 080}]"),
       {"4:44: port: write '080' without leading zeros"}},
      {"a negative number",
       document("Pool", "p", "members: [{address: 10.0.0.1, weight: -1}]"),
       {"4:46: weight must be 0..65535, not -1"}},
      {"a weight of 65536",
       document("Pool", "p", "members: [{address: 10.0.0.1, weight: 65536}]"),
       {"4:46: weight must be 0..65535, not 65536"}},
      {"a number beyond 64 bits",
       document("Pool", "p", "members: [{address: 10.0.0.1, weight: 99999999999999999999}]"),
       {"4:46: weight must be 0..65535, not 99999999999999999999"}},
      {"a member's port 0",
       document("Pool", "p", "members: [{address: 10.0.0.1, port: 0}]"),
       {"4:44: port must be 1..65535, not 0"}},
      {"a service's port 65536",
       empty_pool +
           document("VirtualService", "s", "address: 192.0.2.1, port: 65536, forwarding: DR, pool: p, nodes: [a]"),
       {"9:34: port must be 0..65535, not 65536"}},
  });
}

TEST_CASE("reader: words") {
  check({
      {"yes is not true",
       document("VirtualRouter", "r",
                "preempt: yes, virtualRouterId: 1, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}]"),
       {"4:17: preempt must be true or false, not 'yes'; write true"}},
      {"true in quotes",
       document("VirtualRouter", "r",
                "preempt: 'true', virtualRouterId: 1, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}]"),
       {"4:17: preempt must be true or false, not 'true' in quotes; write true"}},
      {"off is not false",
       document("VirtualRouter", "r",
                "preempt: off, virtualRouterId: 1, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}]"),
       {"4:17: preempt must be true or false, not 'off'; write false"}},
      {"an enumeration in the wrong case",
       empty_pool + document("VirtualService", "s",
                             "protocol: tcp, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:18: protocol must be TCP, UDP or SCTP, not 'tcp' (did you mean 'TCP'?)"}},
      {"an unknown word",
       empty_pool + document("VirtualService", "s",
                             "protocol: ICMP, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:18: protocol must be TCP, UDP or SCTP, not 'ICMP'"}},
      {"an unknown scheduler",
       empty_pool + document("VirtualService", "s",
                             "scheduler: wwr, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:19: scheduler must be rr, wrr, lc, wlc, lblc, lblcr, dh, sh, mh, sed, nq, fo or ovf, not 'wwr' (did you "
        "mean 'wrr'?)"}},
      {"an unknown engine",
       empty_pool + document("VirtualService", "s",
                             "protocol: UDP, persistence: {engine: sipp}, address: 192.0.2.1, port: 80, forwarding: "
                             "DR, pool: p, nodes: [a]"),
       {"9:45: engine must be sip, not 'sipp' (did you mean 'sip'?)"}},
  });
}

TEST_CASE("reader: durations") {
  check({
      {"a duration without a unit",
       document("Pool", "p", "members: [], checks: [{tcp: {}, interval: 6}]"),
       {"4:50: interval: a duration needs a unit, like 6s or 6ms"}},
      {"a duration of no known unit",
       document("Pool", "p", "members: [], checks: [{tcp: {}, interval: 6sec}]"),
       {"4:50: interval: '6sec' is not a duration; write whole numbers with units, like 500ms, 6s, 5m or 1m30s"}},
      {"a fraction of a second",
       document("Pool", "p", "members: [], checks: [{tcp: {}, interval: 1.5s}]"),
       {"4:50: interval: '1.5s' is not a duration; write whole numbers with units, like 500ms, 6s, 5m or 1m30s"}},
      {"a duration out of range",
       document("Pool", "p", "members: [], checks: [{tcp: {}, interval: 10ms}]"),
       {"4:50: interval must be 100ms..24h, not '10ms'"}},
  });
}

TEST_CASE("reader: addresses and names") {
  check({
      {"an address that is none",
       document("Pool", "p", "members: [{address: 10.0.0.300}]"),
       {"4:28: address: '10.0.0.300' is not an IP address"}},
      {"an address with leading zeros",
       document("Pool", "p", "members: [{address: 10.0.0.01}]"),
       {"4:28: address: '10.0.0.01' is not an IP address"}},
      {"an address with a prefix length",
       document("Pool", "p", "members: [{address: 10.0.0.1/24}]"),
       {"4:28: address: '10.0.0.1/24' is not an IP address; leave the prefix length out"}},
      {"a host name for an address",
       document("Pool", "p", "members: [{address: www.example.org}]"),
       {"4:28: address: 'www.example.org' is not an IP address"}},
      {"a prefix length of 33",
       document("Address", "a", "nodes: [a], interface: lo, address: 192.0.2.1/33"),
       {"4:44: address: '192.0.2.1/33' has a prefix length that is not a plain number 1..32"}},
      {"a prefix length with a leading zero",
       document("Address", "a", "nodes: [a], interface: lo, address: 192.0.2.1/024"),
       {"4:44: address: '192.0.2.1/024' has a prefix length that is not a plain number 1..32"}},
      {"a prefix that is none",
       document("Address", "a", "nodes: [a], interface: lo, address: 192.0.2/24"),
       {"4:44: address: '192.0.2/24' is not an IP address with a prefix length, like 192.0.2.10/24"}},
      {"an empty list",
       document("Address", "a", "nodes: [], interface: lo, address: 192.0.2.1/24"),
       {"4:15: nodes is empty; write an entry"}},
      {"a node's name with a blank",
       document("Address", "a", "nodes: [a b], interface: lo, address: 192.0.2.1/24"),
       {"4:16: nodes: 'a b' may have only letters, digits, '-', '.' and '_'"}},
      {"an interface's name of 16 characters",
       document("Address", "a", "nodes: [a], interface: abcdefghijklmnop, address: 192.0.2.1/24"),
       {"4:31: interface: 'abcdefghijklmnop' is longer than the 15 characters that the kernel allows"}},
      {"an interface's name with a slash",
       document("Address", "a", "nodes: [a], interface: eth/0, address: 192.0.2.1/24"),
       {"4:31: interface: 'eth/0' is not a name that the kernel allows (no '/', ':' or blanks)"}},
      {"a netmask of 0",
       empty_pool + document("VirtualService", "s",
                             "persistence: {granularity: 0.0.0.0}, address: 192.0.2.1, port: 80, forwarding: DR, pool: "
                             "p, nodes: [a]"),
       {"9:35: granularity: 0.0.0.0 would make all clients one; write 255.255.255.255 for each by itself"}},
      {"a netmask with host bits",
       empty_pool + document("VirtualService", "s",
                             "persistence: {granularity: 255.0.255.0}, address: 192.0.2.1, port: 80, forwarding: DR, "
                             "pool: p, nodes: [a]"),
       {"9:35: granularity: '255.0.255.0' is not a netmask (host bits are set)"}},
      {"a prefix length of 129",
       empty_pool +
           document(
               "VirtualService", "s",
               "persistence: {granularity: 129}, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:35: granularity must be 1..128, not 129"}},
  });
}

TEST_CASE("reader: limits") {
  check({
      {"VRID 256",
       document("VirtualRouter", "r",
                "virtualRouterId: 256, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}]"),
       {"4:25: virtualRouterId must be 1..255, not 256"}},
      {"priority 0",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, addresses: [192.0.2.1/24], routers: [{node: a, priority: 0}]"),
       {"4:99: priority must be 1..255, not 0"}},
      {"version 4",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, version: 4, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}]"),
       {"4:37: version must be 2 or 3, not 4"}},
      {"preemptDelay above 1000 s",
       document(
           "VirtualRouter", "r",
           "virtualRouterId: 1, preemptDelay: 1001s, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}]"),
       {"4:42: preemptDelay must be 0s..1000s, not '1001s'"}},
      {"a timer of 0",
       document("Director", "d", "nodes: [a], timeouts: {tcp: 0s}"),
       {"4:36: tcp must be 1s..2147483s, not '0s'"}},
      {"a timer of a month",
       document("Director", "d", "nodes: [a], timeouts: {udp: 720h}"),
       {"4:36: udp must be 1s..2147483s, not '720h'"}},
      {"persistence of 0 s",
       empty_pool +
           document("VirtualService", "s",
                    "persistence: {timeout: 0s}, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:31: timeout must be 1s..744h, not '0s'"}},
      {"persistence of 32 days",
       empty_pool +
           document("VirtualService", "s",
                    "persistence: {timeout: 768h}, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:31: timeout must be 1s..744h, not '768h'"}},
      {"fwmark 0",
       empty_pool + document("VirtualService", "s", "fwmark: 0, forwarding: NAT, pool: p, nodes: [a]"),
       {"9:16: fwmark must be 1..4294967295, not 0"}},
  });
}

TEST_CASE("reader: kernel parameters") {
  check({
      {"a sysctl that leaves /proc/sys",
       document("Sysctl", "y", "nodes: [a], values: {net/../../etc/passwd: 1}"),
       {"4:29: sysctl 'net/../../etc/passwd' is not the name of a kernel parameter, like net.ipv4.ip_forward"}},
      {"a sysctl with an absolute path",
       document("Sysctl", "y", "nodes: [a], values: {/proc/sys/net/ipv4/ip_forward: 1}"),
       {"4:29: sysctl '/proc/sys/net/ipv4/ip_forward' is not the name of a kernel parameter, like "
        "net.ipv4.ip_forward"}},
      {"a sysctl with blanks in its name",
       document("Sysctl", "y", "nodes: [a], values: {net.ipv4.ip forward: 1}"),
       {"4:29: sysctl 'net.ipv4.ip forward' may have only letters, digits, '_', '-', '.' and '/'"}},
      {"a sysctl of a list",
       document("Sysctl", "y", "nodes: [a], values: {net.ipv4.ip_forward: [1]}"),
       {"4:50: net.ipv4.ip_forward: expected a number or text, found a list"}},
      {"a sysctl without a value",
       document("Sysctl", "y", "nodes: [a], values: {net.ipv4.ip_forward: }"),
       {"4:50: 'net.ipv4.ip_forward' has no value; write one or remove the field"}},
      {"a sysctl of two lines",
       document("Sysctl", "y", "nodes: [a], values: {net.ipv4.ip_forward: \"1\\n2\"}"),
       {"4:50: sysctl 'net.ipv4.ip_forward' must be one line of plain text"}},
      {"tcp_tw_recycle",
       document("Sysctl", "y", "nodes: [a], values: {net.ipv4.tcp_tw_recycle: 1}"),
       {"4:29: sysctl 'net.ipv4.tcp_tw_recycle' is gone since Linux 4.12; remove it"}},
      {"conn_tab_bits",
       document("Director", "d", "nodes: [a], sysctls: {net.ipv4.vs.conn_tab_bits: 20}"),
       {"4:30: sysctl 'net.ipv4.vs.conn_tab_bits' is a module parameter of ip_vs, not a sysctl: write 'options ip_vs "
        "conn_tab_bits=N' in /etc/modprobe.d/ip_vs.conf"}},
  });
}
