// What is wrong with VIPs, VRRP groups and the settings of machines beyond a single field: one case for each rule.
#include "tests/unit/manifest_text.hpp"

namespace {

using ballast::testing::check;
using ballast::testing::document;
const std::string empty_pool = document("Pool", "p", "members: []");

std::string addresses(int count) {
  std::string list;
  for (int i = 1; i <= count; ++i) {
    list += (i > 1 ? ", 10.0." : "10.0.") + std::to_string(i / 256) + "." + std::to_string(i % 256) + "/8";
  }
  return list;
}

}  // namespace

TEST_CASE("validate: VRRP groups") {
  check({
      {"a router without an interface",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, addresses: [192.0.2.1/24], routers: [{node: a, interface: e}, {node: b}]"),
       {"4:97: router 'b' has no interface; write 'interface' here or in the VirtualRouter"}},
      {"a router's node twice",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}, {node: a}]"),
       {"4:97: node 'a' is listed twice (first at m:4:86)"}},
      {"no addresses and no routers",
       document("VirtualRouter", "r", "virtualRouterId: 1, interface: e, addresses: [], routers: []"),
       {"4:53: addresses is empty; write an entry", "4:66: routers is empty; write an entry"}},
      {"version 2 with a fraction of a second",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, version: 2, advertisementInterval: 1500ms, addresses: "
                "[192.0.2.1/24], routers: [{node: a}]"),
       {"4:77: advertisementInterval must be whole seconds, 1s..255s, in version 2"}},
      {"version 3 above 40.95 s",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, advertisementInterval: 41s, addresses: [192.0.2.1/24], routers: "
                "[{node: a}]"),
       {"4:65: advertisementInterval must be 10ms..40950ms in steps of 10ms, in version 3"}},
      {"version 3 between centiseconds",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, advertisementInterval: 15ms, addresses: [192.0.2.1/24], routers: "
                "[{node: a}]"),
       {"4:65: advertisementInterval must be 10ms..40950ms in steps of 10ms, in version 3"}},
      {"version 2 with IPv6",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, version: 2, addresses: ['2001:db8::1/64'], routers: [{node: a}]"),
       {"4:66: VRRP version 2 carries IPv4 only; write version: 3"}},
      {"256 addresses in a group",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, addresses: [" + addresses(256) + "], routers: [{node: a}]"),
       {"4:3516: 256 addresses, and 255 fit into an advertisement with an MTU of 1500; write 'advertised: false' with "
        "the "
        "others, which are then held without being in it"}},
      {"families mixed in a group",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, addresses: [192.0.2.1/24, '2001:db8::1/64'], routers: [{node: a}]"),
       {"4:68: a VirtualRouter carries one address family; 192.0.2.1/24 is of the other: write a second "
        "VirtualRouter"}},
      {"a delay without preemption",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, preempt: false, preemptDelay: 1s, addresses: [192.0.2.1/24], "
                "routers: [{node: a}]"),
       {"4:72: preemptDelay has no effect with preempt: false; remove one of them"}},
      {"one VRID twice on a link",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}]") +
           document("VirtualRouter", "q",
                    "virtualRouterId: 1, interface: e, addresses: [192.0.2.2/24], routers: [{node: b}, {node: a}]"),
       {"9:25: virtualRouterId 1 is also that of VirtualRouter/r on e of node 'a' (first at m:4:25)"}},
  });
}

TEST_CASE("validate: who holds an address") {
  check({
      {"one address in two groups of a node",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}]") +
           document("VirtualRouter", "q",
                    "virtualRouterId: 2, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}]"),
       {"9:54: 192.0.2.1 is also held by VirtualRouter/r on node 'a' (first at m:4:54)"}},
      {"one address in a group and by itself",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}]") +
           document("Address", "x", "nodes: [b, a], interface: e, address: 192.0.2.1/32"),
       {"9:46: 192.0.2.1 is also held by VirtualRouter/r on node 'a' (first at m:4:54)"}},
      {"one address twice in a group",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, addresses: [192.0.2.1/24, 192.0.2.1/32], routers: [{node: a}]"),
       {"4:68: 192.0.2.1 is also held by VirtualRouter/r on node 'a' (first at m:4:54)"}},
      {"the network's own address",
       document("Address", "x", "nodes: [a], interface: e, address: 192.168.197.0/24"),
       {"4:43: 192.168.197.0/24 is the network's own address; a VIP must be a host in it"}},
      {"the network's broadcast address",
       document("Address", "x", "nodes: [a], interface: e, address: 192.168.197.255/24"),
       {"4:43: 192.168.197.255/24 is the network's broadcast address; a VIP must be a host in it"}},
      {"a prefix length of 0",
       document("Address", "x", "nodes: [a], interface: e, address: 192.168.197.1/0"),
       {"4:43: 192.168.197.1/0: a prefix length of 0 would make every address local"}},
      {"a loopback address",
       document("Address", "x", "nodes: [a], interface: e, address: 127.0.0.1/8"),
       {"4:43: 127.0.0.1 is a loopback address; a VIP must be a unicast address"}},
      {"a label of another interface",
       document("Address", "x", "nodes: [a], interface: eth0, address: 192.0.2.1/24, label: 'eth1:0'"),
       {"4:67: label 'eth1:0' must be 'eth0:' and a word, 15 characters at most"}},
      {"a label that is too long",
       document("Address", "x", "nodes: [a], interface: eth0, address: 192.0.2.1/24, label: 'eth0:12345678901'"),
       {"4:67: label 'eth0:12345678901' must be 'eth0:' and a word, 15 characters at most"}},
      {"a label of an IPv6 address",
       document("Address", "x", "nodes: [a], interface: eth0, address: '2001:db8::1/64', label: 'eth0:0'"),
       {"4:71: only IPv4 addresses have labels; remove it"}},
  });
}

TEST_CASE("validate: real servers") {
  check({
      {"a RealServer of nothing",
       document("RealServer", "x", "nodes: [a]"),
       {"3:18: a RealServer needs 'pools' or 'addresses', to know its VIPs"}},
      {"a RealServer of unknown pools",
       document("RealServer", "x", "nodes: [a], pools: [p]"),
       {"4:28: there is no Pool 'p'"}},
      {"a RealServer whose pool has no VIP",
       empty_pool + document("VirtualService", "s", "fwmark: 7, forwarding: DR, pool: p, nodes: [a]") +
           document("RealServer", "x", "nodes: [b], pools: [p]"),
       {"14:28: no service with an address uses these pools through DR or TUN, so no VIP follows from them; write "
        "'addresses'"}},
      {"a RealServer behind NAT",
       empty_pool +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: NAT, pool: p, nodes: [a]") +
           document("RealServer", "x", "nodes: [b], pools: [p]"),
       {"14:28: no service with an address uses these pools through DR or TUN, so no VIP follows from them; write "
        "'addresses'"}},
      {"a RealServer behind gue",
       document("Pool", "p", "members: [{address: 192.0.2.9}]") +
           document(
               "VirtualService", "s",
               "address: 192.0.2.1, port: 80, forwarding: TUN, tunnel: {type: gue, port: 6080}, pool: p, nodes: [a]") +
           document("RealServer", "x", "nodes: [b], pools: [p]"),
       {"14:28: service 's' sends through gue, whose receiving port Ballast does not set up: make it with \"ip fou add "
        "port PORT gue\", and write 'addresses' and 'tunnels' instead of this pool"}},
      {"a RealServer that receives IPv4 through IPv6",
       document("Pool", "p", "members: [{address: '2001:db8::9'}]") +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: TUN, pool: p, nodes: [a]") +
           document("RealServer", "x", "nodes: [b], pools: [p]"),
       {"14:28: service 's' sends IPv4 through IPv6, for which a real server needs a tunnel device of its own: make it "
        "with \"ip link add ... type ip6tnl mode ipip6\", and write 'addresses' instead of this pool"}},
      {"a RealServer's tunnel that is none",
       document("RealServer", "x", "nodes: [b], addresses: [192.0.2.1], tunnels: [tun0]"),
       {"4:54: tunnels must be tunl0, gre0, ip6tnl0, ip6gre0 or sit0, not 'tun0' (did you mean 'tunl0'?)"}},
      {"a RealServer's pool twice",
       empty_pool +
           document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]") +
           document("RealServer", "x", "nodes: [b], pools: [p, p]"),
       {"14:31: pool 'p' is listed twice (first at m:14:28)"}},
  });
}

TEST_CASE("validate: settings of a node") {
  check({
      {"a Director of nothing",
       document("Director", "d", "nodes: [a]"),
       {"3:18: a Director needs 'timeouts', 'sysctls', 'syncDaemon' or 'notify'"}},
      {"a timer of fractions",
       document("Director", "d", "nodes: [a], timeouts: {tcp: 1500ms}"),
       {"4:36: timeout tcp must be whole seconds"}},
      {"timers that contradict",
       document("Director", "d", "nodes: [a, b], timeouts: {tcp: 900s, udp: 300s}") +
           document("Director", "e", "nodes: [b], timeouts: {tcp: 800s, udp: 5m}"),
       {"9:36: tcp is 800s here but 900s in Director/d, both on node 'b' (first at m:4:39)"}},
      {"sysctls that contradict",
       document("Director", "d", "nodes: [a], sysctls: {net.ipv4.ip_forward: 1}") +
           document("Sysctl", "y", "nodes: [a], values: {net/ipv4/ip_forward: 0}"),
       {"9:29: net.ipv4.ip_forward is 0 here but 1 in Director/d, both on node 'a' (first at m:4:30)"}},
  });
}

TEST_CASE("validate: sound machines") {
  check({
      {"one VRID for each family",
       document("VirtualRouter", "r",
                "virtualRouterId: 1, interface: e, addresses: [192.0.2.1/24], routers: [{node: a}]") +
           document("VirtualRouter", "q",
                    "virtualRouterId: 1, interface: e, addresses: ['2001:db8::1/64'], routers: [{node: a}]"),
       {}},
      {"equal settings from two documents",
       document("Director", "d", "nodes: [a], sysctls: {net.ipv4.ip_forward: 1}, timeouts: {tcp: 60s}") +
           document("Director", "e", "nodes: [a], timeouts: {tcp: 1m}") +
           document("Sysctl", "y", "nodes: [a], values: {net/ipv4/ip_forward: '1'}"),
       {}},
      {"both addresses of a /31",
       document("Address", "x", "nodes: [a], interface: e, address: 192.0.2.0/31") +
           document("Address", "y", "nodes: [a], interface: e, address: 192.0.2.1/31"),
       {}},
      {"a RealServer behind a fwmark with its address",
       empty_pool + document("VirtualService", "s", "fwmark: 7, forwarding: DR, pool: p, nodes: [a]") +
           document("RealServer", "x", "nodes: [b], pools: [p], addresses: [192.0.2.1]"),
       {}},
      {"a label",
       document("Address", "x",
                "nodes: [a], interface: eth0, address: 192.0.2.1/24, label: 'eth0:1234567890', scope: link"),
       {}},
  });
}
