// Sysctls, IPVS timeouts and tunnel devices.
#include <algorithm>

#include <fmt/format.h>

#include "controller/report/explain_facts.hpp"

namespace ballast {
namespace {

std::string sysctl_in_kernel(const Facts& facts, const SysctlKey& key) {
  if (facts.known.seen == nullptr) return "not looked at yet";
  if (const auto value = facts.kernel_sysctl(key)) return "value " + *value;
  const auto& unreadable = facts.known.seen->before.unreadable_sysctls;
  const auto found = unreadable.find(key);
  return found == unreadable.end() ? "not looked at: this node wants nothing of it" : errno_text(found->second);
}

void explain_sysctl(const Facts& facts, const std::string& name, std::vector<Explanation>& all) {
  const auto wanted = facts.wanted.sysctls.find(name);
  if (wanted != facts.wanted.sysctls.end()) {
    Explanation out{"sysctl " + name, {}, facts.failures(Kind::sysctl, name), {sysctl_in_kernel(facts, name)}, {}};
    out.wanted_by.push_back(fmt::format("{}: value {}", Facts::place(wanted->second.origin), wanted->second.value));
    all.push_back(std::move(out));
    return;
  }
  const auto of_others = [&](const Header& header, const NodeList& nodes, const std::vector<SysctlSetting>& settings) {
    for (const SysctlSetting& setting : settings) {
      if (setting.name.value != name) continue;
      Explanation out{"sysctl " + name, {}, {}, {sysctl_in_kernel(facts, name)}, {}};
      out.wanted_by.push_back(fmt::format("{} at {}: value {}", *header.origin.object(),
                                          setting.name.origin.line_text(), setting.value.value));
      out.held_back.push_back(fmt::format("its nodes are {}, and this one is {}", names_text(nodes), facts.known.node));
      all.push_back(std::move(out));
    }
  };
  for (const Director& each : facts.known.manifest->directors) of_others(each.header, each.nodes, each.sysctls);
  for (const SysctlDocument& each : facts.known.manifest->sysctls) of_others(each.header, each.nodes, each.values);
}

}  // namespace

void explain_settings(const Facts& facts, const ObjectName& name, std::vector<Explanation>& out) {
  explain_sysctl(facts, name.text, out);
  if (const auto link = facts.wanted.links.find(name.text); link != facts.wanted.links.end()) {
    const auto value = facts.kernel_link(name.text);
    out.push_back({"device " + name.text,
                   {Facts::place(link->second.origin)},
                   facts.failures(Kind::link, name.text),
                   {!value      ? "not there"
                    : value->up ? "there, up"
                                : "there, down"},
                   {}});
  }
  for (const auto& [timer, entry] : facts.wanted.timeouts) {
    if (text_of(timer) != name.text) continue;
    const auto value = facts.kernel_timeout(timer);
    Explanation each{"timeout " + name.text, {}, facts.failures(Kind::timeout, name.text), {}, {}};
    each.wanted_by.push_back(fmt::format("{}: {}s", Facts::place(entry.origin), entry.value));
    each.kernel.push_back(value ? fmt::format("{}s", *value) : "not looked at yet");
    out.push_back(std::move(each));
  }
}

}  // namespace ballast
