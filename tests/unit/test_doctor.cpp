// `ballast doctor`: a healthy node gives no finding, and each fault its own.
#include <cerrno>

#include "controller/report/doctor_text.hpp"
#include "doctor_facts.hpp"

using namespace ballast;
using namespace ballast::testing;

TEST_CASE("doctor: what is wrong with the machine") {
  check({{"no ip_vs",
          [](Facts& facts) {
            facts.table.reset();
            facts.table_error = Error{"this kernel has no IPVS", ENOPROTOOPT};
            facts.modules.there.clear();
            facts.modules.loadable.clear();
          },
          {"broken: the kernel has no IPVS", "no file of it is below /lib/modules", "modprobe ip_vs"}},
         {"no ip_vs in a container, which does not see the host's modules",
          [](Facts& facts) {
            facts.table.reset();
            facts.table_error = Error{"this kernel has no IPVS", ENOPROTOOPT};
            facts.modules = {};
          },
          {"broken: the kernel has no IPVS", "modules cannot be seen from here", "on the host", "modprobe ip_vs"}},
         {"no scheduler",
          [](Facts& facts) { facts.modules.loadable.clear(); },
          {"broken: scheduler wrr is missing", "ip_vs_wrr is neither loaded", "modprobe ip_vs_wrr"}},
         {"capability",
          [](Facts& facts) { facts.capabilities = std::uint64_t{1} << 12; },
          {"broken: CAP_NET_RAW is missing", "0x1000"}},
         {"user namespace",
          [](Facts& facts) {
            facts.table.reset();
            facts.table_error = Error{"reading IPVS needs CAP_NET_ADMIN", EPERM};
          },
          {"broken: the kernel refuses", "initial user namespace"}},
         {"clock",
          [](Facts& facts) { facts.clock->unsynchronised = true; },
          {"at risk: the clock", "STA_UNSYNC", "neither chronyd"}},
         {"connection tracking nearly full",
          [](Facts& facts) { set(facts, "net.netfilter.nf_conntrack_count", "900"); },
          {"at risk: connection tracking is nearly full", "900 of nf_conntrack_max 1000"}},
         {"connection tracking full",
          [](Facts& facts) { set(facts, "net.netfilter.nf_conntrack_count", "1000"); },
          {"broken: connection tracking is full"}},
         {"tcp_tw_recycle",
          [](Facts& facts) { facts.sysctl_files[0].text += "net/ipv4/tcp_tw_recycle=1\n"; },
          {"without effect: net.ipv4.tcp_tw_recycle", "/etc/sysctl.d/lb.conf:3"}},
         {"tcp_tw_recycle where the kernel has it",
          [](Facts& facts) {
            facts.sysctl_files[0].text += "net.ipv4.tcp_tw_recycle = 1\n";
            set(facts, "net.ipv4.tcp_tw_recycle", "1");
          },
          {"broken: net.ipv4.tcp_tw_recycle drops"}},
         {"conn_tab_bits",
          [](Facts& facts) { facts.sysctl_files[0].text += "- net.ipv4.vs.conn_tab_bits = 20\n"; },
          {"without effect: net.ipv4.vs.conn_tab_bits", "lb.conf:3", "options ip_vs conn_tab_bits=20"}}},
        director(), "one");
}

TEST_CASE("doctor: what is wrong with a director") {
  check(
      {{"ip_forward",
        [](Facts& facts) { set(facts, "net.ipv4.ip_forward", "0"); },
        {"broken: this NAT director does not forward", "net.ipv4.ip_forward is 0", "sysctl -w net.ipv4.ip_forward=1"}},
       {"rp_filter",
        [](Facts& facts) {
          set(facts, interface_sysctl("eth0", "rp_filter"), "1");
          facts.routes[far_away] = Route{3, ip("203.0.113.254"), 0, false};
        },
        {"at risk: clients' packets to 192.0.2.100", "rp_filter of eth0 is 1", "leaves by eth1"}},
       {"a device that is not there",
        [](Facts& facts) { facts.links[1].name = "eth7"; },
        {"broken: the device eth0 of VirtualRouter web is missing"}},
       {"a DR member behind a router",
        [](Facts& facts) {
          facts.routes[ip("192.0.2.11")] = Route{2, ip("192.0.2.254"), 0, false};
        },
        {"broken: DR member 192.0.2.11 is not on this director's link", "via 192.0.2.254 dev eth0"}},
       {"no way",
        [](Facts& facts) { facts.routes[ip("198.51.100.12")] = std::nullopt; },
        {"broken: there is no way to the real server 198.51.100.12"}},
       {"MTU",
        [](Facts& facts) { facts.links[2].mtu = 1500; },
        {"at risk: the MTU on the way to TUN member 198.51.100.12", "takes 1500 bytes", "adds 20", "mtu 1520",
         "advmss 1440"}},
       {"its own member",
        [](Facts& facts) {
          const DestinationKey key{*ServiceKey::parse("tcp 192.0.2.200:80"), ip("192.0.2.1"), 80};
          Destination value;
          value.forwarding = Forwarding::dr;
          facts.table->destinations.push_back({key, value, {}});
        },
        {"broken: 192.0.2.1 directs tcp 192.0.2.200:80 to itself", "192.0.2.1:80"}},
       {"keepalived",
        [](Facts& facts) {
          facts.processes->push_back({77, "keepalived", "/usr/sbin/keepalived -D"});
        },
        {"broken: keepalived runs", "process 77: /usr/sbin/keepalived -D", "systemctl disable --now keepalived"}},
       {"keepalived at the next boot",
        [](Facts& facts) { facts.keepalived_at_boot = true; },
        {"at risk: keepalived starts at the next boot"}},
       {"kube-proxy",
        [](Facts& facts) {
          facts.processes->push_back({78, "kube-proxy", "kube-proxy --config=x"});
          facts.links.push_back({"kube-ipvs0", 9, false, false, {}, 1500});
        },
        {"broken: kube-proxy manages IPVS", "process 78", "kube-ipvs0"}},
       {"networkd",
        [](Facts& facts) { facts.network_files[1].text = "[Match]\nName=eth*\n[Network]\nDHCP=no\n"; },
        {"at risk: systemd-networkd takes VIPs off eth0", "eth0.network", "KeepConfiguration=static"}},
       {"networkd has the VIP",
        [](Facts& facts) { facts.network_files[0].text += "Address=192.0.2.100/24\n"; },
        {"broken: systemd-networkd sets the VIP 192.0.2.100", "eth1.network has Address=192.0.2.100/24"}},
       {"a firewall",
        [](Facts& facts) {
          facts.firewalls.push_back(
              read_iptables("*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p vrrp -j DROP\nCOMMIT\n", Family::ipv4));
        },
        {"broken: the firewall drops the other routers' advertisements of web (protocol 112)",
         "iptables -A INPUT -p vrrp -j DROP", "iptables -I INPUT -i eth0 -p vrrp -j ACCEPT"}}},
      director(), "one");
}

TEST_CASE("doctor: what is wrong with a real server") {
  check({{"no VIP",
          [](Facts& facts) { facts.addresses.pop_back(); },
          {"broken: this real server does not have the VIP 192.0.2.100", "ip addr add 192.0.2.100/32 dev lo"}},
         {"the VIP on another device",
          [](Facts& facts) { facts.addresses.back().key.interface = "eth0"; },
          {"broken: the VIP 192.0.2.100 is on the wrong device", "192.0.2.100/32 on eth0"}},
         {"a whole network on lo",
          [](Facts& facts) { facts.addresses.back().key.prefix.length = 24; },
          {"broken: this real server takes all of 192.0.2.100/24 for its own"}},
         {"arp_ignore",
          [](Facts& facts) { set(facts, interface_sysctl("all", "arp_ignore"), "0"); },
          {"broken: this real server answers ARP for the VIP 192.0.2.100", "arp_ignore of eth0 is 0"}},
         {"arp_announce",
          [](Facts& facts) { set(facts, interface_sysctl("all", "arp_announce"), "0"); },
          {"broken: this real server tells its neighbours", "arp_announce of eth0 is below 2"}},
         {"no tunnel device",
          [](Facts& facts) { facts.links.pop_back(); },
          {"broken: the tunnel device tunl0 is missing", "modprobe ipip"}},
         {"a tunnel device that is down",
          [](Facts& facts) { facts.links.back().up = false; },
          {"broken: the tunnel device tunl0 is down"}},
         {"rp_filter",
          [](Facts& facts) { set(facts, interface_sysctl("all", "rp_filter"), "1"); },
          {"broken: what comes out of tunl0 is dropped", "rp_filter of tunl0 is 1"}}},
        server(), "server");
}

TEST_CASE("doctor: one cause is told once, however many members it concerns") {
  Facts facts = director();
  facts.links[2].mtu = 1500;
  Part part = part_of(manifest(), "one", facts);
  auto& targets = part.services.back().targets;
  REQUIRE(targets.size() == 1);
  for (const char* address : {"198.51.100.13", "198.51.100.14"}) {
    targets.push_back(targets.front());
    targets.back().address = ip(address);
    facts.routes[ip(address)] = facts.routes[ip("198.51.100.12")];
  }
  const auto lines = lines_of(find_all(facts, part));
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("likewise of 2 members more") != std::string::npos);
}

TEST_CASE("doctor: without a manifest the kernel tells what a node is for") {
  Facts facts = director();
  Part part = observed_part("one", facts);
  CHECK(part.role() == "role unknown");
  CHECK(lines_of(find_all(facts, part)).empty());

  Service service;
  service.scheduler = "wrr";
  const ServiceKey key = *ServiceKey::parse("tcp 192.0.2.100:80");
  facts.table->services.push_back({key, service});
  Destination destination;
  destination.forwarding = Forwarding::dr;
  facts.table->destinations.push_back({{key, ip("192.0.2.11"), 80}, destination, {}});
  set(facts, "net.ipv4.vs.conntrack", "1");
  facts.wire->heard.insert(facts.wire->heard.begin() + 1, heard("192.0.2.2", peer_mac, false));
  part = observed_part("one", facts);
  CHECK(part.role() == "director");
  auto lines = lines_of(find_all(facts, part));
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with("broken: two nodes are MASTER of VRID 41 on eth0"));
  CHECK(lines[1].starts_with("at risk: IPVS connections fill connection tracking"));

  facts = server();
  part = observed_part("server", facts);
  CHECK(part.role() == "real server");
  CHECK(lines_of(find_all(facts, part)).empty());
  set(facts, interface_sysctl("all", "arp_ignore"), "0");
  CHECK(lines_of(find_all(facts, part)).size() == 1);
  // Of another network: an address of this machine, and no VIP.
  facts.addresses.back().key.prefix = *Prefix::parse("198.51.100.1/32");
  CHECK(observed_part("server", facts).role() == "role unknown");
}

TEST_CASE("doctor: people and machines are told the same") {
  Facts facts = server();
  set(facts, interface_sysctl("all", "arp_ignore"), "0");
  const Manifest wanted = manifest();
  Diagnosis diagnosis{"server",    "real server",
                      "m",         find_all(facts, part_of(wanted, "server", facts)),
                      {"sysctls"}, {"the firewall\x1b[31m: nft does not end"}};
  CHECK(diagnosis_text(diagnosis, Palette(false)) ==
        "server (real server): 1 finding\n"
        "\n"
        "broken\n"
        "  this real server answers ARP for the VIP 192.0.2.100: clients may reach it instead of the\n"
        "  director\n"
        "    evidence: arp_ignore of eth0 is 0 (the larger of all and its own)\n"
        "    do:       sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.lo.arp_ignore=1; a\n"
        "              RealServer document keeps it\n"
        "    manifest: m:34\n"
        "\n"
        "looked at: sysctls\n"
        "not looked at: the firewall?[31m: nft does not end\n");
  const std::string json = diagnosis_json(diagnosis);
  for (const char* part : {"\"severity\": \"broken\"", "\"evidence\": \"arp_ignore of eth0 is 0",
                           "\"manifest\": \"m:34:", "\"lookedAt\": [\n    \"sysctls\"", "\"notLookedAt\""}) {
    CAPTURE(json);
    CHECK(json.find(part) != std::string::npos);
  }
  diagnosis.findings.clear();
  diagnosis.not_looked_at.clear();
  CHECK(diagnosis_text(diagnosis, Palette(false)) == "server (real server): nothing wrong found; looked at sysctls\n");
}
