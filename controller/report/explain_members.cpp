// Members of pools, service by service: what their checks, the operator and the pool's policy make of them.
#include <algorithm>

#include <fmt/format.h>

#include "controller/report/explain_facts.hpp"
#include "controller/report/status_text.hpp"

namespace ballast {
namespace {

class MemberExplanation {
 public:
  MemberExplanation(const Facts& facts, const VirtualService& service, const Pool& pool, std::size_t index)
      : facts_(facts),
        service_(service),
        pool_(pool),
        member_(pool.members[index]),
        key_(service_key_of(service)),
        endpoint_(endpoint_of(service, member_)),
        verdict_(judge(service, pool, facts.known.conditions.health).members[index]) {
    for (health::MemberStatus& each : facts.known.members_of(service.header.name)) {
      if (each.endpoint == endpoint_) checked_ = std::move(each);
    }
  }

  Explanation make() {
    Explanation out{fmt::format("member {} of pool {} in service {} ({})", endpoint_.text(), pool_.header.name,
                                service_.header.name, key_.text()),
                    {},
                    {},
                    {},
                    {}};
    out.wanted_by.push_back(fmt::format("{}: weight {}", Facts::place(member_.origin), member_.weight.value));
    if (!facts_.wanted.services.contains(key_)) {
      out.held_back.push_back(
          fmt::format("the service is not on this node; `ballast explain {}` says why", service_.header.name));
    } else {
      if (std::string why = why_held(); !why.empty()) out.held_back.push_back(std::move(why));
      const DestinationKey key{key_, endpoint_.address, endpoint_.port};
      for (std::string& failure : facts_.failures(Kind::destination, object_text(key))) {
        out.held_back.push_back(std::move(failure));
      }
    }
    out.kernel.push_back(kernel_text());
    return out;
  }

 private:
  /// "tcp: connection refused, for 12s (check at web.yaml:57)"
  [[nodiscard]] std::string check_text() const {
    std::string text = checked_ && !checked_->why.empty() ? checked_->why : "its checks fail";
    if (checked_ && checked_->since > health::Time{0}) {
      const auto age = std::chrono::duration_cast<std::chrono::seconds>(facts_.known.boot_now - checked_->since);
      text += ", for " + age_text(age);
    }
    if (pool_.checks.empty()) return text;
    std::vector<std::string> lines;
    for (const Check& check : pool_.checks) lines.push_back(check.origin.line_text());
    return text + fmt::format(" ({} at {})", lines.size() == 1 ? "check" : "checks", list_text(lines, 4));
  }

  [[nodiscard]] std::string operator_text(const char* what) const {
    if (member_.state == state_of(facts_.known.conditions.health, pool_, member_)) {
      return fmt::format("{} by `state` in the manifest ({})", what, member_.origin.line_text());
    }
    return fmt::format("{} by an operator; `ballast member manifest {}` ends that", what,
                       member_.port ? endpoint_.text() : endpoint_.address.text());
  }

  [[nodiscard]] std::string weight_text() const {
    const std::uint32_t weight = verdict_.weight.value_or(0);
    if (weight == member_.weight.value) return {};
    if (member_.weight.value > 0 && weight < member_.weight.value && pool_.health.slow_start.value.count() > 0) {
      return fmt::format("serves with weight {} of {}: it starts slowly ({})", weight, member_.weight.value,
                         pool_.health.slow_start.origin.line_text());
    }
    return fmt::format("serves with weight {}, which its script asks for instead of {}", weight, member_.weight.value);
  }

  [[nodiscard]] std::string why_held() const {
    switch (verdict_.standing) {
      case Standing::serving:
        return weight_text();
      case Standing::kept:
        return fmt::format("failed, but still serves, as minHealthy lets no further member go ({}): {}",
                           pool_.health.min_healthy.origin.line_text(), check_text());
      case Standing::open:
        return fmt::format("failed as all others did, and so all serve: failOpen ({}): {}",
                           pool_.health.fail_open.origin.line_text(), check_text());
      case Standing::no_quorum:
        return "up, but the quorum is lost and the sorry server serves: no new connections";
      case Standing::failed:
        return "failed: " + check_text();
      case Standing::unknown:
        return facts_.known.impediment.empty() ? "its first round of checks is not complete"
                                               : "this node cannot check it: " + facts_.known.impediment;
      case Standing::draining:
        return operator_text("drained");
      case Standing::disabled:
        break;
    }
    return operator_text("taken out");
  }

  [[nodiscard]] std::string kernel_text() const {
    if (facts_.known.seen == nullptr) return "not looked at yet";
    const DestinationKey key{key_, endpoint_.address, endpoint_.port};
    const auto value = facts_.kernel_destination(key);
    if (!value) return "not there";
    std::string text = fmt::format("there: weight {}, {}", value->weight, text_of(value->forwarding));
    const auto& all = facts_.known.seen->before.connections;
    if (const auto found = all.find(key); found != all.end()) {
      text += fmt::format(", {} active and {} inactive connections", found->second.active, found->second.inactive);
    }
    if (const auto drain = facts_.known.seen->drains.find(key); drain != facts_.known.seen->drains.end()) {
      const auto left = std::chrono::duration_cast<std::chrono::seconds>(drain->second - facts_.known.boot_now);
      text += fmt::format("; it drains for at most {} more", age_text(left));
    }
    return text;
  }

  const Facts& facts_;
  const VirtualService& service_;
  const Pool& pool_;
  const Member& member_;
  ServiceKey key_;
  Endpoint endpoint_;
  MemberVerdict verdict_;
  std::optional<health::MemberStatus> checked_;
};

void explain_sorry_server(const Facts& facts, const VirtualService& service, const Pool& pool,
                          std::vector<Explanation>& all) {
  const SorryServer& sorry = *service.sorry_server;
  const ServiceKey key = service_key_of(service);
  const std::uint16_t port = sorry.port ? sorry.port->value : key.port;
  Explanation out{fmt::format("sorry server {} of service {} ({})", endpoint_text(sorry.address.value, port),
                              service.header.name, key.text()),
                  {},
                  {},
                  {},
                  {}};
  out.wanted_by.push_back(Facts::place(sorry.origin));
  if (!judge(service, pool, facts.known.conditions.health).sorry) {
    out.held_back.emplace_back("not needed: members serve");
  }
  const auto value = facts.kernel_destination({key, sorry.address.value, port});
  out.kernel.push_back(value ? fmt::format("there: weight {}", value->weight) : "not there");
  all.push_back(std::move(out));
}

}  // namespace

void explain_members(const Facts& facts, const ObjectName& name, std::vector<Explanation>& out) {
  if (!name.host || name.on_interface) return;
  std::map<std::string_view, const Pool*> pools;
  for (const Pool& pool : facts.known.manifest->pools) pools.emplace(pool.header.name, &pool);
  for (const VirtualService& service : facts.known.manifest->virtual_services) {
    if (name.service && service_key_of(service) != *name.service) continue;
    const Pool& pool = *pools.at(service.pool.value);
    const auto is_meant = [&](const IpAddress& address, std::uint16_t port) {
      return address == name.host->address && (!name.host->port || *name.host->port == port);
    };
    for (std::size_t i = 0; i < pool.members.size(); ++i) {
      const Endpoint endpoint = endpoint_of(service, pool.members[i]);
      if (is_meant(endpoint.address, endpoint.port)) out.push_back(MemberExplanation(facts, service, pool, i).make());
    }
    if (!service.sorry_server) continue;
    const std::uint16_t port =
        service.sorry_server->port ? service.sorry_server->port->value : service_key_of(service).port;
    if (is_meant(service.sorry_server->address.value, port)) explain_sorry_server(facts, service, pool, out);
  }
}

}  // namespace ballast
