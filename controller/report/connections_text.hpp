// `ballast connections`: which of the kernel's connections were asked for, kept small and sorted, as text and as JSON.
// Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/object_name.hpp"
#include "drivers/connection_table.hpp"
#include "model/ip.hpp"
#include "model/state.hpp"

namespace ballast {

/// "10.0.0.99", "10.0.0.99:45810" or a network, "10.0.0.0/8".
struct AddressFilter {
  Prefix prefix;
  std::optional<std::uint16_t> port;

  static std::optional<AddressFilter> parse(std::string_view text);
  [[nodiscard]] bool matches(const IpAddress& address, std::uint16_t of_port) const;
};

/// What is absent lets everything pass.
struct ConnectionFilter {
  std::optional<Protocol> protocol;
  std::optional<AddressFilter> virtual_address;
  std::optional<AddressFilter> client;
  std::optional<AddressFilter> server;
  std::string state;  ///< in any case

  [[nodiscard]] bool matches(const ConnectionEntry& entry) const;
};

/// The connections that pass a filter.
class ConnectionList {
 public:
  explicit ConnectionList(ConnectionFilter filter) : filter_(std::move(filter)) {}

  void add(const ConnectionEntry& entry);
  /// Sorts by service, server, client; what the kernel printed twice is there once.
  void finish();

  /// A summary, and a line for each.
  [[nodiscard]] std::string text() const;
  /// One connection a line.
  [[nodiscard]] std::string json() const;
  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  [[nodiscard]] std::string summary() const;

  ConnectionFilter filter_;
  std::set<std::string, std::less<>> words_;  // what the entries' texts point to
  std::vector<ConnectionEntry> entries_;
  std::size_t seen_ = 0;
  std::map<std::string, std::size_t, std::less<>> states_seen_;
};

/// "12,345"
std::string grouped(std::uint64_t number);

}  // namespace ballast
