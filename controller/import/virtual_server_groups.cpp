// virtual_server_group: addresses, ranges of them, and firewall marks.
#include <algorithm>
#include <charconv>

#include "controller/import/lvs.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

constexpr std::size_t most_places = 4096;

std::optional<IpAddress> next(const IpAddress& address) {
  auto bytes = address.bytes();
  for (int i = address.bits() / 8 - 1; i >= 0; --i) {
    if (++bytes[static_cast<std::size_t>(i)] != 0) return IpAddress::from_bytes(address.family(), bytes.data());
  }
  return std::nullopt;
}

/// "192.0.2.1-10", "2001:db8::1-2f": the last part of the first address up to that of the last one.
std::optional<IpAddress> range_end(const IpAddress& first, std::string_view text) {
  if (const auto whole = IpAddress::parse(text)) return whole->family() == first.family() ? whole : std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, first.is_ipv4() ? 10 : 16);
  if (error != std::errc{} || end != text.data() + text.size() || value > (first.is_ipv4() ? 0xffU : 0xffffU)) {
    return std::nullopt;
  }
  auto bytes = first.bytes();
  if (first.is_ipv4()) {
    bytes[3] = static_cast<std::uint8_t>(value);
  } else {
    bytes[14] = static_cast<std::uint8_t>(value >> 8);
    bytes[15] = static_cast<std::uint8_t>(value);
  }
  return IpAddress::from_bytes(first.family(), bytes.data());
}

std::optional<std::pair<IpAddress, IpAddress>> parse_range(const std::string& text) {
  if (const auto slash = text.find('/'); slash != std::string::npos) {
    const auto prefix = Prefix::parse(text);
    if (!prefix) return std::nullopt;
    const IpAddress first = prefix->network();
    auto bytes = first.bytes();
    for (int bit = prefix->length; bit < first.bits(); ++bit) {
      auto& byte = bytes[static_cast<std::size_t>(bit / 8)];
      byte = static_cast<std::uint8_t>(byte | (0x80 >> (bit % 8)));
    }
    return std::pair(first, IpAddress::from_bytes(first.family(), bytes.data()));
  }
  const std::size_t dash = text.find('-');
  const auto first = IpAddress::parse(text.substr(0, dash));
  if (!first) return std::nullopt;
  const auto last = dash == std::string::npos ? first : range_end(*first, std::string_view(text).substr(dash + 1));
  if (!last || *last < *first) return std::nullopt;
  return std::pair(*first, *last);
}

}  // namespace

std::vector<ServicePlace> read_group(const Statement& block, Remarks& remarks) {
  std::vector<ServicePlace> places;
  for (const Statement& line : block.children) {
    line.used = true;
    ServicePlace place;
    place.origin = line.origin;
    if (line.keyword == "fwmark") {
      const auto mark = parse_number(line.word(0), 1, UINT32_MAX);
      if (mark) {
        place.mark = *mark;
        place.family = line.word(1) == "inet6" ? Family::ipv6 : Family::ipv4;
        places.push_back(place);
        continue;
      }
    }
    const auto range = parse_range(line.keyword);
    const auto port = line.words.empty() ? std::optional<std::int64_t>(0) : parse_number(line.words[0], 1, 65535);
    if (!range || !port) {
      remarks.add(RemarkKind::repaired, line.origin,
                  cat("'", shown(line.keyword + " " + line.rest),
                      "' is no address with port, and no fwmark: keepalived "
                      "passes over it"));
      continue;
    }
    place.port = *port;
    for (std::optional<IpAddress> at = range->first; at && *at <= range->second; at = next(*at)) {
      if (places.size() == most_places) {
        remarks.add(RemarkKind::lost, line.origin,
                    cat("virtual_server_group ", shown(block.word(0)), " has more than ", most_places,
                        " addresses; mark the packets, and use one fwmark service"));
        return places;
      }
      place.address = at;
      place.family = at->family();
      places.push_back(place);
    }
  }
  return places;
}

}  // namespace ballast::keepalived
