// Rates of services and members from two readings of the kernel's counters.
// Pure: readings and times are passed in.
#pragma once

#include <chrono>
#include <optional>

#include "controller/http/node_status.hpp"
#include "drivers/ipvs_statistics.hpp"

namespace ballast {

class TrafficRates {
 public:
  using Time = std::chrono::nanoseconds;  ///< of the boot clock
  /// Readings closer together than this say little.
  static constexpr std::chrono::milliseconds shortest{1000};
  /// Rates over a longer time say little of now: then the kernel's own estimate is taken.
  static constexpr std::chrono::seconds longest{30};

  void take(IpvsStatistics reading, Time at);
  /// Of the last reading; nullopt before the first.
  [[nodiscard]] std::optional<Time> taken_at() const;

  /// nullopt: the kernel has no such object.
  [[nodiscard]] std::optional<http::Rates> of(const ServiceKey& key) const;
  [[nodiscard]] std::optional<http::Rates> of(const DestinationKey& key) const;
  [[nodiscard]] std::optional<Connections> connections_of(const DestinationKey& key) const;

 private:
  struct Reading {
    IpvsStatistics statistics;
    Time at{};
  };
  template <class Key, class Item>
  [[nodiscard]] std::optional<http::Rates> rates(const Key& key, std::vector<Item> IpvsStatistics::*list) const;

  std::optional<Reading> older_, newer_;
};

/// The rates of all services and members of the status, and their connections as of that reading.
void add_rates(http::NodeStatus& status, const TrafficRates& rates);

}  // namespace ballast
