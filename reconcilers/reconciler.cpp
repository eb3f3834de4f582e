// Strings the kinds together in the order of DESIGN: what others stand on comes first, and goes last.
#include "reconcilers/reconciler.hpp"

#include "reconcilers/kinds.hpp"

namespace ballast {

std::string_view text_of(Kind kind) {
  switch (kind) {
    case Kind::link:
      return "link";
    case Kind::sysctl:
      return "sysctl";
    case Kind::timeout:
      return "timeout";
    case Kind::daemon:
      return "daemon";
    case Kind::service:
      return "service";
    case Kind::destination:
      return "destination";
    case Kind::address:
      return "address";
    case Kind::packet_rules:
      return "packetRules";
  }
  return "object";
}

std::string_view word_of(Kind kind) {
  if (kind == Kind::packet_rules) return "packet rules";
  return kind == Kind::link ? "device" : text_of(kind);
}

std::string_view text_of(Verb verb) {
  switch (verb) {
    case Verb::add:
      return "add";
    case Verb::update:
      return "update";
    case Verb::remove:
      break;
  }
  return "remove";
}

std::string object_text(const std::string& name) {
  return name;
}
std::string object_text(Timer timer) {
  return std::string(text_of(timer));
}
std::string object_text(DaemonRole role) {
  return "sync " + std::string(text_of(role));
}
std::string object_text(const ServiceKey& key) {
  return key.text();
}
std::string object_text(const DestinationKey& key) {
  return endpoint_text(key.address, key.port) + " of " + key.service.text();
}
std::string object_text(const AddressKey& key) {
  return key.text();
}

std::string origin_suffix(const Origin& origin) {
  return origin.known() ? " (" + origin.line_text() + ")" : "";
}

namespace {

/// `services`: null for all.
Result<Observation> observe(Kernel& kernel, const State& wanted, const Ownership& owned,
                            const std::span<const ServiceKey>* services) {
  Observation observed;
  auto links = kernel.network.dump_links();
  if (!links) return links.error();
  observe_links(*links, observed);
  auto addresses = kernel.network.dump_addresses();
  if (!addresses) return addresses.error();
  observe_addresses(std::move(*addresses), observed);
  const bool wants_ipvs = !wanted.services.empty() || !wanted.timeouts.empty() || !wanted.daemons.empty();
  const bool has_ipvs = !owned.services.empty() || !owned.former_timeouts.empty() || !owned.daemons.empty();
  if (wants_ipvs || has_ipvs || kernel.ipvs.present()) {
    auto table = services == nullptr ? kernel.ipvs.dump() : kernel.ipvs.dump(*services);
    if (!table) return table.error();
    observe_timeouts(*table, observed);
    observe_daemons(*table, observed);
    observe_services(std::move(*table), observed);
  }
  observe_sysctls(kernel.sysctls, wanted, owned, observed);
  observe_packet_rules(kernel.packet_filter, wanted, owned, observed);
  return observed;
}

}  // namespace

Result<Observation> observe(Kernel& kernel, const State& wanted, const Ownership& owned) {
  return observe(kernel, wanted, owned, nullptr);
}

Result<Observation> observe(Kernel& kernel, const State& wanted, const Ownership& owned,
                            std::span<const ServiceKey> services) {
  return observe(kernel, wanted, owned, &services);
}

Plan make_plan(const State& wanted, const Observation& observed, const Ownership& owned) {
  Plan plan;
  plan.links = plan_links(wanted, observed, owned);
  plan_sysctls(wanted, observed, owned, plan);
  plan.timeouts = plan_timeouts(wanted, observed, owned);
  plan_daemons(wanted, observed, owned, plan);
  plan.packet_rules = plan_packet_rules(wanted, observed);
  plan_services(wanted, observed, owned, plan);
  plan_addresses(wanted, observed, owned, plan);
  return plan;
}

ApplyReport apply(const Plan& plan, const Observation& observed, Kernel& kernel) {
  ApplyReport report;
  apply_links(plan.links, Phase::create, kernel.network, report);
  apply_sysctls(plan.sysctls, Phase::create, kernel.sysctls, report);
  apply_timeouts(plan.timeouts, Phase::create, kernel.ipvs, report);
  apply_daemons(plan.daemons, Phase::create, kernel.ipvs, report);
  apply_packet_rules(plan.packet_rules, Phase::create, observed, kernel.packet_filter, report);
  apply_services(plan, Phase::create, kernel.ipvs, report);
  apply_addresses(plan.addresses, Phase::create, observed, kernel, report);

  apply_addresses(plan.addresses, Phase::clean_up, observed, kernel, report);
  apply_services(plan, Phase::clean_up, kernel.ipvs, report);
  apply_packet_rules(plan.packet_rules, Phase::clean_up, observed, kernel.packet_filter, report);
  apply_daemons(plan.daemons, Phase::clean_up, kernel.ipvs, report);
  apply_timeouts(plan.timeouts, Phase::clean_up, kernel.ipvs, report);
  apply_sysctls(plan.sysctls, Phase::clean_up, kernel.sysctls, report);
  apply_links(plan.links, Phase::clean_up, kernel.network, report);
  return report;
}

}  // namespace ballast
