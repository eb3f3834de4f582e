// A State as JSON through nlohmann: numbers are the kernel's, keys are texts.
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "reconcilers/rollback.hpp"

namespace ballast {
namespace {

using nlohmann::json;

constexpr int format_version = 1;

/// What `text` says; an exception where it says nothing.
template <class T>
T checked(std::optional<T> value, const std::string& text) {
  if (!value) throw std::invalid_argument("'" + text + "' is not understood");
  return *value;
}

ServiceKey service_key(const json& from) {
  const std::string text = from;
  return checked(ServiceKey::parse(text), text);
}

IpAddress address_of(const json& from) {
  const std::string text = from;
  return checked(IpAddress::parse(text), text);
}

json service_json(const ServiceKey& key, const Service& value) {
  return {{"key", key.text()},
          {"scheduler", value.scheduler},
          {"flags", value.flags},
          {"persistence", value.persistence_seconds},
          {"granularity", value.granularity},
          {"engine", value.persistence_engine}};
}

json destination_json(const DestinationKey& key, const Destination& value) {
  return {{"service", key.service.text()},
          {"address", key.address.text()},
          {"port", key.port},
          {"forwarding", static_cast<int>(value.forwarding)},
          {"weight", value.weight},
          {"upperThreshold", value.upper_threshold},
          {"lowerThreshold", value.lower_threshold},
          {"tunnelType", static_cast<int>(value.tunnel.type)},
          {"tunnelPort", value.tunnel.port},
          {"tunnelChecksum", static_cast<int>(value.tunnel.checksum)}};
}

json daemon_json(DaemonRole role, const SyncDaemon& value) {
  return {{"role", static_cast<int>(role)}, {"interface", value.interface}, {"syncId", value.sync_id},
          {"group", value.group.text()},    {"port", value.port},           {"ttl", value.ttl},
          {"maxLength", value.max_length}};
}

json packet_rules_json(const ServiceKey& key, const PacketRules& value) {
  json object = {{"service", key.text()}, {"sourceNat", value.source_nat}};
  if (value.syn_proxy) {
    object["synProxy"] = {{"mss", value.syn_proxy->mss}, {"windowScale", value.syn_proxy->window_scale}};
  }
  return object;
}

template <class Key, class Value, class Make>
json list_of(const Table<Key, Value>& table, Make make) {
  json list = json::array();
  for (const auto& [key, entry] : table) list.push_back(make(key, entry.value));
  return list;
}

void read_services(const json& whole, State& state) {
  for (const json& item : whole.at("services")) {
    Service value{item.at("scheduler"), item.at("flags"), item.at("persistence"), item.at("granularity"),
                  item.at("engine")};
    state.services.emplace(service_key(item.at("key")), Entry<Service>{std::move(value), {}});
  }
  for (const json& item : whole.at("destinations")) {
    const DestinationKey key{service_key(item.at("service")), address_of(item.at("address")), item.at("port")};
    const Tunnel tunnel{static_cast<TunnelType>(item.at("tunnelType").get<int>()), item.at("tunnelPort"),
                        static_cast<TunnelChecksum>(item.at("tunnelChecksum").get<int>())};
    const Destination value{static_cast<Forwarding>(item.at("forwarding").get<int>()), item.at("weight"),
                            item.at("upperThreshold"), item.at("lowerThreshold"), tunnel};
    state.destinations.emplace(key, Entry<Destination>{value, {}});
  }
}

void read_daemons(const json& whole, State& state) {
  for (const json& item : whole.at("syncDaemons")) {
    SyncDaemon value{item.at("interface"), item.at("syncId"), address_of(item.at("group")),
                     item.at("port"),      item.at("ttl"),    item.at("maxLength")};
    state.daemons.emplace(static_cast<DaemonRole>(item.at("role").get<int>()), Entry<SyncDaemon>{std::move(value), {}});
  }
}

void read_packet_rules(const json& whole, State& state) {
  // States of a version that had none lack it.
  for (const json& item : whole.value("packetRules", json::array())) {
    PacketRules value{item.at("sourceNat").get<bool>(), std::nullopt};
    if (item.contains("synProxy")) {
      const json& proxy = item.at("synProxy");
      value.syn_proxy = SynProxy{proxy.at("mss").get<std::uint16_t>(), proxy.at("windowScale").get<std::uint8_t>()};
    }
    state.packet_rules.emplace(service_key(item.at("service")), Entry<PacketRules>{value, {}});
  }
}

}  // namespace

std::string state_text(const State& state) {
  const json whole = {{"version", format_version},
                      {"services", list_of(state.services, service_json)},
                      {"destinations", list_of(state.destinations, destination_json)},
                      {"syncDaemons", list_of(state.daemons, daemon_json)},
                      {"packetRules", list_of(state.packet_rules, packet_rules_json)},
                      {"addresses", list_of(state.addresses,
                                            [](const AddressKey& key, const Address& value) -> json {
                                              return {{"interface", key.interface},
                                                      {"address", key.prefix.text()},
                                                      {"scope", static_cast<int>(value.scope)},
                                                      {"label", value.label}};
                                            })},
                      {"sysctls", list_of(state.sysctls,
                                          [](const SysctlKey& key, const SysctlValue& value) -> json {
                                            return {key, value};
                                          })},
                      {"timeouts", list_of(state.timeouts,
                                           [](Timer timer, std::uint32_t seconds) -> json {
                                             return {static_cast<int>(timer), seconds};
                                           })},
                      {"links", list_of(state.links, [](const std::string& name, const Link& value) -> json {
                         return {{"name", name}, {"up", value.up}};
                       })}};
  return whole.dump(0, ' ', false, json::error_handler_t::replace) + "\n";
}

Result<State> parse_state(std::string_view text) {
  try {
    const json whole = json::parse(text);
    if (whole.at("version").get<int>() != format_version) throw std::invalid_argument("written by another version");
    State state;
    read_services(whole, state);
    read_daemons(whole, state);
    read_packet_rules(whole, state);
    for (const json& item : whole.at("addresses")) {
      const std::string prefix = item.at("address");
      state.addresses.emplace(AddressKey{item.at("interface"), checked(Prefix::parse(prefix), prefix)},
                              Entry<Address>{{static_cast<Scope>(item.at("scope").get<int>()), item.at("label")}, {}});
    }
    for (const json& item : whole.at("sysctls")) {
      state.sysctls.emplace(item.at(0).get<std::string>(), Entry<SysctlValue>{item.at(1).get<std::string>(), {}});
    }
    for (const json& item : whole.at("timeouts")) {
      state.timeouts.emplace(static_cast<Timer>(item.at(0).get<int>()), Entry<std::uint32_t>{item.at(1), {}});
    }
    for (const json& item : whole.at("links")) {
      state.links.emplace(item.at("name").get<std::string>(), Entry<Link>{{item.at("up").get<bool>()}, {}});
    }
    return state;
  } catch (const json::exception&) {
    return Error{"not a record of a state, or damaged", 0};
  } catch (const std::exception& error) {
    return Error{std::string("not a record of a state: ") + error.what(), 0};
  }
}

}  // namespace ballast
