#include "controller/report/connections_text.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/report/status_text.hpp"
#include "model/report.hpp"

namespace ballast {
namespace {

using Json = nlohmann::ordered_json;

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
    return upper(x) == upper(y);
  });
}

auto identity(const ConnectionEntry& entry) {
  return std::tie(entry.virtual_address, entry.virtual_port, entry.protocol, entry.server, entry.server_port,
                  entry.client, entry.client_port);
}

std::string lower(std::string_view word) {
  std::string text(word);
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

std::string service_text(const ConnectionEntry& entry) {
  if (entry.fwmark() != 0) return fmt::format("fwmark {}", entry.fwmark());
  return fmt::format("{} {}", lower(entry.protocol), endpoint_text(entry.virtual_address, entry.virtual_port));
}

std::string client_text(const ConnectionEntry& entry) {
  return entry.is_template() ? entry.client.text() : endpoint_text(entry.client, entry.client_port);
}

std::string state_text(const ConnectionEntry& entry) {
  std::string text(entry.state);
  if (entry.is_template()) text += ", persistence";
  if (!entry.engine.empty()) text += fmt::format(", {} {}", shown(entry.engine), shown(entry.engine_data));
  return text;
}

using Row = std::array<std::string, 5>;

Row row_of(const ConnectionEntry& entry) {
  return {client_text(entry), service_text(entry), endpoint_text(entry.server, entry.server_port),
          age_text(std::chrono::seconds(entry.expires_seconds)), state_text(entry)};
}

Json endpoint_json(const IpAddress& address, std::uint16_t port) {
  return {{"address", address.text()}, {"port", port}};
}

}  // namespace

std::optional<AddressFilter> AddressFilter::parse(std::string_view text) {
  if (text.find('/') != std::string_view::npos) {
    const auto prefix = Prefix::parse(text);
    if (!prefix) return std::nullopt;
    return AddressFilter{*prefix, std::nullopt};
  }
  const auto host = parse_host(text);
  if (!host) return std::nullopt;
  return AddressFilter{{host->address, static_cast<std::uint8_t>(host->address.bits())}, host->port};
}

bool AddressFilter::matches(const IpAddress& address, std::uint16_t of_port) const {
  return prefix.contains(address) && (!port || *port == of_port);
}

bool ConnectionFilter::matches(const ConnectionEntry& entry) const {
  if (protocol && !same_word(entry.protocol, text_of(*protocol))) return false;
  if (virtual_address && !virtual_address->matches(entry.virtual_address, entry.virtual_port)) return false;
  if (client && !client->matches(entry.client, entry.client_port)) return false;
  if (server && !server->matches(entry.server, entry.server_port)) return false;
  return state.empty() || same_word(state, entry.state);
}

void ConnectionList::add(const ConnectionEntry& entry) {
  ++seen_;
  const auto keep = [&](std::string_view word) -> std::string_view {
    const auto found = words_.find(word);
    return found == words_.end() ? *words_.emplace(word).first : *found;
  };
  const auto state = states_seen_.find(entry.state);
  if (state == states_seen_.end()) {
    states_seen_.emplace(entry.state, 1);
  } else {
    ++state->second;
  }
  if (!filter_.matches(entry)) return;
  ConnectionEntry kept = entry;
  for (std::string_view* word : {&kept.protocol, &kept.state, &kept.engine, &kept.engine_data}) *word = keep(*word);
  entries_.push_back(kept);
}

void ConnectionList::finish() {
  const auto before = [](const auto& a, const auto& b) { return identity(a) < identity(b); };
  const auto same = [](const auto& a, const auto& b) { return identity(a) == identity(b); };
  std::stable_sort(entries_.begin(), entries_.end(), before);
  entries_.erase(std::unique(entries_.begin(), entries_.end(), same), entries_.end());
}

std::string ConnectionList::summary() const {
  std::map<std::string_view, std::size_t> states;
  std::size_t templates = 0;
  for (const ConnectionEntry& entry : entries_) {
    if (entry.is_template()) {
      ++templates;
    } else {
      ++states[entry.state];
    }
  }
  std::vector<std::pair<std::string_view, std::size_t>> sorted(states.begin(), states.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> parts;
  for (const auto& [state, count] : sorted) parts.push_back(fmt::format("{} {}", grouped(count), state));
  if (templates > 0) parts.push_back(fmt::format("{} remembered for persistence", grouped(templates)));

  const bool filtered = seen_ > entries_.size();
  if (entries_.empty() && filtered) {
    std::vector<std::string> there;
    for (const auto& [state, count] : states_seen_) there.push_back(fmt::format("{} {}", grouped(count), state));
    return fmt::format("no such connection; in the table there are {}\n", fmt::join(there, ", "));
  }
  if (entries_.empty()) return "no connections\n";
  return fmt::format("{} {}{}: {}\n", grouped(entries_.size() - templates),
                     entries_.size() - templates == 1 ? "connection" : "connections",
                     filtered ? fmt::format(" (of {} entries in the table)", grouped(seen_)) : "",
                     fmt::join(parts, ", "));
}

std::string ConnectionList::text() const {
  std::string out = summary();
  if (entries_.empty()) return out;
  const Row titles = {"CLIENT", "SERVICE", "SERVER", "EXPIRES", "STATE"};
  std::array<std::size_t, 5> widths{};
  for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = titles[i].size();
  for (const ConnectionEntry& entry : entries_) {
    const Row row = row_of(entry);
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  const auto line = [&](const Row& row) {
    fmt::format_to(std::back_inserter(out), "{:<{}}  {:<{}}  {:<{}}  {:>{}}  {}\n", row[0], widths[0], row[1],
                   widths[1], row[2], widths[2], row[3], widths[3], row[4]);
  };
  line(titles);
  for (const ConnectionEntry& entry : entries_) line(row_of(entry));
  return out;
}

std::string ConnectionList::json() const {
  std::string out = fmt::format("{{\n  \"inTable\": {},\n  \"connections\": [", seen_);
  bool first = true;
  for (const ConnectionEntry& entry : entries_) {
    Json object = {{"protocol", entry.protocol},
                   {"client", endpoint_json(entry.client, entry.client_port)},
                   {"virtual", endpoint_json(entry.virtual_address, entry.virtual_port)},
                   {"server", endpoint_json(entry.server, entry.server_port)},
                   {"state", entry.state},
                   {"expiresSeconds", entry.expires_seconds},
                   {"persistenceTemplate", entry.is_template()}};
    if (entry.fwmark() != 0) object["fwmark"] = entry.fwmark();
    if (!entry.engine.empty()) {
      object["persistenceEngine"] = entry.engine;
      object["persistenceData"] = entry.engine_data;
    }
    out += first ? "\n    " : ",\n    ";
    // Bytes that are no UTF-8 (a persistence engine's can be any) are replaced, never thrown on.
    out += object.dump(-1, ' ', false, Json::error_handler_t::replace);
    first = false;
  }
  out += first ? "]\n}\n" : "\n  ]\n}\n";
  return out;
}

std::string grouped(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<std::ptrdiff_t>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return text;
}

}  // namespace ballast
