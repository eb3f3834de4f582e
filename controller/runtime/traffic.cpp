#include "controller/runtime/traffic.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "controller/object_name.hpp"

namespace ballast {
namespace {

/// Counters that went back were set to 0 between the readings (`ipvsadm -Z`), or the object was made anew.
double per_second(std::uint64_t before, std::uint64_t now, double seconds) {
  return static_cast<double>(now >= before ? now - before : now) / seconds;
}

http::Rates estimate(const Traffic& traffic) {
  return {static_cast<double>(traffic.connections_per_second), static_cast<double>(traffic.packets_in_per_second),
          static_cast<double>(traffic.packets_out_per_second), static_cast<double>(traffic.bytes_in_per_second),
          static_cast<double>(traffic.bytes_out_per_second)};
}

template <class Key, class Item>
const Item* find_item(const std::vector<Item>& items, const Key& key) {
  const auto found =
      std::lower_bound(items.begin(), items.end(), key, [](const Item& item, const Key& k) { return item.key < k; });
  return found == items.end() || found->key != key ? nullptr : &*found;
}

}  // namespace

void TrafficRates::take(IpvsStatistics reading, Time at) {
  if (newer_ && at - newer_->at >= shortest) older_ = std::move(newer_);
  newer_ = Reading{std::move(reading), at};
}

std::optional<TrafficRates::Time> TrafficRates::taken_at() const {
  if (!newer_) return std::nullopt;
  return newer_->at;
}

template <class Key, class Item>
std::optional<http::Rates> TrafficRates::rates(const Key& key, std::vector<Item> IpvsStatistics::*list) const {
  if (!newer_) return std::nullopt;
  const Item* now = find_item(newer_->statistics.*list, key);
  if (now == nullptr) return std::nullopt;
  const bool usable = older_ && newer_->at - older_->at <= longest;
  const Item* before = usable ? find_item(older_->statistics.*list, key) : nullptr;
  if (before == nullptr) return estimate(now->traffic);
  const double seconds = std::chrono::duration<double>(newer_->at - older_->at).count();
  return http::Rates{per_second(before->traffic.connections, now->traffic.connections, seconds),
                     per_second(before->traffic.packets_in, now->traffic.packets_in, seconds),
                     per_second(before->traffic.packets_out, now->traffic.packets_out, seconds),
                     per_second(before->traffic.bytes_in, now->traffic.bytes_in, seconds),
                     per_second(before->traffic.bytes_out, now->traffic.bytes_out, seconds)};
}

std::optional<http::Rates> TrafficRates::of(const ServiceKey& key) const {
  return rates(key, &IpvsStatistics::services);
}

std::optional<http::Rates> TrafficRates::of(const DestinationKey& key) const {
  return rates(key, &IpvsStatistics::destinations);
}

std::optional<Connections> TrafficRates::connections_of(const DestinationKey& key) const {
  if (!newer_) return std::nullopt;
  const DestinationStatistics* found = find_item(newer_->statistics.destinations, key);
  if (found == nullptr) return std::nullopt;
  return found->connections;
}

void add_rates(http::NodeStatus& status, const TrafficRates& rates) {
  for (http::ServiceStatus& service : status.services) {
    const auto key = ServiceKey::parse(service.service);
    if (!key) continue;
    service.rates = rates.of(*key);
    for (http::MemberStatus& member : service.members) {
      const auto host = parse_host(member.endpoint);
      if (!host) continue;
      const DestinationKey destination{*key, host->address, host->port.value_or(0)};
      member.rates = rates.of(destination);
      const auto connections = rates.connections_of(destination);
      if (!connections) continue;
      member.active_connections = connections->active;
      member.inactive_connections = connections->inactive;
    }
  }
}

}  // namespace ballast
