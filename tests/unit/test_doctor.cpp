// `ballast doctor`: a healthy node gives no finding, and each fault its own.
#include <cerrno>
#include <functional>

#include <doctest/doctest.h>

#include "controller/doctor/checks.hpp"
#include "controller/report/doctor_text.hpp"
#include "manifest_text.hpp"

namespace {

using namespace ballast;
using namespace ballast::doctor;
using namespace std::chrono_literals;
using testing::document;

IpAddress ip(const std::string& text) {
  return *IpAddress::parse(text);
}

constexpr MacAddress own_mac{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress peer_mac{{2, 0, 0, 0, 0, 2}};
constexpr MacAddress server_mac{{2, 0, 0, 0, 0, 0x11}};

const std::string manifest_text =
    document("VirtualRouter", "web",
             "virtualRouterId: 41, interface: eth0, addresses: [192.0.2.100/24], routers: [{node: one}, {node: two}]") +
    document("VirtualService", "dr", "address: 192.0.2.100, port: 80, scheduler: wrr, forwarding: DR, pool: near") +
    document("VirtualService", "nat", "address: 192.0.2.100, port: 81, scheduler: wrr, forwarding: NAT, pool: near") +
    document("VirtualService", "tun", "address: 192.0.2.100, port: 82, scheduler: wrr, forwarding: TUN, pool: far") +
    document("Pool", "near", "members: [{address: 192.0.2.11}]") +
    document("Pool", "far", "members: [{address: 198.51.100.12}]") +
    document("RealServer", "near", "nodes: [server], pools: [near, far]");

Manifest manifest() {
  ReadOutcome outcome = read_and_validate({{"m", manifest_text}});
  REQUIRE(testing::texts_of(outcome.diagnostics).empty());
  return std::move(outcome.manifest);
}

void add_device(Facts& facts, const std::string& name, int index, const MacAddress& mac, std::uint32_t mtu) {
  facts.links.push_back({name, index, true, false, mac, mtu});
  for (const char* setting : {"rp_filter", "arp_ignore", "arp_announce"}) {
    facts.sysctls[interface_sysctl(name, setting)] = "0";
  }
}

void add_address(Facts& facts, const std::string& interface, const std::string& prefix) {
  AddressEvent address;
  address.added = true;
  address.key = {interface, *Prefix::parse(prefix)};
  facts.addresses.push_back(address);
}

Heard heard(const std::string& source, const MacAddress& mac, bool own, const std::string& vip = "192.0.2.100") {
  vrrp::Advertisement message;
  message.vrid = 41;
  message.addresses = {ip(vip)};
  return {"eth0", ip(source), mac, own, message};
}

Facts machine() {
  Facts facts;
  facts.capabilities = ~std::uint64_t{0};
  facts.modules.listed = true;
  facts.modules.there = {"ip_vs"};
  facts.modules.loadable = {"ip_vs_wrr"};
  facts.sysctls = {{"net.ipv4.ip_forward", "1"},
                   {"net.ipv4.vs.conntrack", "0"},
                   {"net.netfilter.nf_conntrack_count", "10"},
                   {"net.netfilter.nf_conntrack_max", "1000"}};
  facts.sysctls[interface_sysctl("all", "rp_filter")] = "0";
  facts.processes = {{1, "systemd-networkd", "/lib/systemd/systemd-networkd"}};
  facts.clock = Clock{};
  add_device(facts, "lo", 1, {}, 65536);
  add_address(facts, "lo", "127.0.0.1/8");
  facts.sysctl_files = {{"/etc/sysctl.d/lb.conf", "# net.ipv4.tcp_tw_recycle = 1\nnet.ipv4.ip_forward = 1\n"}};
  facts.network_files = {{"eth1.network", "[Match]\nName=eth1\n[Network]\nAddress=192.0.2.77/24\n"},
                         {"eth0.network", "[Match]\nName=eth0\n[Network]\nKeepConfiguration=static\n"}};
  return facts;
}

/// The MASTER, which hears a BACKUP's neighbour answer for itself.
Facts director() {
  Facts facts = machine();
  facts.sysctls[interface_sysctl("all", "arp_ignore")] = "0";
  facts.sysctls[interface_sysctl("all", "arp_announce")] = "0";
  add_device(facts, "eth0", 2, own_mac, 1500);
  add_device(facts, "eth1", 3, own_mac, 1520);
  add_address(facts, "eth0", "192.0.2.1/24");
  add_address(facts, "eth0", "192.0.2.100/24");
  facts.table.emplace();
  facts.routes[far_away] = Route{2, ip("192.0.2.254"), 0, false};
  facts.routes[ip("192.0.2.11")] = Route{2, std::nullopt, 0, false};
  facts.routes[ip("198.51.100.12")] = Route{3, ip("203.0.113.254"), 0, false};
  Wire wire;
  wire.listened = 3200ms;
  for (int i = 0; i < 3; ++i) wire.heard.push_back(heard("192.0.2.1", own_mac, true));
  wire.answers = {{"eth0", ip("192.0.2.11"), server_mac}};
  facts.wire = wire;
  return facts;
}

Facts server() {
  Facts facts = machine();
  facts.sysctls[interface_sysctl("all", "arp_ignore")] = "1";
  facts.sysctls[interface_sysctl("all", "arp_announce")] = "2";
  add_device(facts, "eth0", 2, server_mac, 1500);
  add_device(facts, "tunl0", 3, {}, 1480);
  add_address(facts, "eth0", "192.0.2.11/24");
  add_address(facts, "lo", "192.0.2.100/32");
  return facts;
}

/// One finding a line: "broken: what | evidence | do".
std::vector<std::string> lines_of(const Findings& findings) {
  std::vector<std::string> lines;
  for (const Finding& each : findings) {
    lines.push_back(std::string(text_of(each.severity)) + ": " + each.what + " | " + each.evidence + " | " +
                    each.remedy);
  }
  return lines;
}

std::vector<std::string> found(const Facts& facts, const std::string& node) {
  const Manifest wanted = manifest();
  return lines_of(find_all(facts, part_of(wanted, node, facts)));
}

struct Fault {
  std::string name;
  std::function<void(Facts&)> plant;
  std::vector<std::string> words;  ///< of the one finding
};

void check(const std::vector<Fault>& faults, const Facts& healthy, const std::string& node) {
  CHECK(found(healthy, node) == std::vector<std::string>{});
  for (const Fault& fault : faults) {
    CAPTURE(fault.name);
    Facts facts = healthy;
    fault.plant(facts);
    const auto lines = found(facts, node);
    CHECK(lines.size() == 1);
    for (const std::string& line : lines) {
      CAPTURE(line);
      for (const std::string& word : fault.words) {
        CAPTURE(word);
        CHECK(line.find(word) != std::string::npos);
      }
    }
  }
}

void set(Facts& facts, const std::string& sysctl, const std::string& value) {
  facts.sysctls[sysctl] = value;
}

}  // namespace

TEST_CASE("doctor: what is wrong with the machine") {
  check({{"no ip_vs",
          [](Facts& facts) {
            facts.table.reset();
            facts.table_error = Error{"this kernel has no IPVS", ENOPROTOOPT};
            facts.modules.there.clear();
            facts.modules.loadable.clear();
          },
          {"broken: the kernel has no IPVS", "no file of it is below /lib/modules", "modprobe ip_vs"}},
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

TEST_CASE("doctor: what is heard on the wire") {
  check({{"another group on the VRID",
          [](Facts& facts) { facts.wire->heard.push_back(heard("192.0.2.77", peer_mac, false, "192.0.2.200")); },
          {"broken: another group uses VRID 41 on eth0", "192.0.2.77 (02:00:00:00:00:02) advertises 192.0.2.200",
           "web has 192.0.2.100", "1 is not in use"}},
         {"two MASTERs",
          [](Facts& facts) {
            auto& all = facts.wire->heard;
            all.insert(all.begin() + 1, heard("192.0.2.2", peer_mac, false));
          },
          {"broken: two nodes are MASTER of VRID 41 on eth0 (web)", "192.0.2.1, this node,", "192.0.2.2 (02:"}},
         {"a real server that answers ARP",
          [](Facts& facts) {
            facts.wire->answers.insert({"eth0", ip("192.0.2.100"), server_mac});
          },
          {"broken: the real server 192.0.2.11 answers ARP for the VIP 192.0.2.100", "02:00:00:00:00:11", "on eth0",
           "arp_ignore=1"}},
         {"a stranger that answers ARP",
          [](Facts& facts) {
            facts.wire->answers.insert({"eth0", ip("192.0.2.100"), MacAddress{{2, 9}}});
          },
          {"broken: a machine that is not MASTER answers ARP", "this node holds it"}}},
        director(), "one");
}

TEST_CASE("doctor: a take-over, another's VRID and the MASTER's answer are no findings") {
  Facts facts = director();
  auto& all = facts.wire->heard;
  SUBCASE("a take-over") {
    for (int i = 0; i < 2; ++i) all.push_back(heard("192.0.2.2", peer_mac, false));
  }
  SUBCASE("a MASTER that goes") {
    all[0].source = ip("192.0.2.2");
    all[0].own = false;
    all[0].message.priority = 0;
    all.push_back(all[0]);
  }
  SUBCASE("another VRID") {
    all.push_back(heard("192.0.2.77", peer_mac, false, "192.0.2.200"));
    all.back().message.vrid = 42;
  }
  SUBCASE("a BACKUP asks and the MASTER answers") {
    facts.addresses.pop_back();
    all.assign(3, heard("192.0.2.2", peer_mac, false));
    facts.wire->answers.insert({"eth0", ip("192.0.2.100"), peer_mac});
  }
  SUBCASE("the MASTER answers with its virtual MAC") {
    facts.addresses.pop_back();
    all.assign(3, heard("192.0.2.2", peer_mac, false));
    facts.wire->answers.insert({"eth0", ip("192.0.2.100"), virtual_mac(Family::ipv4, 41)});
  }
  SUBCASE("the MASTER holds it on another device than it advertises it on") {
    facts.addresses.pop_back();
    all.assign(3, heard("192.0.2.2", peer_mac, false));
    for (Heard& each : all) each.interface = "eth1";
    facts.wire->answers.insert({"eth0", ip("192.0.2.100"), MacAddress{{2, 9}}});
  }
  SUBCASE("somebody holds it whom nobody hears") {
    facts.addresses.pop_back();
    all.clear();
    facts.wire->answers.insert({"eth0", ip("192.0.2.100"), peer_mac});
  }
  CHECK(found(facts, "one") == std::vector<std::string>{});
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

TEST_CASE("doctor: a VIP with a virtual MAC is held on a device of its own, and asked for on the network's") {
  ReadOutcome outcome = read_and_validate(
      {{"m", document("VirtualRouter", "web",
                      "virtualRouterId: 41, interface: eth0, addresses: [192.0.2.100/24], routers: [{node: one}], "
                      "virtualMac: true")}});
  REQUIRE(testing::texts_of(outcome.diagnostics).empty());
  const Part part = part_of(outcome.manifest, "one", director());
  REQUIRE(part.vips.size() == 1);
  CHECK(part.vips[0].interface == "vrrp.41");
  CHECK(part.vips[0].network == "eth0");
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
