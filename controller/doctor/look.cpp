#include "controller/doctor/look.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>
#include <sys/timex.h>

namespace ballast::doctor {
namespace {

/// A machine with thousands of devices (containers) is looked at in part.
constexpr std::size_t most_devices = 1000;
constexpr std::size_t most_ways = 1000;

const std::vector<std::string> process_names{"keepalived", "ldirectord", "kube-proxy", "systemd-networkd",
                                             "chronyd",    "ntpd",       "openntpd",   "systemd-timesyncd"};

Result<void> look_at_network(Facts& facts) {
  auto monitor = LinkMonitor::open();
  if (!monitor) return monitor.error();
  auto view = monitor->look();
  if (!view) return view.error();
  facts.links = std::move(view->links);
  facts.addresses = std::move(view->addresses);
  facts.looked_at.emplace_back("devices and addresses");
  return {};
}

void look_at_sysctls(Kernel& kernel, Facts& facts) {
  std::vector<std::string> names{"net.ipv4.ip_forward",
                                 "net.ipv6.conf.all.forwarding",
                                 "net.netfilter.nf_conntrack_count",
                                 "net.netfilter.nf_conntrack_max",
                                 "net.ipv4.vs.conntrack",
                                 "net.ipv4.vs.conn_tab_bits",
                                 "net.ipv4.tcp_tw_recycle"};
  std::vector<std::string> interfaces{"all"};
  for (const LinkEvent& link : facts.links) interfaces.push_back(link.name);
  if (interfaces.size() > most_devices) {
    facts.not_looked_at.push_back(
        fmt::format("sysctls of {} of the {} devices", interfaces.size() - most_devices, interfaces.size()));
    interfaces.resize(most_devices);
  }
  for (const std::string& interface : interfaces) {
    for (const char* setting : {"rp_filter", "arp_ignore", "arp_announce"}) {
      names.push_back(interface_sysctl(interface, setting));
    }
  }
  std::size_t unreadable = 0;
  for (const std::string& name : names) {
    auto value = kernel.sysctls.read(name);
    if (value) {
      facts.sysctls.emplace(name, std::move(*value));
    } else if (value.error().errnum != ENOENT) {
      ++unreadable;
    }
  }
  facts.looked_at.emplace_back("sysctls");
  if (unreadable != 0) facts.not_looked_at.push_back(fmt::format("{} sysctls, which may not be read", unreadable));
}

void look_at_table(Kernel& kernel, Facts& facts) {
  auto table = kernel.ipvs.dump();
  if (table) {
    facts.table = std::move(*table);
    facts.looked_at.emplace_back("IPVS");
  } else {
    facts.table_error = table.error();
    // That there is none is known then.
    if (table.error().errnum != ENOPROTOOPT) facts.not_looked_at.push_back("IPVS: " + table.error().text);
  }
}

void look_at_processes(Facts& facts) {
  auto processes = find_processes(process_names);
  if (processes) {
    facts.processes = std::move(*processes);
    facts.looked_at.emplace_back("processes");
  } else {
    facts.not_looked_at.push_back("processes: " + processes.error().text);
  }
}

void look_at_clock(Facts& facts) {
  timex times{};
  if (adjtimex(&times) < 0) {
    facts.not_looked_at.push_back("the clock: adjtimex: " + errno_text(errno));
    return;
  }
  facts.clock = Clock{(times.status & STA_UNSYNC) != 0, std::chrono::microseconds(times.maxerror)};
  facts.looked_at.emplace_back("the clock");
}

void look_at_ways(const Part& part, Facts& facts) {
  std::vector<IpAddress> destinations{far_away};
  for (const DirectedService& service : part.services) {
    for (const Target& target : service.targets) destinations.push_back(target.address);
  }
  std::sort(destinations.begin(), destinations.end());
  destinations.erase(std::unique(destinations.begin(), destinations.end()), destinations.end());
  if (destinations.size() > most_ways) {
    facts.not_looked_at.push_back(
        fmt::format("the ways to {} of the {} real servers", destinations.size() - most_ways, destinations.size()));
    destinations.resize(most_ways);
  }
  auto routes = routes_towards(destinations);
  if (routes) {
    facts.routes = std::move(*routes);
    facts.looked_at.emplace_back("ways to the real servers");
  } else {
    facts.not_looked_at.push_back("ways to the real servers: " + routes.error().text);
  }
}

}  // namespace

Result<Facts> look_at_node(Kernel& kernel) {
  Facts facts;
  if (auto network = look_at_network(facts); !network) return network.error();
  look_at_sysctls(kernel, facts);
  look_at_modules(facts);
  if (kernel.ipvs.present()) look_at_table(kernel, facts);
  look_at_processes(facts);
  look_at_files(facts);
  look_at_clock(facts);
  return facts;
}

void look_at_part(Kernel& kernel, const Part& part, Facts& facts) {
  if (part.services.empty()) return;
  if (!facts.table && !facts.table_error) look_at_table(kernel, facts);
  look_at_ways(part, facts);
  if (!facts.modules.listed && facts.table_error) {
    facts.not_looked_at.emplace_back("which schedulers the kernel can load: its modules.dep is not to be seen here");
  }
}

}  // namespace ballast::doctor
