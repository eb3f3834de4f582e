#include "controller/object_name.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace ballast {
namespace {

constexpr std::array<std::string_view, 9> kinds = {"service", "destination", "member", "address", "sysctl",
                                                   "device",  "router",      "vip",    "timeout"};

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

/// Protocols are written in both cases: "TCP" in manifests, "tcp" in plans.
std::optional<ServiceKey> parse_service(std::string_view text) {
  std::string lower(text);
  const std::size_t word = std::min(lower.find(' '), lower.size());
  std::transform(lower.begin(), lower.begin() + static_cast<std::ptrdiff_t>(word), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return ServiceKey::parse(lower);
}

}  // namespace

std::optional<HostName> parse_host(std::string_view text) {
  if (const auto address = IpAddress::parse(text)) return HostName{*address, std::nullopt};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (brackets) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (!address || address->is_ipv4() == brackets || error != std::errc{} || rest != end) return std::nullopt;
  return HostName{*address, port};
}

ObjectName parse_object_name(std::string_view text) {
  text = trimmed(text);
  const std::size_t blank = text.find(' ');
  const bool headed =
      blank != std::string_view::npos && std::find(kinds.begin(), kinds.end(), text.substr(0, blank)) != kinds.end();
  if (headed) text = trimmed(text.substr(blank));
  ObjectName name{std::string(text), parse_service(text), false, std::nullopt};
  if (name.service) return name;
  if (const std::size_t of = text.find(" of "); of != std::string_view::npos) {
    name.service = parse_service(text.substr(of + 4));
    name.host = parse_host(text.substr(0, of));
    if (!name.service || !name.host) return {name.text, std::nullopt, false, std::nullopt};
    return name;
  }
  // "192.0.2.1/24 on eth0"
  const std::string_view word = text.substr(0, text.find(' '));
  name.on_interface = word.size() < text.size() || word.find('/') != std::string_view::npos;
  const auto prefix = word.find('/') == std::string_view::npos ? std::nullopt : Prefix::parse(word);
  name.host = prefix ? HostName{prefix->address, std::nullopt} : parse_host(word);
  if (name.host && word.size() < text.size() && text.substr(word.size(), 4) != " on ") name.host.reset();
  return name;
}

bool ObjectName::means(std::string_view name, const ServiceKey& key) const {
  if (service) return *service == key;
  if (host)
    return !on_interface && !key.is_fwmark() && host->address == key.address &&
           host->port.value_or(key.port) == key.port;
  return text == name;
}

}  // namespace ballast
