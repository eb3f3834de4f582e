// What follows from health, service by service: operator's states first, then minHealthy and failOpen, then quorum and
// the sorry server.
#include "model/health.hpp"

#include <algorithm>
#include <set>

namespace ballast {

std::string_view text_of(Life life) {
  switch (life) {
    case Life::up:
      return "up";
    case Life::down:
      return "down";
    case Life::unknown:
      break;
  }
  return "unknown";
}

std::string_view text_of(Standing standing) {
  switch (standing) {
    case Standing::serving:
      return "serving";
    case Standing::kept:
      return "kept";
    case Standing::open:
      return "open";
    case Standing::no_quorum:
      return "no-quorum";
    case Standing::failed:
      return "failed";
    case Standing::unknown:
      return "unknown";
    case Standing::draining:
      return "draining";
    case Standing::disabled:
      break;
  }
  return "disabled";
}

Endpoint endpoint_of(const VirtualService& service, const Member& member) {
  const std::uint16_t otherwise = service.port && !service.fwmark ? service.port->value : std::uint16_t{0};
  return {member.address.value, member.port ? member.port->value : otherwise};
}

MemberState state_of(const Health& health, const Pool& pool, const Member& member) {
  if (health.states.empty()) return member.state;
  const auto found =
      health.states.find({pool.header.name, member.address.value, member.port ? member.port->value : std::uint16_t{0}});
  return found == health.states.end() ? member.state : found->second;
}

bool next_quorum(std::optional<bool> previous, std::uint64_t weight, const HealthPolicy& policy) {
  const std::uint64_t quorum = policy.quorum.value;
  const std::uint64_t hysteresis = policy.hysteresis.value;
  if (!previous) return weight >= quorum;
  return *previous ? weight + hysteresis >= quorum : weight >= quorum + hysteresis;
}

namespace {

/// A failed member that minHealthy may keep.
struct Failed {
  std::uint64_t order;
  std::size_t member;
};

class Judgement {
 public:
  Judgement(const VirtualService& service, const Pool& pool, const Health& health)
      : service_(service), pool_(pool), policy_(pool.health), health_(health) {
    const auto found = health.services.find(service.header.name);
    if (found != health.services.end()) known_ = &found->second;
  }

  ServiceVerdict make() {
    verdict_.members.reserve(pool_.members.size());
    for (const Member& member : pool_.members) verdict_.members.push_back(first_verdict(member));
    if (serving_ == 0 && policy_.fail_open.value && unknown_ == 0) {
      for (const Failed& each : failed_) bring_back(each.member, Standing::open);
    } else {
      keep_enough();
    }
    decide_sorry_server();
    return std::move(verdict_);
  }

 private:
  MemberVerdict first_verdict(const Member& member) {
    switch (state_of(health_, pool_, member)) {
      case MemberState::drain:
        return {Standing::draining, 0};
      case MemberState::down:
        return {Standing::disabled, weight_of_failed()};
      case MemberState::enabled:
        break;
    }
    const MemberHealth* health = health_of(member);
    const bool counts = member.weight.value > 0;
    if (health == nullptr) {
      base_ += counts ? 1 : 0;
      serving_ += counts ? 1 : 0;
      return {Standing::serving, member.weight.value};
    }
    if (health->life == Life::up) {
      const std::uint32_t weight = weight_of(member, *health);
      base_ += counts ? 1 : 0;
      serving_ += weight > 0 ? 1 : 0;
      return {Standing::serving, weight};
    }
    if (health->life == Life::unknown) ++unknown_;
    if (counts && health->failed > 0) ++base_;
    if (health->life == Life::down) failed_.push_back({health->failed, verdict_.members.size()});
    return {health->life == Life::down ? Standing::failed : Standing::unknown, weight_of_failed()};
  }

  [[nodiscard]] const MemberHealth* health_of(const Member& member) const {
    if (known_ == nullptr || known_->members.empty()) return nullptr;
    const auto found = known_->members.find(endpoint_of(service_, member));
    return found == known_->members.end() ? nullptr : &found->second;
  }

  /// A share of a weight above 0 is never 0, or a member that returns would be none.
  static std::uint32_t weight_of(const Member& member, const MemberHealth& health) {
    constexpr std::uint64_t whole = 1000;
    const std::uint64_t weight = health.weight.value_or(member.weight.value);
    if (weight == 0 || health.permille >= whole) return static_cast<std::uint32_t>(weight);
    return static_cast<std::uint32_t>(std::max<std::uint64_t>(weight * health.permille / whole, 1));
  }

  [[nodiscard]] std::optional<std::uint32_t> weight_of_failed() const {
    if (policy_.on_failure.value == OnFailure::quiesce) return 0;
    return std::nullopt;
  }

  void bring_back(std::size_t index, Standing standing) {
    const std::uint32_t weight = pool_.members[index].weight.value;
    verdict_.members[index] = {standing, weight};
    brought_back_ = brought_back_ || weight > 0;
  }

  /// minHealthy: those that failed last stay. Those that were never up are not taken out, so they are not kept either.
  void keep_enough() {
    constexpr std::uint64_t percent = 100;
    const std::uint64_t enough =
        (base_ * static_cast<std::uint64_t>(policy_.min_healthy.value) + percent - 1) / percent;
    if (serving_ >= enough) return;
    std::erase_if(failed_,
                  [&](const Failed& each) { return each.order == 0 || pool_.members[each.member].weight.value == 0; });
    const std::size_t kept = std::min<std::size_t>(enough - serving_, failed_.size());
    std::partial_sort(failed_.begin(), failed_.begin() + static_cast<std::ptrdiff_t>(kept), failed_.end(),
                      [](const Failed& a, const Failed& b) { return a.order > b.order; });
    for (std::size_t i = 0; i < kept; ++i) bring_back(failed_[i].member, Standing::kept);
  }

  /// Members that stay although they failed are there because the checks are suspected: so is the loss of the quorum.
  void decide_sorry_server() {
    if (!service_.sorry_server || brought_back_) return;
    const bool lost = known_ != nullptr && !known_->quorum;
    verdict_.sorry = serving_ == 0 || lost;
    if (!verdict_.sorry) return;
    for (MemberVerdict& member : verdict_.members) {
      if (member.standing == Standing::serving) member = {Standing::no_quorum, 0};
    }
  }

  const VirtualService& service_;
  const Pool& pool_;
  const HealthPolicy& policy_;
  const Health& health_;
  const ServiceHealth* known_ = nullptr;
  ServiceVerdict verdict_;
  std::vector<Failed> failed_;
  std::uint64_t base_ = 0;     // enabled members that have been up, without those of weight 0
  std::uint64_t serving_ = 0;  // of them those that are
  std::size_t unknown_ = 0;
  bool brought_back_ = false;
};

}  // namespace

std::size_t failed_members(const Health& health) {
  std::set<Endpoint> failed;
  for (const auto& [name, service] : health.services) {
    for (const auto& [endpoint, member] : service.members) {
      if (member.life == Life::down) failed.insert(endpoint);
    }
  }
  return failed.size();
}

ServiceVerdict judge(const VirtualService& service, const Pool& pool, const Health& health) {
  return Judgement(service, pool, health).make();
}

}  // namespace ballast
