#include "controller/commands/url.hpp"

#include <algorithm>
#include <charconv>

#include "model/ip.hpp"

namespace ballast {
namespace {

Error wrong(std::string_view text, const std::string& why) {
  return {"'" + std::string(text) + "' is no URL that can be asked: " + why, 0};
}

bool is_host_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         letter == '-' || letter == '.' || letter == '_';
}

}  // namespace

Result<Url> read_url(std::string_view text) {
  const auto is_sound = [](char letter) { return letter > ' ' && letter < '\x7f'; };
  if (!std::all_of(text.begin(), text.end(), is_sound)) return wrong(text, "spaces and the like are written as %20");
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
    url.port = 443;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return wrong(text, "it must begin with http:// or https://");
  }
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  url.authority = rest.substr(0, end);
  rest.remove_prefix(end);
  rest = rest.substr(0, rest.find('#'));
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);

  std::string_view authority = url.authority;
  if (authority.find('@') != std::string_view::npos) return wrong(text, "user names and passwords are not sent");
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == std::string_view::npos) return wrong(text, "the IPv6 address has no closing ]");
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
    const auto address = IpAddress::parse(url.host);
    if (!address || address->is_ipv4()) return wrong(text, "'" + url.host + "' is no IPv6 address");
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    port = authority.substr(colon);
    if (port.find(':', 1) != std::string_view::npos) return wrong(text, "an IPv6 address is written in brackets");
    if (url.host.empty() || !std::all_of(url.host.begin(), url.host.end(), is_host_letter)) {
      return wrong(text, "it names no host");
    }
  }
  if (port.empty()) return url;
  const char* const last = port.data() + port.size();
  const auto [stopped, error] = std::from_chars(port.data() + 1, last, url.port);
  if (port[0] != ':' || error != std::errc{} || stopped != last || url.port == 0) {
    return wrong(text, "the port must be a number from 1 to 65535");
  }
  return url;
}

}  // namespace ballast
