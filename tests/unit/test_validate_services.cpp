// What is wrong with services and pools beyond a single field: one case for each rule.
#include "tests/unit/manifest_text.hpp"

namespace {

using ballast::testing::check;
using ballast::testing::document;
const std::string empty_pool = document("Pool", "p", "members: []");

}  // namespace

TEST_CASE("validate: what identifies a service") {
  check({
      {"two pools of one name", empty_pool + empty_pool, {"8:18: duplicate Pool 'p' (first at m:3:18)"}},
      {"two objects of one name, of every other kind",
       empty_pool +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]") +
           document("VirtualService", "s", "address: 192.0.2.2, port: 80, forwarding: DR, pool: p, nodes: [a]") +
           document("VirtualRouter", "r",
                    "virtualRouterId: 1, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}]") +
           document("VirtualRouter", "r",
                    "virtualRouterId: 2, interface: e, addresses: [192.0.2.2/24], routers: [{node: a}]") +
           document("RealServer", "x", "nodes: [b], addresses: [192.0.2.1]") +
           document("RealServer", "x", "nodes: [c], addresses: [192.0.2.1]") +
           document("Director", "d", "nodes: [b], timeouts: {tcp: 1s}") +
           document("Director", "d", "nodes: [c], timeouts: {tcp: 1s}") +
           document("Sysctl", "y", "nodes: [b], values: {net.x: 1}") +
           document("Sysctl", "y", "nodes: [c], values: {net.x: 1}") +
           document("Address", "v", "nodes: [b], interface: e, address: 192.0.2.3/32") +
           document("Address", "v", "nodes: [c], interface: e, address: 192.0.2.3/32"),
       {"13:18: duplicate VirtualService 's' (first at m:8:18)",
        "23:18: duplicate VirtualRouter 'r' (first at m:18:18)", "33:18: duplicate RealServer 'x' (first at m:28:18)",
        "43:18: duplicate Director 'd' (first at m:38:18)", "53:18: duplicate Sysctl 'y' (first at m:48:18)",
        "63:18: duplicate Address 'v' (first at m:58:18)"}},
      {"a pool that is not there",
       document("Pool", "nginx", "members: []") +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: ngnix, nodes: [a]"),
       {"9:60: there is no Pool 'ngnix' (did you mean 'nginx'?)"}},
      {"address and fwmark",
       empty_pool + document("VirtualService", "s",
                             "fwmark: 7, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:16: a service has either 'address' or 'fwmark'; remove one of them"}},
      {"neither address nor fwmark",
       empty_pool + document("VirtualService", "s", "port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"8:18: missing field 'address' (or 'fwmark' instead of it)"}},
      {"no port",
       empty_pool + document("VirtualService", "s", "address: 192.0.2.1, forwarding: DR, pool: p, nodes: [a]"),
       {"8:18: missing field 'port'; with persistence, port: 0 means every port of the address"}},
      {"port 0 without persistence",
       empty_pool + document("VirtualService", "s", "address: 192.0.2.1, port: 0, forwarding: DR, pool: p, nodes: [a]"),
       {"9:34: port must be 1..65535; 0 means every port, which only a service with 'persistence' can have"}},
      {"family of an address service",
       empty_pool + document("VirtualService", "s",
                             "family: IPv4, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:16: 'family' belongs to a fwmark service; the address says it here"}},
      {"port and protocol of a fwmark service",
       empty_pool +
           document("VirtualService", "s", "fwmark: 7, port: 80, protocol: UDP, forwarding: NAT, pool: p, nodes: [a]"),
       {"9:25: a fwmark service takes the ports its mark was set on; remove 'port'",
        "9:39: a fwmark service takes the protocols its mark was set on; remove 'protocol'"}},
      {"a fwmark service without nodes",
       empty_pool + document("VirtualService", "s", "fwmark: 7, forwarding: NAT, pool: p"),
       {"8:18: missing field 'nodes': a fwmark service has no address to follow"}},
      {"an address that nobody holds",
       empty_pool + document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p"),
       {"9:17: no node serves 192.0.2.1: write 'nodes' here, or a VirtualRouter or Address that holds the address"}},
      {"one key twice on a node",
       empty_pool +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]") +
           document("VirtualService", "t", "address: 192.0.2.1, port: 80, forwarding: NAT, pool: p, nodes: [b, a]"),
       {"14:17: tcp 192.0.2.1:80 is also served by VirtualService/s on node 'a' (first at m:8:18)"}},
      {"one key twice where the address is held",
       empty_pool + document("Address", "x", "nodes: [a], interface: e, address: 192.0.2.1/32") +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p") +
           document("VirtualService", "t", "address: 192.0.2.1, port: 80, forwarding: NAT, pool: p, nodes: [a]"),
       {"19:17: tcp 192.0.2.1:80 is also served by VirtualService/s on node 'a' (first at m:13:18)"}},
      {"one fwmark twice on a node",
       empty_pool + document("VirtualService", "s", "fwmark: 7, forwarding: NAT, pool: p, nodes: [a]") +
           document("VirtualService", "t", "fwmark: 7, forwarding: DR, pool: p, nodes: [a]"),
       {"14:16: fwmark 7 is also served by VirtualService/s on node 'a' (first at m:8:18)"}},
      {"a node twice",
       empty_pool +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a, b, a]"),
       {"9:77: node 'a' is listed twice (first at m:9:71)"}},
  });
}

TEST_CASE("validate: schedulers and persistence") {
  check({
      {"a flag of another scheduler",
       empty_pool + document("VirtualService", "s",
                             "scheduler: wrr, schedulerFlags: [sh-port, mh-fallback], address: 192.0.2.1, port: 80, "
                             "forwarding: DR, pool: p, nodes: [a]"),
       {"9:41: sh-port needs scheduler: sh, not wrr", "9:50: mh-fallback needs scheduler: mh, not wrr"}},
      {"the other flags of another scheduler",
       empty_pool +
           document("VirtualService", "s",
                    "protocol: UDP, scheduler: sh, schedulerFlags: [mh-port, ops], address: 192.0.2.1, port: 80, "
                    "forwarding: DR, pool: p, nodes: [a]") +
           document("VirtualService", "t",
                    "address: 192.0.2.2, port: 80, scheduler: mh, schedulerFlags: [sh-fallback], forwarding: DR, pool: "
                    "p, nodes: [a]"),
       {"9:55: mh-port needs scheduler: mh, not sh", "14:70: sh-fallback needs scheduler: sh, not mh"}},
      {"a flag twice",
       empty_pool + document("VirtualService", "s",
                             "scheduler: sh, schedulerFlags: [sh-port, sh-port], address: 192.0.2.1, port: 80, "
                             "forwarding: DR, pool: p, nodes: [a]"),
       {"9:49: sh-port is listed twice (first at m:9:40)"}},
      {"ops of TCP",
       empty_pool +
           document("VirtualService", "s",
                    "schedulerFlags: [ops], address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:25: ops (each datagram by itself) needs protocol: UDP, not TCP"}},
      {"engine sip of TCP",
       empty_pool +
           document("VirtualService", "s",
                    "persistence: {engine: sip}, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:30: engine sip needs protocol: UDP, not TCP"}},
      {"persistence of fractions",
       empty_pool +
           document(
               "VirtualService", "s",
               "persistence: {timeout: 1500ms}, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:31: persistence timeout must be whole seconds"}},
      {"a prefix length for IPv4",
       empty_pool +
           document(
               "VirtualService", "s",
               "persistence: {granularity: 24}, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:35: granularity of an IPv4 service is a netmask, like 255.255.255.0"}},
      {"a netmask for IPv6",
       empty_pool + document("VirtualService", "s",
                             "persistence: {granularity: 255.255.255.0}, address: '2001:db8::1', port: 80, forwarding: "
                             "DR, pool: p, nodes: [a]"),
       {"9:35: granularity of an IPv6 service is a prefix length, 1..128"}},
  });
}

TEST_CASE("validate: what no VIP can be") {
  check({
      {"a multicast VIP",
       empty_pool +
           document("VirtualService", "s", "address: 224.0.0.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:17: 224.0.0.1 is a multicast address; a VIP must be a unicast address"}},
      {"a loopback VIP",
       empty_pool + document("VirtualService", "s", "address: '::1', port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:17: ::1 is a loopback address; a VIP must be a unicast address"}},
      {"an unspecified VIP",
       empty_pool + document("VirtualService", "s", "address: 0.0.0.0, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:17: 0.0.0.0 is the unspecified address; a VIP must be a unicast address"}},
  });
}

TEST_CASE("validate: a service and its pool") {
  check({
      {"a port that DR cannot change",
       document("Pool", "p", "members: [{address: 10.0.0.1, port: 8080}]") +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"4:44: port 8080 differs from port 80 of service 's'; DR cannot change the port"}},
      {"a port that an overriding TUN cannot change",
       document("Pool", "p", "members: [{address: 10.0.0.1, port: 8080, forwarding: TUN}]") +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: NAT, pool: p, nodes: [a]"),
       {"4:44: port 8080 differs from port 80 of service 's'; TUN cannot change the port"}},
      {"a port that an overriding DR cannot change",
       document("Pool", "p",
                "members: [{address: 10.0.0.1, port: 8080, forwarding: DR}, {address: 10.0.0.2, port: 8080}]") +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: NAT, pool: p, nodes: [a]"),
       {"4:44: port 8080 differs from port 80 of service 's'; DR cannot change the port"}},
      {"one of many ports",
       document("Pool", "p", "members: [{address: 10.0.0.1, port: 80}, {address: 10.0.0.2, port: 81}]") +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"4:75: port 81 differs from port 80 of service 's'; DR cannot change the port"}},
      {"a port of a fwmark service's DR member",
       document("Pool", "p", "members: [{address: 10.0.0.1, port: 80}]") +
           document("VirtualService", "s", "fwmark: 7, forwarding: DR, pool: p, nodes: [a]"),
       {"4:44: DR cannot change the port, and fwmark service 's' has many; remove port 80"}},
      {"a port of an every-port service's DR member",
       document("Pool", "p", "members: [{address: 10.0.0.1, port: 80}]") +
           document("VirtualService", "s",
                    "address: 192.0.2.1, port: 0, persistence: {}, forwarding: DR, pool: p, nodes: [a]"),
       {"4:44: DR cannot change the port, and service 's' has every port; remove port 80"}},
      {"families mixed through DR",
       document("Pool", "p", "members: [{address: '2001:db8::1'}, {address: 10.0.0.1}]") +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"4:28: 2001:db8::1 is IPv6 but service 's' is IPv4; only TUN can cross families, not DR"}},
      {"families mixed through an overriding NAT",
       document("Pool", "p", "members: [{address: 10.0.0.1, forwarding: NAT}]") +
           document("VirtualService", "s", "address: '2001:db8::1', port: 80, forwarding: TUN, pool: p, nodes: [a]"),
       {"4:28: 10.0.0.1 is IPv4 but service 's' is IPv6; only TUN can cross families, not NAT"}},
      {"a tunnel without TUN",
       empty_pool + document("VirtualService", "s",
                             "tunnel: {type: gre}, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:23: 'tunnel' needs forwarding TUN, not DR"}},
      {"a tunnel without TUN or type",
       empty_pool +
           document("VirtualService", "s",
                    "tunnel: {checksum: full}, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]") +
           document("VirtualService", "t",
                    "tunnel: {port: 6080}, address: 192.0.2.2, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:27: an ipip tunnel has no checksum; remove it", "9:27: 'tunnel' needs forwarding TUN, not DR",
        "14:23: an ipip tunnel has no port; remove it, or write type: gue",
        "14:23: 'tunnel' needs forwarding TUN, not DR"}},
      {"a member's tunnel without TUN",
       document("Pool", "p",
                "members: [{address: 10.0.0.1, tunnel: {type: gre}}, {address: 10.0.0.2, forwarding: NAT, tunnel: "
                "{type: gre}}]") +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"4:53: 'tunnel' needs forwarding TUN, service 's' has DR", "4:92: 'tunnel' needs forwarding TUN, not NAT"}},
      {"gue without a port",
       document("Pool", "p", "members: [{address: 10.0.0.1, forwarding: TUN, tunnel: {type: gue}}]"),
       {"4:70: a gue tunnel needs 'port', the receiver's UDP port"}},
      {"ipip with a port and a checksum",
       document("Pool", "p", "members: [{address: 10.0.0.1, forwarding: TUN, tunnel: {port: 6080, checksum: full}}]"),
       {"4:70: an ipip tunnel has no port; remove it, or write type: gue",
        "4:86: an ipip tunnel has no checksum; remove it"}},
      {"gre with a remote checksum",
       document("Pool", "p", "members: [{address: 10.0.0.1, forwarding: TUN, tunnel: {type: gre, checksum: remote}}]"),
       {"4:85: a gre tunnel knows the checksums none and full; remote needs type: gue"}},
      {"thresholds crossed",
       document("Pool", "p",
                "members: [{address: 10.0.0.1, upperThreshold: 5, lowerThreshold: 6}, {address: 10.0.0.2, "
                "lowerThreshold: 6}]"),
       {"4:73: lowerThreshold 6 is above upperThreshold 5",
        "4:113: lowerThreshold 6 needs an upperThreshold of at least as much"}},
      {"a member twice",
       document("Pool", "p", "members: [{address: 10.0.0.1}, {address: 10.0.0.1, port: 80}, {address: 10.0.0.1}]"),
       {"4:80: member 10.0.0.1 is listed twice (first at m:4:28)"}},
      {"a member twice as the service sees it",
       document("Pool", "p", "members: [{address: 10.0.0.1}, {address: 10.0.0.1, port: 80}]") +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"4:49: member 10.0.0.1:80 is listed twice: without a port it is 80 in service 's'"}},
      {"a multicast member",
       document("Pool", "p", "members: [{address: 224.0.0.1}]"),
       {"4:28: 224.0.0.1 cannot be a real server's address"}},
      {"a sorry server's port, family and place",
       document("Pool", "p", "members: [{address: 10.0.0.1}]") +
           document("VirtualService", "s",
                    "sorryServer: {address: 10.0.0.2, port: 81}, address: 192.0.2.1, port: 80, forwarding: DR, pool: "
                    "p, nodes: [a]") +
           document("VirtualService", "t",
                    "sorryServer: {address: '2001:db8::1'}, address: 192.0.2.2, port: 80, forwarding: DR, pool: p, "
                    "nodes: [a]") +
           document(
               "VirtualService", "v",
               "sorryServer: {address: 224.0.0.1}, address: 192.0.2.4, port: 80, forwarding: DR, pool: p, nodes: [a]") +
           document(
               "VirtualService", "u",
               "sorryServer: {address: 10.0.0.1}, address: 192.0.2.3, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:47: port 81 differs from port 80 of service 's'; DR cannot change the port",
        "14:31: 2001:db8::1 is IPv6 but service 't' is IPv4; only TUN can cross families, not DR",
        "19:31: 224.0.0.1 cannot be a server's address",
        "24:31: the sorry server is also a member of Pool 'p' (first at m:4:18)"}},
  });
}

TEST_CASE("validate: sound services") {
  check({
      {"an unused pool", empty_pool, {}},
      {"every port",
       document("Pool", "p", "members: [{address: 10.0.0.1}]") +
           document("VirtualService", "s",
                    "address: 192.0.2.1, port: 0, persistence: {}, forwarding: DR, pool: p, nodes: [a]"),
       {}},
      {"ports through NAT",
       document("Pool", "p", "members: [{address: 10.0.0.1, port: 8080}, {address: 10.0.0.1, port: 8081}]") +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: NAT, pool: p, nodes: [a]") +
           document("VirtualService", "t", "fwmark: 7, forwarding: NAT, pool: p, nodes: [a]"),
       {}},
      {"families mixed through TUN",
       document("Pool", "p", "members: [{address: '2001:db8::1'}]") +
           document("VirtualService", "s",
                    "address: 192.0.2.1, port: 80, forwarding: TUN, tunnel: {type: gue, port: 6080, checksum: remote}, "
                    "pool: p, nodes: [a]"),
       {}},
      {"one key on different nodes",
       empty_pool +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]") +
           document("VirtualService", "t", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [b]"),
       {}},
      {"one key, one for each protocol",
       empty_pool +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]") +
           document("VirtualService", "t",
                    "address: 192.0.2.1, port: 80, protocol: UDP, schedulerFlags: [ops], forwarding: DR, pool: p, "
                    "nodes: [a]"),
       {}},
      {"a service that follows its address",
       empty_pool + document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p") +
           document("Address", "x", "nodes: [a], interface: lo, address: 192.0.2.1"),
       {}},
  });
}
