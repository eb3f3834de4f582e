// Findings about the machine itself.
#include <algorithm>
#include <array>
#include <cerrno>
#include <sstream>

#include <boost/algorithm/string/trim.hpp>
#include <fmt/format.h>

#include "controller/doctor/checks.hpp"

namespace ballast::doctor {
namespace {

constexpr int cap_net_admin = 12;
constexpr int cap_net_raw = 13;

/// Share of the connection-tracking table, in percent, above which a wave of new connections may fill it.
constexpr long conntrack_alarm = 90;

void check_capabilities(const Facts& facts, const Part& part, Findings& findings) {
  if (!facts.capabilities) return;
  std::vector<std::string_view> missing;
  if ((*facts.capabilities >> cap_net_admin & 1) == 0) missing.emplace_back("CAP_NET_ADMIN");
  const bool only_server = part.real_server && !part.director;
  if (!only_server && (*facts.capabilities >> cap_net_raw & 1) == 0) missing.emplace_back("CAP_NET_RAW");
  if (!missing.empty()) {
    const char* are = missing.size() == 1 ? "is" : "are";
    findings.push_back({Severity::broken, fmt::format("{} {} missing here", fmt::join(missing, " and "), are),
                        fmt::format("CapEff of this process (/proc/self/status) is {:#x}", *facts.capabilities),
                        "run Ballast as root; in a container give it NET_ADMIN and NET_RAW"});
  }
  if (missing.empty() && facts.table_error && facts.table_error->errnum == EPERM && part.director) {
    findings.push_back({Severity::broken, "the kernel refuses this process its IPVS", facts.table_error->text,
                        "run it in the initial user namespace: IPVS takes CAP_NET_ADMIN of that one only"});
  }
}

void check_ip_vs(const Facts& facts, const Part& part, Findings& findings) {
  if (part.services.empty() || !facts.table_error || facts.table_error->errnum != ENOPROTOOPT) return;
  const bool file = facts.modules.loadable.contains("ip_vs");
  findings.push_back(
      {Severity::broken, "the kernel has no IPVS (module ip_vs)",
       fmt::format("asking for it did not load it; {}", !facts.modules.listed
                                                            ? "the kernel's modules cannot be seen from here"
                                                        : file ? "there is a file of it below /lib/modules"
                                                               : "no file of it is below /lib/modules"),
       fmt::format("{}modprobe ip_vs; for each boot: echo ip_vs > /etc/modules-load.d/ip_vs.conf",
                   file                    ? ""
                   : !facts.modules.listed ? "on the host, where this is a container: "
                                           : "install the modules of the kernel that runs (linux-modules-extra-... "
                                             "of Ubuntu, kernel-modules-core of Fedora); "),
       part.services.front().origin});
}

bool in_use(const Facts& facts, const std::string& scheduler) {
  return facts.table && std::any_of(facts.table->services.begin(), facts.table->services.end(),
                                    [&](const ObservedService& each) { return each.value.scheduler == scheduler; });
}

void check_module(const Facts& facts, const std::string& module, const std::string& what, const Origin& origin,
                  Findings& findings) {
  const Modules& modules = facts.modules;
  if (!modules.listed || modules.there.contains(module) || modules.loadable.contains(module)) return;
  findings.push_back(
      {Severity::broken, what, fmt::format("module {} is neither loaded nor below /lib/modules", module),
       fmt::format("install the modules of the kernel that runs, then modprobe {}; or choose another", module),
       origin});
}

void check_schedulers(const Facts& facts, const Part& part, Findings& findings) {
  // Without ip_vs none of its schedulers can be there: that is one finding, not eleven.
  if (facts.table_error && facts.table_error->errnum == ENOPROTOOPT) return;
  std::set<std::string> seen;
  for (const DirectedService& service : part.services) {
    if (!in_use(facts, service.scheduler) && seen.insert(service.scheduler).second) {
      check_module(
          facts, "ip_vs_" + service.scheduler,
          fmt::format("scheduler {} is missing: {} cannot be programmed", service.scheduler, service.key.text()),
          service.origin, findings);
    }
    if (!service.engine.empty() && seen.insert("pe_" + service.engine).second) {
      check_module(
          facts, "ip_vs_pe_" + service.engine,
          fmt::format("persistence engine {} is missing: {} cannot be programmed", service.engine, service.key.text()),
          service.origin, findings);
    }
  }
}

void check_clock(const Facts& facts, Findings& findings) {
  if (!facts.clock || !facts.clock->unsynchronised) return;
  static constexpr std::array<std::string_view, 4> keepers{"chronyd", "ntpd", "openntpd", "systemd-timesyncd"};
  std::string keeper;
  for (const Process& process : facts.processes.value_or(std::vector<Process>{})) {
    if (std::find(keepers.begin(), keepers.end(), process.name) != keepers.end()) keeper = process.name;
  }
  const std::string who = !facts.processes ? ""
                          : keeper.empty() ? "; neither chronyd, ntpd nor systemd-timesyncd runs"
                                           : fmt::format(
                                                 "; {} runs, but has not told the kernel of a synchronised "
                                                 "clock",
                                                 keeper);
  findings.push_back({Severity::at_risk, "the clock is not synchronised: logs and certificates cannot be trusted",
                      "adjtimex(2) has STA_UNSYNC set" + who,
                      keeper == "chronyd" ? "see `chronyc tracking`; where that is well, put rtcsync into chrony.conf"
                      : keeper.empty()    ? "apt install chrony, or timedatectl set-ntp true"
                                          : "see why it has no time source: timedatectl timesync-status, ntpq -p"});
}

void check_conntrack(const Facts& facts, const Part& part, Findings& findings) {
  const auto count = facts.number("net.netfilter.nf_conntrack_count");
  const auto most = facts.number("net.netfilter.nf_conntrack_max");
  if (count && most && *most > 0 && *count * 100 >= *most * conntrack_alarm) {
    const bool full = *count >= *most;
    findings.push_back(
        {full ? Severity::broken : Severity::at_risk,
         full ? "connection tracking is full: new connections are dropped"
              : "connection tracking is nearly full; new connections are dropped when it is",
         fmt::format("net.netfilter.nf_conntrack_count is {} of nf_conntrack_max {}", *count, *most),
         fmt::format("sysctl -w net.netfilter.nf_conntrack_max={}; or keep what needs no tracking out of it (nft: "
                     "notrack in a prerouting chain of priority raw)",
                     *most * 4)});
  }
  const auto tracked = facts.number("net.ipv4.vs.conntrack");
  if (tracked.value_or(0) == 0 || part.services.empty() || part.forwards(Forwarding::nat)) return;
  findings.push_back(
      {Severity::at_risk, "IPVS connections fill connection tracking, too, although none is translated",
       fmt::format("net.ipv4.vs.conntrack is 1, all members are behind DR or TUN{}",
                   most ? fmt::format(", and net.netfilter.nf_conntrack_max is {}", *most) : ""),
       "sysctl -w net.ipv4.vs.conntrack=0, unless firewall rules ask for the state of these connections"});
}

void check_sysctl_files(const Facts& facts, Findings& findings) {
  for (const SourceText& file : facts.sysctl_files) {
    for (const SysctlLine& line : read_sysctl_lines(file)) {
      const bool exists = facts.sysctls.contains(line.name);
      const std::string evidence = fmt::format("{}: {} = {}", line.place, line.name, line.value);
      if (line.name == "net.ipv4.tcp_tw_recycle" && !exists) {
        findings.push_back({Severity::no_effect, "net.ipv4.tcp_tw_recycle does nothing: Linux 4.12 removed it",
                            evidence,
                            fmt::format("delete the line {}; net.ipv4.tcp_tw_reuse is what remains, for outgoing "
                                        "connections",
                                        line.place)});
      } else if (line.name == "net.ipv4.tcp_tw_recycle" && line.value != "0") {
        findings.push_back({Severity::broken, "net.ipv4.tcp_tw_recycle drops connections of clients behind NAT",
                            evidence,
                            fmt::format("delete the line {}; sysctl -w net.ipv4.tcp_tw_recycle=0", line.place)});
      } else if (line.name == "net.ipv4.vs.conn_tab_bits" && !exists) {
        findings.push_back({Severity::no_effect,
                            "net.ipv4.vs.conn_tab_bits does nothing: the size of IPVS's table is a parameter of its "
                            "module",
                            evidence,
                            fmt::format("delete the line {}; echo options ip_vs conn_tab_bits={} > "
                                        "/etc/modprobe.d/ip_vs.conf, and load ip_vs anew",
                                        line.place, line.value)});
      }
    }
  }
}

}  // namespace

std::vector<SysctlLine> read_sysctl_lines(const SourceText& file) {
  std::vector<SysctlLine> lines;
  std::istringstream stream(file.text);
  int number = 0;
  for (std::string text; std::getline(stream, text);) {
    ++number;
    std::string line = boost::algorithm::trim_copy(text);
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '-') line = boost::algorithm::trim_copy(line.substr(1));
    const std::size_t equals = line.find('=');
    if (equals == std::string::npos) continue;
    std::string name = boost::algorithm::trim_copy(line.substr(0, equals));
    // sysctl.d(5): with a slash as the first separator, slashes separate.
    if (const std::size_t first = name.find_first_of("./"); first != std::string::npos && name[first] == '/') {
      std::replace(name.begin(), name.end(), '/', '.');
    }
    lines.push_back({fmt::format("{}:{}", file.name, number), std::move(name),
                     boost::algorithm::trim_copy(line.substr(equals + 1))});
  }
  return lines;
}

void check_machine(const Facts& facts, const Part& part, Findings& findings) {
  check_capabilities(facts, part, findings);
  check_ip_vs(facts, part, findings);
  check_schedulers(facts, part, findings);
  check_conntrack(facts, part, findings);
  check_clock(facts, findings);
  check_sysctl_files(facts, findings);
}

}  // namespace ballast::doctor
