// Kernel parameters: set where wanted, and the value from before given back where no manifest wants them any more.
#include <cerrno>
#include <cstring>
#include <set>

#include "reconcilers/diff.hpp"
#include "reconcilers/kinds.hpp"

namespace ballast {
namespace {

/// "eth0" of "net.ipv4.conf.eth0.rp_filter": the part that can be absent.
std::string explain(const Change<SysctlKey, SysctlValue>& change, int errnum) {
  const std::string have =
      change.before ? "is " + *change.before + ", wanted " + *change.after : "wanted " + *change.after;
  switch (errnum) {
    case ENOENT:
      return "there is no such parameter on this node: its module or interface is missing, or the name is mistyped "
             "(ENOENT)";
    case EROFS:
      return have + ", but it could not be set: /proc/sys is read-only here; set it on the host (EROFS)";
    case EINVAL:
      return have + ", but the kernel refuses that value (EINVAL)";
    case EPERM:
    case EACCES:
      if (!change.key.starts_with("net.")) return have + ", but it could not be set: " + errno_text(errnum);
      return have + ", but it could not be set: it needs CAP_NET_ADMIN (" + strerrorname_np(errnum) + ")";
    default:
      return have + ", but it could not be set: " + errno_text(errnum);
  }
}

/// Whether the plan makes the device appear that the parameter is of.
bool comes_with_a_device(const SysctlKey& key, const Plan& plan) {
  return std::any_of(plan.links.begin(), plan.links.end(), [&](const auto& change) {
    return change.verb == Verb::add && key.find("." + change.key + ".") != std::string::npos;
  });
}

}  // namespace

bool same_sysctl(const SysctlKey& key, const SysctlValue& a, const SysctlValue& b) {
  // The kernel's defence strategy itself flips 1 (automatic, off now) and 2 (automatic, on now): ip_vs_ctl.c,
  // update_defense_level().
  if (key == "net.ipv4.vs.secure_tcp" && (a == "1" || a == "2") && (b == "1" || b == "2")) return true;
  return a == b;
}

void observe_sysctls(Sysctls& sysctls, const State& wanted, const Ownership& owned, Observation& observed) {
  const auto look = [&](const SysctlKey& key) {
    if (observed.state.sysctls.contains(key) || observed.unreadable_sysctls.contains(key)) return;
    const auto value = sysctls.read(key);
    if (value) {
      observed.state.sysctls.emplace(key, Entry<SysctlValue>{*value, {}});
    } else {
      observed.unreadable_sysctls.emplace(key, value.error().errnum);
    }
  };
  for (const auto& [key, entry] : wanted.sysctls) look(key);
  for (const auto& [key, former] : owned.former_sysctls) look(key);
}

void plan_sysctls(const State& wanted, const Observation& observed, const Ownership& owned, Plan& plan) {
  for (const auto& [key, errnum] : observed.unreadable_sysctls) {
    const auto entry = wanted.sysctls.find(key);
    if (errnum != ENOENT || entry == wanted.sysctls.end() || comes_with_a_device(key, plan)) continue;
    plan.warnings.push_back(
        {entry->second.origin, "there is no parameter '" + key + "' on this node: it cannot be set"});
  }
  plan.sysctls = diff(wanted.sysctls, observed.state.sysctls, [](const SysctlKey&) { return false; });
  std::erase_if(plan.sysctls, [](const auto& change) {
    return change.verb == Verb::update && same_sysctl(change.key, *change.before, *change.after);
  });
  for (const auto& [key, former] : owned.former_sysctls) {
    const auto have = observed.state.sysctls.find(key);
    if (wanted.sysctls.contains(key) || have == observed.state.sysctls.end()) continue;
    if (same_sysctl(key, have->second.value, former)) continue;
    plan.sysctls.push_back({Verb::update, key, have->second.value, former, {}, false});
  }
}

void apply_sysctls(const Changes<SysctlKey, SysctlValue>& changes, Phase phase, Sysctls& sysctls, ApplyReport& report) {
  for (const auto& change : changes) {
    if (!belongs_to(change, phase)) continue;
    const int errnum = sysctls.write(change.key, *change.after);
    count_write(report, errnum, unsent_sysctl);
    record(report, Kind::sysctl, change, "set", errnum, explain(change, errnum));
  }
}

}  // namespace ballast
