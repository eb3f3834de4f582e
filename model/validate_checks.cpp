// Health checks and what follows from them: values that cannot work, that exclude each other, or that have no effect.
#include <algorithm>

#include "model/regex.hpp"
#include "model/validate_service.hpp"

namespace ballast {

namespace {

/// Whether `text` can stand in a line of a protocol, as a header or a request line.
bool is_one_word(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c < 0 || (c > ' ' && c != '\x7f'); });
}

void check_request(Validation& validation, const HttpRequest& request) {
  Report& report = validation.report;
  if (!request.path.value.starts_with('/') || !is_one_word(request.path.value)) {
    report.add(request.path.origin, cat("path: '", shown(request.path.value),
                                        "' must begin with '/' and have no blanks; write %20 for one"));
  }
  if (request.host && !is_one_word(request.host->value)) {
    report.add(request.host->origin, cat("host: '", shown(request.host->value), "' is not a host's name"));
  }
  for (const auto& range : request.status) {
    if (range.value.first <= range.value.last) continue;
    report.add(range.origin, cat("status: no status is in ", range.value.first, "-", range.value.last, "; write ",
                                 range.value.last, "-", range.value.first));
  }
  if (request.body_matches) {
    if (const auto problem = invalid_regex(request.body_matches->value)) {
      report.add(request.body_matches->origin, cat("bodyMatches: not a regular expression: ", shown(*problem)));
    }
  }
  if (request.body_contains && request.body_contains->value.empty()) {
    report.add(request.body_contains->origin, "bodyContains: every body contains nothing; write a text or remove it");
  }
  if (request.method.value == HttpMethod::head &&
      (request.body_matches || request.body_contains || request.md5 || request.sha256)) {
    report.add(request.method.origin, "a reply to HEAD has no body to compare; write method: GET");
  }
}

void check_tls(Validation& validation, const TlsOptions& tls, const Header& header) {
  Report& report = validation.report;
  if (tls.ca_file && !tls.verify.value && !validation.gaps.in(header)) {
    report.add(tls.ca_file->origin, "caFile has no effect without verify: true; write that, or remove it");
  }
  if (tls.server_name && !is_one_word(tls.server_name->value)) {
    report.add(tls.server_name->origin, cat("serverName: '", shown(tls.server_name->value), "' is not a host's name"));
  }
}

/// RFC 1035 section 2.3.4; what letters a name has is the name server's business.
bool is_dns_name(std::string_view name) {
  constexpr std::size_t longest_label = 63;
  constexpr std::size_t longest = 253;
  if (name == ".") return true;
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > longest || !is_one_word(name)) return false;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find('.'), name.size());
    if (end == 0 || end > longest_label) return false;
    if (end + 1 == name.size()) return false;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return true;
}

struct KindRules {
  Validation& validation;
  const Header& header;

  void operator()(const TcpCheck&) const {}
  void operator()(const PingCheck&) const {}
  void operator()(const HttpCheck& check) const {
    for (const HttpRequest& request : check.requests) check_request(validation, request);
    if (check.tls) check_tls(validation, *check.tls, header);
  }
  void operator()(const MemberScriptCheck& check) const { check_program(validation, check, header); }
  void operator()(const DnsCheck& check) const {
    if (is_dns_name(check.name.value)) return;
    validation.report.add(check.name.origin, cat("name: '", shown(check.name.value), "' is not a name in the DNS"));
  }
  void operator()(const SmtpCheck& check) const {
    if (!check.helo || is_one_word(check.helo->value)) return;
    validation.report.add(check.helo->origin, cat("helo: '", shown(check.helo->value), "' is not a host's name"));
  }
  void operator()(const UdpCheck& check) const {
    constexpr std::size_t largest = 65507;  // 65535 less the headers of IPv4 and UDP
    if (check.payload.size() <= largest && (!check.reply || check.reply->size() <= largest)) return;
    validation.report.add(check.origin, cat("udp: a datagram carries ", largest, " bytes at most"));
  }
  void operator()(const GrpcCheck& check) const {
    if (check.tls) check_tls(validation, *check.tls, header);
  }
};

bool is_target(const IpAddress& address) {
  return !address.is_unspecified() && !address.is_multicast();
}

std::string_view family_text(const IpAddress& address) {
  return address.is_ipv4() ? "IPv4" : "IPv6";
}

void check_source(Validation& validation, const Check& check, const PoolDigest& digest) {
  if (!check.source) return;
  const IpAddress& source = check.source->value;
  if (!is_target(source)) {
    validation.report.add(check.source->origin,
                          cat("source: ", source.text(), " is no address that others can answer to"));
    return;
  }
  if (check.address) {
    if (check.address->value.family() == source.family()) return;
    validation.report.add(check.source->origin, cat("source ", source.text(), " is ", family_text(source),
                                                    " but address ", check.address->value.text(), " is not"));
    return;
  }
  for (const Member* member : digest.by_address) {
    if (member->address.value.family() == source.family()) continue;
    validation.report.add(check.source->origin, cat("source ", source.text(), " is ", family_text(source),
                                                    " but member ", member->address.value.text(), " is not"));
    return;
  }
}

/// A probe to the VIP has its way from the member's forwarding.
void check_via(Validation& validation, const Check& check) {
  if (check.via.value != CheckPath::vip) return;
  if (std::holds_alternative<MemberScriptCheck>(check.kind)) {
    validation.report.add(check.via.origin, "via: vip is for probes that Ballast sends, not for a script; remove it");
  }
  if (std::holds_alternative<PingCheck>(check.kind)) {
    validation.report.add(check.via.origin,
                          "via: vip is not for ping: the director itself answers it, whatever the member does; check a "
                          "port of it, as by tcp, or remove via");
  }
  if (check.address) {
    validation.report.add(check.address->origin, "via: vip asks the VIP; remove 'address'");
  }
  if (check.mark.value != 0) {
    validation.report.add(check.mark.origin, "via: vip marks its probes by itself; remove 'mark'");
  }
}

/// What a check of that kind would pass over.
void check_unused(Validation& validation, const Check& check) {
  if (std::holds_alternative<MemberScriptCheck>(check.kind)) {
    if (check.source) {
      validation.report.add(check.source->origin,
                            "source is for probes that Ballast sends, not for a script; remove it");
    }
    if (check.mark.origin.known()) {
      validation.report.add(check.mark.origin, "mark is for probes that Ballast sends, not for a script; remove it");
    }
  }
  if (std::holds_alternative<PingCheck>(check.kind) && check.port) {
    validation.report.add(check.port->origin, "a ping goes to no port; remove 'port'");
  }
}

void check_twice(Validation& validation, const Pool& pool) {
  constexpr std::size_t most = 64;  // pairs are compared
  const std::size_t count = std::min(pool.checks.size(), most);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (!(pool.checks[i] == pool.checks[j])) continue;
      validation.report.add(pool.checks[i].origin, cat("the check is listed twice", first_at(pool.checks[j].origin)));
      break;
    }
  }
}

/// Health that nothing finds out.
void check_without_checks(Validation& validation, const HealthPolicy& health) {
  const auto refuse = [&](const Origin& origin, std::string_view field) {
    if (!origin.known()) return;
    validation.report.add(origin, cat(field, " has no effect without checks; write checks, or remove it"));
  };
  refuse(health.require.origin, "require");
  refuse(health.slow_start.origin, "slowStart");
  refuse(health.quorum.origin, "quorum");
  refuse(health.hysteresis.origin, "hysteresis");
  refuse(health.min_healthy.origin, "minHealthy");
  refuse(health.fail_open.origin, "failOpen");
  if (health.assume_up) refuse(health.assume_up->origin, "assumeUp");
}

/// Steps below 1 are none: a member that starts slowly would get all its weight at once.
void check_slow_start(Validation& validation, const Pool& pool) {
  if (pool.health.slow_start.value == std::chrono::milliseconds(0)) return;
  const bool scripted = std::any_of(pool.checks.begin(), pool.checks.end(), [](const Check& check) {
    const auto* script = std::get_if<MemberScriptCheck>(&check.kind);
    return script != nullptr && script->dynamic_weight.value;
  });
  const auto small = std::find_if(pool.members.begin(), pool.members.end(),
                                  [](const Member& member) { return member.weight.value == 1; });
  if (scripted || small == pool.members.end()) return;
  validation.report.add(pool.health.slow_start.origin,
                        cat("slowStart has no steps below weight 1, which member ", small->address.value.text(),
                            " has; give all members larger weights, like 100"));
}

}  // namespace

void check_pool_health(Validation& validation, const PoolDigest& digest) {
  const Pool& pool = *digest.pool;
  const HealthPolicy& health = pool.health;
  for (const Check& check : pool.checks) {
    if (validation.report.full()) return;
    std::visit(KindRules{validation, pool.header}, check.kind);
    if (check.address && !is_target(check.address->value)) {
      validation.report.add(check.address->origin,
                            cat("address: ", check.address->value.text(), " cannot be a server's address"));
    }
    check_source(validation, check, digest);
    check_via(validation, check);
    check_unused(validation, check);
  }
  check_twice(validation, pool);
  if (validation.gaps.in(pool.header)) return;
  if (pool.checks.empty()) {
    check_without_checks(validation, health);
    return;
  }
  check_slow_start(validation, pool);
  if (health.hysteresis.value > 0 && health.hysteresis.value >= health.quorum.value) {
    validation.report.add(health.hysteresis.origin,
                          cat("hysteresis ", health.hysteresis.value, " must be below quorum ", health.quorum.value,
                              ": the service would never be lost"));
  }
}

namespace {

/// What a check of a service without a port of its own asks, if the member names none either.
void check_port(Validation& validation, const VirtualService& service, const Check& check, const PoolDigest& digest) {
  if (check.port || !needs_port(check.kind) || (service.port && service.port->value != 0)) return;
  const auto& members = digest.pool->members;
  const bool portless = std::any_of(members.begin(), members.end(), [](const Member& member) { return !member.port; });
  if (!portless) return;
  validation.report.add(
      check.origin, cat("the ", word_of(check.kind), " check needs 'port': service '", service.header.name, "' has ",
                        service.fwmark ? "none of its own" : "every port"));
}

void check_via_service(Validation& validation, const VirtualService& service, const Check& check,
                       const PoolDigest& digest) {
  if (check.via.value != CheckPath::vip) return;
  if (!service.address) {
    validation.report.add(check.via.origin,
                          cat("via: vip needs a VIP, and fwmark service '", service.header.name, "' has none"));
    return;
  }
  const bool inherits_nat = service.forwarding.value == Forwarding::nat && digest.inherit.any();
  if (inherits_nat || digest.nat.any()) {
    validation.report.add(check.via.origin, cat("via: vip needs DR or TUN, and service '", service.header.name,
                                                "' reaches members by NAT"));
  }
}

}  // namespace

void check_service_health(Validation& validation, const VirtualService& service, const PoolDigest& digest) {
  if (validation.gaps.in(service.header) || validation.gaps.in(digest.pool->header)) return;
  for (const Check& check : digest.pool->checks) {
    if (validation.report.full()) return;
    check_port(validation, service, check, digest);
    check_via_service(validation, service, check, digest);
  }
}

}  // namespace ballast
