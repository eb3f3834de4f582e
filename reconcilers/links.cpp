// Tunnel devices of real servers: brought up, never deleted; given back as they were found.
#include <cerrno>

#include "reconcilers/diff.hpp"
#include "reconcilers/kinds.hpp"

namespace ballast {
namespace {

std::string explain(int errnum) {
  return errnum == EPERM ? "it needs CAP_NET_ADMIN (EPERM)" : errno_text(errnum);
}

}  // namespace

void observe_links(const std::vector<ObservedLink>& links, Observation& observed) {
  for (const ObservedLink& link : links) {
    observed.interfaces.insert(link.name);
    observed.state.links.emplace(link.name, Entry<Link>{{link.up}, {}});
  }
}

Changes<std::string, Link> plan_links(const State& wanted, const Observation& observed, const Ownership& owned) {
  auto changes = diff(wanted.links, observed.state.links, [](const std::string&) { return false; });
  for (const auto& [name, was_up] : owned.former_links) {
    const auto have = observed.state.links.find(name);
    if (wanted.links.contains(name) || have == observed.state.links.end() || have->second.value.up == was_up) continue;
    changes.push_back({Verb::update, name, have->second.value, Link{was_up}, {}, false});
  }
  return changes;
}

void apply_links(const Changes<std::string, Link>& changes, Phase phase, Network& network, ApplyReport& report) {
  for (const auto& change : changes) {
    if (!belongs_to(change, phase)) continue;
    const LinkWrite write{change.verb, &change.key, &*change.after};
    const int errnum = network.write(std::span(&write, 1)).front();
    count_write(report, errnum, {ENODEV});
    const bool no_module = change.verb == Verb::add && errnum != 0 && errnum != EPERM;
    record(report, Kind::link, change, change.after->up ? "bring up" : "bring down", errnum,
           no_module ? "the kernel did not make this device appear; load its module (tunl0: ipip, gre0: ip_gre, "
                       "ip6tnl0: ip6_tunnel, ip6gre0: ip6_gre, sit0: sit), " +
                           explain(errnum)
                     : explain(errnum));
  }
}

}  // namespace ballast
