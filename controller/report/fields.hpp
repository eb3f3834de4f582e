// The fields of each value in the manifest's words: one list behind text, JSON and `get`.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "reconcilers/plan.hpp"

namespace ballast {

/// Name and text of each field, in the order in which people read them.
using Fields = std::vector<std::pair<std::string, std::string>>;

Fields fields_of(const ServiceKey& key, const Service& value);
Fields fields_of(const DestinationKey& key, const Destination& value);
Fields fields_of(const AddressKey& key, const Address& value);
Fields fields_of(const std::string& name, const SysctlValue& value);
Fields fields_of(const std::string& name, const Link& value);
Fields fields_of(Timer timer, std::uint32_t seconds);
Fields fields_of(DaemonRole role, const SyncDaemon& value);
Fields fields_of(const ServiceKey& key, const PacketRules& value);

/// Why a change is made that no manifest line wants; empty where one does.
template <class Key, class Value>
std::string_view unwanted_why(const Change<Key, Value>& change) {
  if (!change.wanted) {
    return change.verb == Verb::remove ? "no manifest wants it" : "no manifest wants it: former value given back";
  }
  if constexpr (std::is_same_v<Value, Destination>) {
    const bool retires = change.verb == Verb::update && change.after->weight == 0;
    if (retires && !change.origin.known()) return "drains: no manifest wants it";
  }
  return {};
}

/// Words for the flags of a service: "sh-port", "ops"; what only another tool sets is "flag 0x20".
std::vector<std::string> flag_words(const Service& value);

/// 255.255.255.0 or 64.
std::string granularity_text(Family family, std::uint32_t granularity);

}  // namespace ballast
