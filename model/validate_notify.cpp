// Whom services and nodes tell: programs, URLs and mail that can work.
#include <algorithm>
#include <charconv>

#include "model/validate_rules.hpp"

namespace ballast {

namespace {

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != '\x7f'; });
}

/// "host", "host:port", "192.0.2.1:25", "[2001:db8::1]:25".
bool is_server(std::string_view text) {
  constexpr int highest_port = 65535;
  if (text.empty() || !is_printable(text) || text.find_first_of("/@?#\\\"<>") != std::string_view::npos) return false;
  std::string_view port;
  std::string_view host = text;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !IpAddress::parse(text.substr(1, end - 1))) return false;
    port = text.substr(end + 1);
    host = "[]";
  } else {
    host = text.substr(0, text.find(':'));
    port = text.substr(host.size());
  }
  if (host.empty()) return false;
  if (port.empty()) return true;
  port.remove_prefix(1);
  int number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc{} && end == port.data() + port.size() && number >= 1 && number <= highest_port;
}

bool is_url(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view rest = text.substr(scheme.size());
    return is_printable(rest) && is_server(rest.substr(0, rest.find_first_of("/?#")));
  }
  return false;
}

bool is_mail_address(std::string_view text) {
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && is_printable(text) &&
         text.find_first_of("<>,;\"") == std::string_view::npos;
}

void check_mail_address(Validation& validation, const Located<std::string>& address, std::string_view field) {
  if (!address.origin.known() || is_mail_address(address.value)) return;
  validation.report.add(address.origin,
                        cat(field, ": '", shown(address.value), "' is not an address like ops@example.com"));
}

}  // namespace

void check_notify(Validation& validation, const ServiceNotify& notify, const Header& header) {
  if (notify.script) check_program(validation, *notify.script, header);
  if (notify.webhook && !is_url(notify.webhook->value)) {
    validation.report.add(notify.webhook->origin,
                          cat("webhook: '", shown(notify.webhook->value), "' is not a URL like https://host/path"));
  }
}

void check_notify(Validation& validation, const NodeNotify& notify, const Header& header) {
  check_notify(validation, static_cast<const ServiceNotify&>(notify), header);
  if (!notify.email) return;
  for (const auto& address : notify.email->to) check_mail_address(validation, address, "to");
  check_mail_address(validation, notify.email->from, "from");
  const auto& server = notify.email->server;
  if (server.origin.known() && !is_server(server.value)) {
    validation.report.add(server.origin,
                          cat("server: '", shown(server.value), "' is not a server like mail.example.com:25"));
  }
}

}  // namespace ballast
