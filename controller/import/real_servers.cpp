// real_server, and the health of a pool as its members' checkers make it.
#include <algorithm>
#include <map>

#include "controller/import/lvs.hpp"
#include "controller/import/words.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

constexpr std::int64_t most_weight = 65535;
constexpr std::string_view checkers[] = {"TCP_CHECK", "HTTP_GET",   "SSL_GET",   "SMTP_CHECK",
                                         "DNS_CHECK", "MISC_CHECK", "UDP_CHECK", "PING_CHECK"};

/// The checks of a member in words that hold for all members: a port or an argument that is the member's own is left to
/// the check.
std::vector<json> common_form(const RealServer& server) {
  std::vector<json> checks = server.checks;
  for (json& check : checks) {
    if (check.contains("address") && check["address"] == server.address.text()) check.erase("address");
    if (check.contains("port") && !check.contains("address") && check["port"] == server.port) check.erase("port");
    check.erase("alpha");
  }
  return checks;
}

/// A script that is called with its member's address or port: /bin/sh takes them from the environment.
std::vector<json> with_environment(const RealServer& server) {
  std::vector<json> checks = common_form(server);
  for (json& check : checks) {
    if (!check.contains("script") || !check["script"]["command"].is_array()) continue;
    std::string text;
    for (const json& word : check["script"]["command"]) {
      std::string each = word.get<std::string>();
      if (each == server.address.text()) {
        each = "\"$BALLAST_ADDRESS\"";
      } else if (server.port != 0 && each == cat(server.port)) {
        each = "\"$BALLAST_PORT\"";
      } else {
        each = shell_word(each);
      }
      text += (text.empty() ? "" : " ") + each;
    }
    check["script"]["command"] = text;
    json script = json::object();
    for (const auto& [name, value] : check["script"].items()) {
      script[name] = value;
      if (name == "command") script["shell"] = true;
    }
    check["script"] = script;
  }
  return checks;
}

}  // namespace

std::string member_text(const RealServer& server) {
  return server.port == 0 ? server.address.text()
                          : endpoint_text(server.address, static_cast<std::uint16_t>(server.port));
}

std::optional<RealServer> read_real_server(const Statement& block, const CheckDefaults& outer, bool quiesces,
                                           Programs& programs, Remarks& remarks) {
  Section section(block, remarks);
  RealServer server;
  server.origin = block.origin;
  const auto address = IpAddress::parse(block.word(0));
  const auto port = block.words.size() > 1 ? parse_number(block.words[1], 0, 65535) : std::optional<std::int64_t>(0);
  CheckDefaults defaults = CheckDefaults::read(section, outer);
  if (const auto host = section.text("virtualhost")) defaults.virtual_host = host;
  if (const auto weight = section.number("weight", 0, INT32_MAX)) server.weight = *weight;
  if (server.weight > most_weight) {
    remarks.add(RemarkKind::changed, section.origin(), cat("weight ", server.weight, " became ", most_weight));
    server.weight = most_weight;
  }
  server.upper = section.number("uthreshold", 0, UINT32_MAX).value_or(0);
  server.lower = section.number("lthreshold", 0, UINT32_MAX).value_or(0);
  if (server.lower > server.upper) {
    remarks.add(RemarkKind::lost, section.origin(),
                cat("lthreshold ", server.lower, " above uthreshold ", server.upper, " has no effect in the kernel"));
    server.lower = 0;
  }
  server.method = read_method(section, "lvs_method", "lb_kind");
  server.quiesces = section.truth("inhibit_on_failure").value_or(quiesces);
  server.notify_up = section.last("notify_up");
  server.notify_down = section.last("notify_down");
  section.truth("smtp_alert");
  for (const Statement& each : block.children) {
    if (std::find(std::begin(checkers), std::end(checkers), each.keyword) == std::end(checkers)) continue;
    each.used = true;
    for (json& check : read_checker(each, defaults, programs, remarks)) {
      if (check["alpha"] == true) server.assumed_up = false;
      server.checks.push_back(std::move(check));
    }
  }
  section.finish({"real_server"});
  if (!address || !port || address->is_unspecified() || address->is_multicast()) {
    remarks.add(RemarkKind::repaired, block.origin,
                cat("real_server ", shown(block.rest), " is no address and port: keepalived passes over it"));
    return std::nullopt;
  }
  server.address = *address;
  server.port = *port;
  return server;
}

void add_port(const ServicePlace& place, std::int64_t original, RealServer& server, Remarks& remarks) {
  for (auto each = server.checks.begin(); each != server.checks.end();) {
    json& check = *each;
    const bool needs = !check.contains("script") && !check.contains("ping") && !check.contains("port");
    const bool portless = place.mark != 0 || place.port == 0;
    if (!needs || !portless || server.port != 0) {
      ++each;
    } else if (original != 0) {
      check["port"] = original;
      ++each;
    } else {
      remarks.add(RemarkKind::lost, server.origin,
                  "a checker without connect_port, where neither the virtual server nor the real server has a port");
      each = server.checks.erase(each);
    }
  }
}

void add_health(const std::vector<RealServer>& servers, bool quiesces, Remarks& remarks, json& pool) {
  using Form = std::vector<json> (*)(const RealServer&);
  const auto most_common = [&](Form form) {
    std::map<std::string, std::size_t> counts;
    for (const RealServer& server : servers) ++counts[json(form(server)).dump()];
    std::size_t most = 0;
    const RealServer* best = &servers.front();
    for (const RealServer& server : servers) {
      const std::size_t count = counts[json(form(server)).dump()];
      if (count <= most || (form(server).empty() && most > 0)) continue;
      most = count;
      best = &server;
    }
    return std::pair(best, most);
  };
  if (servers.empty()) return;
  auto [best, count] = most_common(common_form);
  Form form = common_form;
  if (count < servers.size()) {
    if (const auto [other, more] = most_common(with_environment); more > count) {
      best = other;
      count = more;
      form = with_environment;
    }
  }
  // Where some members have no check at all, those of the others hold for all: so they are found out when they fail.
  if (form(*best).empty()) {
    for (const RealServer& server : servers) {
      if (!form(server).empty()) best = &server;
    }
  }
  std::vector<json> checks;
  for (json& check : form(*best)) {
    if (std::find(checks.begin(), checks.end(), check) == checks.end()) checks.push_back(std::move(check));
  }
  for (const RealServer& server : servers) {
    if (form(server) == form(*best)) continue;
    remarks.add(RemarkKind::changed, server.origin,
                cat(member_text(server), server.checks.empty() ? " has no checker" : " has other checkers", " than ",
                    member_text(*best), " (line ", best->origin.line,
                    "); a pool's checks hold for all its members, and are those of ", member_text(*best)));
  }
  if (checks.empty()) return;
  for (json& check : checks) check[comment_key] = best->origin.line_text();
  pool["checks"] = checks;
  const auto quiesced =
      std::count_if(servers.begin(), servers.end(), [](const RealServer& each) { return each.quiesces; });
  const bool all_quiesced = static_cast<std::size_t>(quiesced) == servers.size() || (quiesces && quiesced > 0);
  if (quiesced > 0 && static_cast<std::size_t>(quiesced) != servers.size()) {
    remarks.add(RemarkKind::changed, servers.front().origin,
                cat("inhibit_on_failure of some real servers only: onFailure is that of the pool, ",
                    all_quiesced ? "quiesce" : "remove"));
  }
  if (all_quiesced) pool["onFailure"] = "quiesce";
  // As keepalived has it: with alpha a server must pass before it serves.
  const auto assumed =
      std::count_if(servers.begin(), servers.end(), [](const RealServer& each) { return each.assumed_up; });
  if (assumed > 0 && static_cast<std::size_t>(assumed) != servers.size()) {
    remarks.add(RemarkKind::changed, servers.front().origin,
                "alpha of some checkers only: assumeUp is that of the pool, false");
  }
  pool["assumeUp"] = static_cast<std::size_t>(assumed) == servers.size();
}

}  // namespace ballast::keepalived
