// virtual_server, real_server and their checkers.
#pragma once

#include "controller/import/globals.hpp"
#include "controller/import/programs.hpp"

namespace ballast::keepalived {

/// What virtual servers, real servers and checkers have in common; what is absent comes from the next outer one.
struct CheckDefaults {
  std::optional<milliseconds> connect_timeout;
  std::optional<std::int64_t> retry;
  std::optional<milliseconds> delay_before_retry;
  std::optional<milliseconds> warmup;
  std::optional<milliseconds> delay_loop;
  std::optional<std::string> virtual_host;
  std::optional<bool> alpha;

  /// Reads those that `section` has; the others are `outer`'s.
  static CheckDefaults read(Section& section, const CheckDefaults& outer);
};

/// The checker that `block` is, as `checks` entries; none where it cannot be carried over.
std::vector<json> read_checker(const Statement& block, const CheckDefaults& defaults, Programs& programs,
                               Remarks& remarks);
/// {path, host, status, ...} of each url of an HTTP_GET or SSL_GET. False where one of them would pass when it should
/// not.
std::optional<json> read_http(Section& section, const CheckDefaults& defaults);

/// DR, NAT or TUN, and how TUN wraps.
struct Method {
  std::string forwarding;
  json tunnel;
};
std::optional<Method> read_method(Section& section, std::string_view keyword, std::string_view synonym = {});

struct RealServer {
  Origin origin;
  IpAddress address;
  std::int64_t port = 0;  ///< 0: the service's
  std::int64_t weight = 1;
  std::int64_t upper = 0;
  std::int64_t lower = 0;
  std::optional<Method> method;
  bool quiesces = false;
  bool assumed_up = true;
  std::vector<json> checks;
  const Statement* notify_up = nullptr;
  const Statement* notify_down = nullptr;
};
std::optional<RealServer> read_real_server(const Statement& block, const CheckDefaults& defaults, bool quiesces,
                                           Programs& programs, Remarks& remarks);

/// Where a virtual server is: an address and port, or a mark.
struct ServicePlace {
  std::optional<IpAddress> address;
  std::int64_t port = 0;
  std::int64_t mark = 0;
  Family family = Family::ipv4;
  Origin origin;
};
/// The entries of a virtual_server_group, ranges written out.
std::vector<ServicePlace> read_group(const Statement& block, Remarks& remarks);

/// Without a port of the service's own, a check must name one: `original`, which the real server has in the file.
void add_port(const ServicePlace& place, std::int64_t original, RealServer& server, Remarks& remarks);
bool is_netmask(const IpAddress& mask);
/// "192.0.2.1:80", or without a port the address.
std::string member_text(const RealServer& server);

/// A virtual_server at each of its places; none where keepalived passes over it.
std::vector<Service> read_virtual_server(const Statement& block, const std::vector<ServicePlace>& places,
                                         Programs& programs, Remarks& remarks);

/// Appends the services of `root` to `node`.
void read_lvs(Section& root, Programs& programs, NodeConfig& node);

/// The part of a pool that its members' checkers make: checks, assumeUp, onFailure. Checkers that differ between
/// members are told of.
void add_health(const std::vector<RealServer>& servers, bool quiesces, Remarks& remarks, json& pool);

}  // namespace ballast::keepalived
