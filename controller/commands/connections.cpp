// `ballast connections`: the kernel's table of connections. Needs no controller, except to know a service by its name.
#include <fmt/format.h>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/http/client.hpp"
#include "controller/http/node_status.hpp"
#include "controller/http/query.hpp"
#include "controller/report/connections_text.hpp"
#include "drivers/connection_table.hpp"

namespace ballast {
namespace {

/// The controller knows services by their names.
Result<ServiceKey> find_service(const std::string& name, const std::string& state_dir) {
  const bool meant_as_address = name.find_first_not_of("0123456789abcdefABCDEF.:[]/") == std::string::npos &&
                                name.find_first_of(".:") != std::string::npos;
  if (meant_as_address) {
    return Error{fmt::format("'{}' is no address; give 192.0.2.1, 192.0.2.1:80 or [2001:db8::1]:80", name), 0};
  }
  const auto status = http::ask_status(state_dir, "/v1/status?service=" + http::query_text(name));
  if (!status) {
    return Error{fmt::format("the service '{}': {}; or name it by its address, as \"tcp 192.0.2.1:80\"", name,
                             status.error().text),
                 status.error().errnum};
  }
  const auto key = status->services.empty() ? std::nullopt : ServiceKey::parse(status->services.front().service);
  if (!key) return Error{fmt::format("the controller does not say what the service '{}' is", name), 0};
  return *key;
}

Result<void> filter_by_service(const ConnectionsOptions& options, ConnectionFilter& filter) {
  if (options.service.empty()) return {};
  const ObjectName name = parse_object_name(options.service);
  if (name.host && !name.service) {
    filter.virtual_address =
        AddressFilter{{name.host->address, static_cast<std::uint8_t>(name.host->address.bits())}, name.host->port};
    return {};
  }
  const auto key = name.service ? Result<ServiceKey>(*name.service) : find_service(name.text, options.state_dir);
  if (!key) return key.error();
  if (key->is_fwmark()) {
    return Error{fmt::format("{}: the kernel does not record by which mark a connection came; give --server, or the "
                             "address that clients connect to",
                             key->text()),
                 0};
  }
  if (name.host && !filter.server) {  // "10.0.0.3:80 of tcp 192.0.2.1:80"
    const Prefix server{name.host->address, static_cast<std::uint8_t>(name.host->address.bits())};
    filter.server = AddressFilter{server, name.host->port};
  }
  filter.protocol = key->protocol;
  filter.virtual_address = AddressFilter{{key->address, static_cast<std::uint8_t>(key->address.bits())}, std::nullopt};
  if (key->port != 0) filter.virtual_address->port = key->port;
  return {};
}

Result<void> filter_by_address(const char* option, const std::string& text, std::optional<AddressFilter>& out) {
  if (text.empty()) return {};
  out = AddressFilter::parse(text);
  if (out) return {};
  return Error{fmt::format("{}: '{}' is no address; give 192.0.2.3, 192.0.2.3:80, [2001:db8::3]:80 or 192.0.2.0/24",
                           option, text),
               0};
}

}  // namespace

int run_connections(const ConnectionsOptions& options) {
  ConnectionFilter filter;
  filter.state = options.state;
  auto ready = filter_by_address("--client", options.client, filter.client);
  if (ready) ready = filter_by_address("--server", options.server, filter.server);
  if (ready) ready = filter_by_service(options, filter);
  ConnectionList list(std::move(filter));
  if (ready) ready = read_connections([&](const ConnectionEntry& entry) { list.add(entry); });
  if (!ready) {
    print_error("connections", ready.error().text);
    return exit_error;
  }
  list.finish();
  return print(options.json ? list.json() : list.text()) ? exit_ok : exit_error;
}

}  // namespace ballast
