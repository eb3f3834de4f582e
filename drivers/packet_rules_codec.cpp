// A table is its layout: chains with their rules, and sets of services. The script is printed from it, and what nft
// says is compared with it by what every version says alike: names, hooks, elements, and the rules' comments.
#include "drivers/packet_rules_codec.hpp"

#include <charconv>
#include <compare>
#include <optional>
#include <set>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ballast {
namespace {

using nlohmann::json;

constexpr std::string_view source_nat_chain = "source-nat";
constexpr std::string_view untracked_chain = "syn-untracked";
constexpr std::string_view proxy_chain = "syn-proxy";
constexpr std::string_view source_nat_comment = "source NAT of ";

struct Rule {
  std::string text;  ///< empty where it was read
  std::string comment;
  /// The comment stands for the rule.
  friend bool operator==(const Rule& a, const Rule& b) { return a.comment == b.comment; }
};

struct Chain {
  std::string hook;  ///< "type nat hook postrouting priority 100; policy accept;"; empty: others jump to it
  std::vector<Rule> rules;
  friend bool operator==(const Chain&, const Chain&) = default;
};

using ServiceSet = std::set<std::pair<IpAddress, std::uint16_t>>;

struct Layout {
  std::map<std::string, Chain, std::less<>> chains;
  std::map<std::string, ServiceSet, std::less<>> sets;
  friend bool operator==(const Layout&, const Layout&) = default;
};

std::string hook_text(std::string_view type, std::string_view hook, std::int64_t priority, std::string_view policy) {
  return fmt::format("type {} hook {} priority {}; policy {};", type, hook, priority, policy);
}

std::string_view ip_word(Family family) {
  return family == Family::ipv4 ? "ip" : "ip6";
}

/// "syn-proxy-1460-7": the chain of one handshake; its sets are "syn-proxy-1460-7-ip" and "-ip6".
std::string handshake_name(const SynProxy& proxy) {
  return fmt::format("{}-{}-{}", proxy_chain, proxy.mss, int{proxy.window_scale});
}

void add_source_nat(const ServiceKey& key, Layout& layout) {
  constexpr int after_routing = 100;  // NF_IP_PRI_NAT_SRC
  Chain& chain = layout.chains[std::string(source_nat_chain)];
  chain.hook = hook_text("nat", "postrouting", after_routing, "accept");
  chain.rules.push_back(
      {fmt::format("meta l4proto {} ct original {} daddr {} ct original proto-dst {} masquerade",
                   static_cast<int>(key.protocol), ip_word(key.family()), key.address.text(), key.port),
       std::string(source_nat_comment) + key.text()});
}

/// The chain that shakes hands; once for all services with the same promises.
void add_handshake(const SynProxy& proxy, Layout& layout) {
  Chain& chain = layout.chains[handshake_name(proxy)];
  if (!chain.rules.empty()) return;
  const std::string statement =
      fmt::format("synproxy mss {} wscale {} timestamp sack-perm", proxy.mss, int{proxy.window_scale});
  chain.rules = {{"ct state invalid,untracked " + statement, "SYNs are answered, and what answers that"},
                 // nf_conntrack_tcp_loose: a client's ACK then begins a connection.
                 {"ct state new tcp flags & syn == 0 " + statement, "the same where tracking begins in the middle"},
                 {"ct state invalid drop", "belongs to no connection"}};
}

void add_syn_proxy(const ServiceKey& key, const SynProxy& proxy, Layout& layout) {
  constexpr int before_tracking = -300;  // NF_IP_PRI_RAW
  const std::string name = handshake_name(proxy);
  const std::string set = fmt::format("{}-{}", name, ip_word(key.family()));
  Chain& untracked = layout.chains[std::string(untracked_chain)];
  Chain& proxies = layout.chains[std::string(proxy_chain)];
  untracked.hook = hook_text("filter", "prerouting", before_tracking, "accept");
  proxies.hook = hook_text("filter", "input", 0, "accept");
  ServiceSet& services = layout.sets[set];
  if (services.empty()) {
    const std::string match = fmt::format("{} daddr . tcp dport @{}", ip_word(key.family()), set);
    untracked.rules.push_back(
        {fmt::format("tcp flags & (fin|syn|rst|ack) == syn {} notrack", match), "SYNs for " + set});
    proxies.rules.push_back({fmt::format("{} goto {}", match, name), "to " + set});
    add_handshake(proxy, layout);
  }
  services.emplace(key.address, key.port);
}

Layout make_layout(const PacketRulesMap& rules) {
  Layout layout;
  for (const auto& [key, value] : rules) {
    if (value.source_nat) add_source_nat(key, layout);
    if (value.syn_proxy) add_syn_proxy(key, *value.syn_proxy, layout);
  }
  return layout;
}

void print_set(const std::string& name, const ServiceSet& services, std::string& out) {
  const Family family = services.begin()->first.family();
  std::vector<std::string> elements;
  for (const auto& [address, port] : services) elements.push_back(fmt::format("{} . {}", address.text(), port));
  out += fmt::format("  set {} {{ type {}_addr . inet_service; elements = {{ {} }} }}\n", name,
                     family == Family::ipv4 ? "ipv4" : "ipv6", fmt::join(elements, ", "));
}

void print_chain(const std::string& name, const Chain& chain, std::string& out) {
  out += fmt::format("  chain {} {{\n", name);
  if (!chain.hook.empty()) out += fmt::format("    {}\n", chain.hook);
  for (const Rule& rule : chain.rules) out += fmt::format("    {} comment \"{}\"\n", rule.text, rule.comment);
  out += "  }\n";
}

// Reading.

std::string string_of(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::int64_t> number_of(const json& value) {
  if (!value.is_number_integer()) return std::nullopt;
  return value.get<std::int64_t>();
}

/// {"concat": ["192.0.2.1", 80]}
std::optional<std::pair<IpAddress, std::uint16_t>> read_element(const json& element) {
  constexpr std::int64_t highest_port = 65535;
  const auto parts = element.is_object() ? element.find("concat") : element.end();
  if (!element.is_object() || parts == element.end() || !parts->is_array() || parts->size() != 2) return std::nullopt;
  const json& address_json = (*parts)[0];
  const auto port = number_of((*parts)[1]);
  if (!address_json.is_string() || !port || *port < 1 || *port > highest_port) return std::nullopt;
  const auto address = IpAddress::parse(address_json.get<std::string>());
  if (!address) return std::nullopt;
  return std::pair(*address, static_cast<std::uint16_t>(*port));
}

/// The reverse of the sets' names.
std::optional<SynProxy> handshake_of(std::string_view set) {
  const std::string head = fmt::format("{}-", proxy_chain);
  if (!set.starts_with(head)) return std::nullopt;
  set.remove_prefix(head.size());
  SynProxy proxy;
  const char* const end = set.data() + set.size();
  const auto mss = std::from_chars(set.data(), end, proxy.mss);
  if (mss.ec != std::errc{} || mss.ptr == end || *mss.ptr != '-') return std::nullopt;
  const auto scale = std::from_chars(mss.ptr + 1, end, proxy.window_scale);
  if (scale.ec != std::errc{}) return std::nullopt;
  const std::string_view rest(scale.ptr, static_cast<std::size_t>(end - scale.ptr));
  if (rest != "-ip" && rest != "-ip6") return std::nullopt;
  return proxy;
}

class Reading {
 public:
  void add(const json& object) {
    if (!object.is_object()) return;
    for (const auto& [kind, value] : object.items()) {
      if (!value.is_object()) continue;
      if (kind == "table") table_.present = true;
      if (kind == "chain") add_chain(value);
      if (kind == "rule") add_rule(value);
      if (kind == "set" || kind == "map") add_set(value);
    }
  }

  PacketTable take() {
    if (understood_ && make_layout(table_.rules) == layout_) return std::move(table_);
    for (auto& [key, rules] : table_.rules) rules.damaged = true;
    return std::move(table_);
  }

 private:
  void add_chain(const json& from) {
    Chain& chain = layout_.chains[string_of(from, "name")];
    if (!from.contains("hook")) return;
    const auto priority = from.contains("prio") ? number_of(from["prio"]) : std::nullopt;
    chain.hook =
        hook_text(string_of(from, "type"), string_of(from, "hook"), priority.value_or(0), string_of(from, "policy"));
  }

  void add_rule(const json& from) {
    std::string comment = string_of(from, "comment");
    const std::string chain = string_of(from, "chain");
    if (chain == source_nat_chain && comment.starts_with(source_nat_comment)) {
      const auto key = ServiceKey::parse(std::string_view(comment).substr(source_nat_comment.size()));
      if (key) table_.rules[*key].source_nat = true;
    }
    layout_.chains[chain].rules.push_back({{}, std::move(comment)});
  }

  void add_set(const json& from) {
    const std::string name = string_of(from, "name");
    ServiceSet& services = layout_.sets[name];
    const auto proxy = handshake_of(name);
    const auto elements = from.find("elem");
    if (elements == from.end()) return;
    if (!elements->is_array()) {
      understood_ = false;
      return;
    }
    for (const json& each : *elements) {
      const auto element = read_element(each);
      if (!element || !proxy) {
        understood_ = false;
        continue;
      }
      services.insert(*element);
      table_.rules[ServiceKey{element->first, Protocol::tcp, element->second, 0}].syn_proxy = proxy;
    }
  }

  PacketTable table_;
  Layout layout_;
  bool understood_ = true;
};

/// The list that everything of nft -j is in; null: it is none.
const json* objects_of(const json& whole) {
  const auto found = whole.is_object() ? whole.find("nftables") : whole.end();
  return whole.is_object() && found != whole.end() && found->is_array() ? &*found : nullptr;
}

Error not_understood() {
  return {"nft prints what is not understood", EPROTO};
}

}  // namespace

std::string packet_table_script(const PacketRulesMap& rules) {
  std::string script = fmt::format("add table inet {0}\ndelete table inet {0}\n", packet_table_name);
  const Layout layout = make_layout(rules);
  if (layout.chains.empty()) return script;
  script += fmt::format("table inet {} {{\n", packet_table_name);
  for (const auto& [name, services] : layout.sets) print_set(name, services, script);
  // Those that others go to come first.
  for (const auto& [name, chain] : layout.chains) {
    if (chain.hook.empty()) print_chain(name, chain, script);
  }
  for (const auto& [name, chain] : layout.chains) {
    if (!chain.hook.empty()) print_chain(name, chain, script);
  }
  return script + "}\n";
}

Result<bool> lists_packet_table(std::string_view text) {
  const json whole = json::parse(text, nullptr, false);
  const json* objects = objects_of(whole);
  if (objects == nullptr) return not_understood();
  for (const json& each : *objects) {
    if (!each.is_object() || !each.contains("table") || !each["table"].is_object()) continue;
    const json& table = each["table"];
    if (string_of(table, "family") == "inet" && string_of(table, "name") == packet_table_name) return true;
  }
  return false;
}

Result<PacketTable> read_packet_table(std::string_view text) {
  const json whole = json::parse(text, nullptr, false);
  const json* objects = objects_of(whole);
  if (objects == nullptr) return not_understood();
  Reading reading;
  for (const json& each : *objects) reading.add(each);
  return reading.take();
}

}  // namespace ballast
