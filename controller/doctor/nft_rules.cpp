// `nft -j list ruleset` (libnftables-json(5)): objects in a list, rules in the order in which they stand.
#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/doctor/firewall.hpp"

namespace ballast::doctor {
namespace {

using nlohmann::json;

std::string word(const json& value, int depth = 0) {
  constexpr int deepest = 8;
  if (depth > deepest) return "?";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return std::to_string(value.get<long>());
  if (value.is_object() && value.contains("prefix")) {
    const json& prefix = value["prefix"];
    if (prefix.is_object())
      return word(prefix.value("addr", json()), depth + 1) + "/" + word(prefix.value("len", json()), depth + 1);
  }
  if (value.is_object() && value.contains("elem") && value["elem"].is_object()) {
    return word(value["elem"].value("val", json()), depth + 1);
  }
  return "?";  // matches nothing for certain
}

std::vector<std::string> words(const json& value) {
  const json* list = &value;
  if (value.is_object() && value.contains("set")) list = &value["set"];
  if (!list->is_array()) return {word(*list)};
  std::vector<std::string> all;
  for (const json& each : *list) all.push_back(word(each));
  return all;
}

std::string string_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Condition impossible() {
  return {Condition::Field::family, false, {}};  // none of no families
}

/// A packet of these protocols has other payloads than an advertisement.
bool is_transport(const std::string& protocol) {
  static constexpr std::string_view names[] = {"tcp",  "udp", "udplite", "sctp", "dccp", "icmp", "icmpv6",
                                               "igmp", "th",  "esp",     "comp", "arp",  "gre"};
  return std::find(std::begin(names), std::end(names), protocol) != std::end(names);
}

/// An advertisement is never an answer, so connection tracking has it as new, whatever came before.
Condition of_state(const std::vector<std::string>& states) {
  const bool is_new = std::find(states.begin(), states.end(), "new") != states.end();
  return {Condition::Field::family, false,
          is_new ? std::vector<std::string>{"ipv4", "ipv6"} : std::vector<std::string>{}};
}

std::vector<Condition> of_payload(const json& left, const std::vector<std::string>& values) {
  const std::string protocol = string_of(left, "protocol");
  const std::string field = string_of(left, "field");
  if (is_transport(protocol)) return {impossible(), Condition{}};
  if (protocol != "ip" && protocol != "ip6") return {Condition{}};
  std::vector<Condition> all{{Condition::Field::family, false, {protocol == "ip" ? "ipv4" : "ipv6"}}};
  if (field == "protocol" || field == "nexthdr") {
    all.push_back({Condition::Field::protocol, false, values});
  } else if (field == "saddr") {
    all.push_back({Condition::Field::source, false, values});
  } else if (field == "daddr") {
    all.push_back({Condition::Field::destination, false, values});
  } else {
    all.emplace_back();
  }
  return all;
}

Condition of_meta(const std::string& key, const std::vector<std::string>& values) {
  if (key == "l4proto") return {Condition::Field::protocol, false, values};
  if (key == "iifname" || key == "iif") return {Condition::Field::in, false, values};
  if (key == "oifname" || key == "oif") return {Condition::Field::out, false, values};
  if (key != "nfproto" && key != "protocol") return {};
  Condition family{Condition::Field::family, false, {}};
  for (const std::string& value : values) {
    family.values.push_back(value == "ip" ? "ipv4" : value == "ip6" ? "ipv6" : value);
  }
  return family;
}

std::vector<Condition> conditions_of(const json& match) {
  const std::string operation = string_of(match, "op");
  if (!match.contains("left") || !match.contains("right") || !match["left"].is_object()) return {Condition{}};
  const std::vector<std::string> values = words(match["right"]);
  const json& left = match["left"];
  std::vector<Condition> all(1);
  if (left.contains("meta") && left["meta"].is_object()) {
    all = {of_meta(string_of(left["meta"], "key"), values)};
  } else if (left.contains("payload") && left["payload"].is_object()) {
    all = of_payload(left["payload"], values);
  } else if (left.contains("ct") && left["ct"].is_object() && string_of(left["ct"], "key") == "state") {
    all = {of_state(values)};
  }
  if (operation == "!=") {
    all.back().negated = true;
  } else if (operation != "==" && operation != "in") {
    all.back() = Condition{};
  }
  return all;
}

struct Reading {
  std::vector<Condition> conditions;
  Verdict verdict = Verdict::next;
  std::string target;
};

/// Whether `statement` ends the rule.
bool read_statement(const json& statement, Reading& reading) {
  if (!statement.is_object() || statement.empty()) return false;
  const std::string& name = statement.begin().key();
  const json& value = statement.begin().value();
  static constexpr std::pair<std::string_view, Verdict> verdicts[] = {
      {"accept", Verdict::accept}, {"drop", Verdict::drop},  {"reject", Verdict::drop},
      {"return", Verdict::leave},  {"jump", Verdict::jump},  {"goto", Verdict::go_to},
      {"queue", Verdict::unknown}, {"xt", Verdict::unknown}, {"vmap", Verdict::unknown},
  };
  if (name == "match") {
    for (Condition& each : conditions_of(value)) reading.conditions.push_back(std::move(each));
    return false;
  }
  if (name == "limit") reading.conditions.emplace_back();
  if (name == "xt" && value.is_object() && string_of(value, "type") == "match") {
    reading.conditions.emplace_back();
    return false;
  }
  for (const auto& [word, verdict] : verdicts) {
    if (word != name) continue;
    reading.verdict = verdict;
    if (value.is_object()) reading.target = string_of(value, "target");
    return true;
  }
  return false;
}

Verdict verdict_of(const json& value) {
  Reading reading;
  return read_statement(value, reading) ? reading.verdict : Verdict::unknown;
}

/// Of a map of connection states only "new" concerns an advertisement; of others nothing is known.
void resolve_map(const json& map, Reading& reading) {
  reading.verdict = Verdict::unknown;
  if (!map.is_object() || !map.contains("key") || !map.contains("data")) return;
  const json& key = map["key"];
  const bool of_states = key.is_object() && key.contains("ct") && key["ct"].is_object() &&
                         string_of(key["ct"], "key") == "state" && map["data"].is_object() &&
                         map["data"].contains("set") && map["data"]["set"].is_array();
  if (!of_states) return;
  reading.verdict = Verdict::next;
  for (const json& pair : map["data"]["set"]) {
    if (!pair.is_array() || pair.size() != 2) continue;
    if (word(pair[0]) == "new") reading.verdict = verdict_of(pair[1]);
  }
}

Rule read_rule(const json& from, const std::string& chain) {
  Reading reading;
  std::string shown;
  const auto statements = from.find("expr");
  if (statements != from.end() && statements->is_array()) {
    for (const json& statement : *statements) {
      const bool ends = read_statement(statement, reading);
      if (statement.is_object() && statement.contains("vmap")) resolve_map(statement["vmap"], reading);
      if (ends) {
        if (statement.is_object() && !statement.empty()) shown = statement.begin().key();
        break;
      }
    }
  }
  const auto handle = from.find("handle");
  Rule rule{std::move(reading.conditions), reading.verdict, std::move(reading.target), {}};
  rule.text = fmt::format("rule \"{}\" (handle {}) of nft's {}", shown,
                          handle != from.end() && handle->is_number_integer() ? handle->get<long>() : 0, chain);
  return rule;
}

/// Chains of one table, found by its family and name.
class Tables {
 public:
  explicit Tables(Firewall& firewall) : firewall_(firewall) {}

  void add_chain(const json& from) {
    const std::string family = string_of(from, "family");
    Chain chain;
    chain.name = string_of(from, "name");
    chain.hook = string_of(from, "hook");
    chain.drops = string_of(from, "policy") == "drop";
    chain.ipv4 = family == "ip" || family == "inet";
    chain.ipv6 = family == "ip6" || family == "inet";
    chain.text = fmt::format("chain {} {} {}", family, string_of(from, "table"), chain.name);
    of(from).push_back(std::move(chain));
  }

  void add_rule(const json& from) {
    const std::string name = string_of(from, "chain");
    for (Chain& chain : of(from)) {
      if (chain.name == name) chain.rules.push_back(read_rule(from, chain.text));
    }
  }

 private:
  std::vector<Chain>& of(const json& from) {
    const std::string key = string_of(from, "family") + " " + string_of(from, "table");
    const auto found = std::find(keys_.begin(), keys_.end(), key);
    if (found != keys_.end()) return firewall_.tables[static_cast<std::size_t>(found - keys_.begin())];
    keys_.push_back(key);
    return firewall_.tables.emplace_back();
  }

  Firewall& firewall_;
  std::vector<std::string> keys_;
};

}  // namespace

std::optional<Firewall> read_nft(const std::string& text) {
  const json body = json::parse(text, nullptr, false);
  if (!body.is_object() || !body.contains("nftables") || !body["nftables"].is_array()) return std::nullopt;
  Firewall firewall;
  Tables tables(firewall);
  for (const json& each : body["nftables"]) {
    if (!each.is_object()) continue;
    if (each.contains("chain") && each["chain"].is_object()) tables.add_chain(each["chain"]);
    if (each.contains("rule") && each["rule"].is_object()) tables.add_rule(each["rule"]);
  }
  return firewall;
}

}  // namespace ballast::doctor
