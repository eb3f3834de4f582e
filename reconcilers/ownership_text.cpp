// JSON through nlohmann; keys in the words that every message uses.
#include <nlohmann/json.hpp>

#include "reconcilers/ownership.hpp"

namespace ballast {
namespace {

using nlohmann::json;

constexpr int format_version = 1;
constexpr Timer timers[] = {Timer::tcp, Timer::tcp_fin, Timer::udp};

Timer parse_timer(const std::string& name) {
  for (const Timer timer : timers) {
    if (text_of(timer) == name) return timer;
  }
  throw std::invalid_argument("unknown timeout '" + name + "'");
}

DaemonRole parse_daemon(const std::string& name) {
  for (const DaemonRole role : {DaemonRole::master, DaemonRole::backup}) {
    if (text_of(role) == name) return role;
  }
  throw std::invalid_argument("unknown sync daemon '" + name + "'");
}

ServiceKey parse_service(const std::string& text) {
  const auto key = ServiceKey::parse(text);
  if (!key) throw std::invalid_argument("'" + text + "' is no service");
  return *key;
}

AddressKey parse_address(const json& item) {
  const std::string text = item.at("address");
  const auto prefix = Prefix::parse(text);
  if (!prefix) throw std::invalid_argument("'" + text + "' is no address");
  return {item.at("interface"), *prefix};
}

}  // namespace

std::string ownership_text(const Ownership& owned) {
  json services = json::array();
  for (const ServiceKey& key : owned.services) services.push_back(key.text());
  json daemons = json::array();
  for (const DaemonRole role : owned.daemons) daemons.push_back(text_of(role));
  json packet_rules = json::array();
  for (const ServiceKey& key : owned.packet_rules) packet_rules.push_back(key.text());
  json addresses = json::array();
  for (const AddressKey& key : owned.addresses) {
    addresses.push_back({{"interface", key.interface}, {"address", key.prefix.text()}});
  }
  json timeouts = json::object();
  for (const auto& [timer, seconds] : owned.former_timeouts) timeouts[std::string(text_of(timer))] = seconds;
  const json whole = {{"version", format_version},
                      {"syncDaemons", std::move(daemons)},
                      {"packetRules", std::move(packet_rules)},
                      {"services", std::move(services)},
                      {"addresses", std::move(addresses)},
                      {"formerSysctls", owned.former_sysctls},
                      {"formerTimeouts", std::move(timeouts)},
                      {"formerLinks", owned.former_links}};
  return whole.dump(0) + "\n";
}

Result<Ownership> parse_ownership(std::string_view text) {
  try {
    const json whole = json::parse(text);
    if (whole.at("version").get<int>() != format_version) throw std::invalid_argument("written by another version");
    Ownership owned;
    // Records of versions that had none lack these.
    for (const std::string role : whole.value("syncDaemons", json::array())) owned.daemons.insert(parse_daemon(role));
    for (const std::string key : whole.value("packetRules", json::array())) {
      owned.packet_rules.insert(parse_service(key));
    }
    for (const std::string key : whole.at("services")) owned.services.insert(parse_service(key));
    for (const json& item : whole.at("addresses")) owned.addresses.insert(parse_address(item));
    whole.at("formerSysctls").get_to(owned.former_sysctls);
    for (const auto& [name, seconds] : whole.at("formerTimeouts").items()) {
      owned.former_timeouts.emplace(parse_timer(name), seconds.get<std::uint32_t>());
    }
    whole.at("formerLinks").get_to(owned.former_links);
    return owned;
  } catch (const json::exception&) {
    return Error{"not a record of ownership, or damaged", 0};
  } catch (const std::exception& error) {
    return Error{std::string("not a record of ownership: ") + error.what(), 0};
  }
}

}  // namespace ballast
