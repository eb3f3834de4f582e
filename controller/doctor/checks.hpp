// What is wrong, from what was looked at and what the node is for: one function for each family of findings. Pure.
#pragma once

#include "controller/doctor/facts.hpp"
#include "controller/doctor/finding.hpp"
#include "controller/doctor/part.hpp"

namespace ballast::doctor {

/// Capabilities, modules, clock, connection tracking, and sysctl files that do nothing.
void check_machine(const Facts& facts, const Part& part, Findings& findings);
/// Forwarding, filters and ways to the real servers.
void check_director(const Facts& facts, const Part& part, Findings& findings);
/// VIPs, ARP settings and tunnel devices.
void check_real_server(const Facts& facts, const Part& part, Findings& findings);
/// Who advertises, and who answers for the VIPs.
void check_wire(const Facts& facts, const Part& part, Findings& findings);
/// Advertisements that the packet filter drops.
void check_firewall(const Facts& facts, const Part& part, Findings& findings);
/// Others who manage the same objects.
void check_others(const Facts& facts, const Part& part, Findings& findings);

/// All of them, worst first.
Findings find_all(const Facts& facts, const Part& part);

/// Lines of sysctl.conf(5) files that set parameters which do nothing: "file:line".
struct SysctlLine {
  std::string place;
  std::string name;  ///< with dots
  std::string value;
};
std::vector<SysctlLine> read_sysctl_lines(const SourceText& file);

/// A .network file of systemd-networkd, as far as it matters here.
struct NetworkFile {
  std::string name;
  std::vector<std::string> devices;  ///< patterns of Name=
  bool by_name_only = true;          ///< nothing else than Name= in [Match]
  std::vector<std::string> addresses;
  bool keeps_addresses = false;  ///< KeepConfiguration=
};
NetworkFile read_network_file(const SourceText& file);

}  // namespace ballast::doctor
