#include "controller/runtime/api.hpp"

#include <cerrno>
#include <charconv>
#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/http/query.hpp"
#include "controller/report/log.hpp"
#include "controller/runtime/status.hpp"
#include "controller/web/site.hpp"

namespace ballast {
namespace {

using nlohmann::json;

/// That writing a large status may take.
constexpr std::chrono::seconds longest_text{30};

http::Response good(const json& body) {
  return {200, "application/json", body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n", {}};
}

http::Response refusal(const Error& error) {
  const unsigned status = error.errnum == ENOENT ? 404 : error.errnum == EBUSY ? 409 : 500;
  return http::error_response(status, error.text);
}

http::Response bad_request(const Error& error) {
  return http::error_response(400, error.text);
}

http::Response set_maintenance(Operations& node, const http::Request& request) {
  const auto on = parse_maintenance(request.body);
  if (!on) return bad_request(on.error());
  if (auto done = node.set_maintenance(*on); !done) return refusal(done.error());
  return good({{"maintenance", *on}});
}

http::Response set_suspended(Operations& node, const http::Request& request) {
  const auto asked = parse_suspend(request.body);
  if (!asked) return bad_request(asked.error());
  if (auto done = node.set_suspended(*asked); !done) return refusal(done.error());
  return good({{"suspended", asked->on}});
}

http::Response set_member(Operations& node, const http::Request& request) {
  const auto asked = parse_member_request(request.body);
  if (!asked) return bad_request(asked.error());
  const auto members = node.set_member(*asked);
  if (!members) return refusal(members.error());
  json pools = json::array();
  for (const PoolMember& member : *members) pools.push_back(member.pool);
  return good({{"pools", std::move(pools)}});
}

http::Response approve(Operations& node, const http::Request& request) {
  const auto revision = parse_approval(request.body);
  if (!revision) return bad_request(revision.error());
  if (auto done = node.approve(*revision); !done) return refusal(done.error());
  return good({{"revision", *revision}});
}

http::Response fail_over(Operations& node, const http::Request& request) {
  const auto router = parse_failover(request.body);
  if (!router) return bad_request(router.error());
  if (auto done = node.fail_over(*router); !done) return refusal(done.error());
  return good({{"router", *router}});
}

/// Longer than git may take for all that a look consists of, but for the slowest of fetches.
constexpr std::chrono::seconds reload_deadline{180};

http::Response reload_response(const Reloaded& reloaded) {
  const bool changed = reloaded.what == Reloaded::What::changed;
  if (changed || reloaded.what == Reloaded::What::unchanged) {
    return good({{"revision", reloaded.revision}, {"changed", changed}});
  }
  http::Response response = good({{"error", reloaded.text}, {"revision", reloaded.revision}});
  response.status = reloaded.what == Reloaded::What::held ? 409 : reloaded.what == Reloaded::What::refused ? 422 : 502;
  return response;
}

http::Response text(std::string body) {
  return {200, "application/json", std::move(body), {}};
}

void get_status(Operations& node, http::Typist& typist, const http::Request& request, http::Respond respond) {
  const auto query = http::parse_query(request.query, {"service"});
  if (!query) return respond(bad_request(query.error()));
  const auto service = query->find("service");
  node.status(service == query->end() ? std::string() : service->second,
              [&typist, respond = std::move(respond)](Result<http::NodeStatus> status) {
                if (!status) return respond(refusal(status.error()));
                const auto value = std::make_shared<const http::NodeStatus>(std::move(*status));
                typist.type([value] { return text(http::status_json(*value)); }, respond);
              });
}

http::Response get_events(Operations& node, const http::Request& request) {
  const auto query = http::parse_query(request.query, {"since"});
  if (!query) return bad_request(query.error());
  const auto since = query->find("since");
  const auto id = since == query->end() ? std::optional<std::uint64_t>(0) : http::parse_decimal(since->second);
  if (!id) return bad_request({"since takes the id of an event, a number", 0});
  return text(http::events_json(node.events(*id)));
}

http::Response get_explanation(Operations& node, const http::Request& request) {
  const auto query = http::parse_query(request.query, {"object"});
  if (!query) return bad_request(query.error());
  const auto object = query->find("object");
  if (object == query->end() || object->second.empty()) return bad_request({"object says what to explain", 0});
  const auto all = node.explain(object->second);
  return all ? text(explanations_json(*all)) : refusal(all.error());
}

void get_plan(Operations& node, http::Typist& typist, http::Respond respond) {
  auto write = node.plan_writer();
  if (!write) return respond(refusal(write.error()));
  typist.type([write = std::move(*write)] { return text(write()); }, std::move(respond));
}

http::Response hand_over(Operations& node, const http::Request& request) {
  const auto number = node.handed().begin(request.body);
  if (!number) return refusal(number.error());
  http::Response response = good({{"id", *number}});
  response.status = 202;
  return response;
}

http::Response handed(Operations& node, const http::Request& request) {
  std::uint64_t number = 0;
  constexpr std::string_view name = "id=";
  const std::string_view query = request.query;
  const std::string_view digits = query.starts_with(name) ? query.substr(name.size()) : std::string_view();
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) {
    return http::error_response(400, "expected ?id=NUMBER, as POST /v1/apply has answered it");
  }
  const auto answer = node.handed().answer(number);
  if (!answer) return http::error_response(404, "nothing is known of that apply: another one has followed it");
  return {200, "application/json", http::apply_answer_json(*answer), {}};
}

http::Response confirm(Operations& node, const http::Request&) {
  const auto revision = node.handed().confirm();
  if (!revision) return refusal(revision.error());
  return good({{"revision", *revision}});
}

}  // namespace

Result<void> listen_for_anyone(http::Server& server, const std::vector<std::string>& addresses) {
  for (const std::string& text : addresses) {
    const auto address = http::TcpAddress::parse(text);
    if (!address) return address.error();
    const auto listening = server.listen(*address);
    if (!listening) return listening.error();
    log_line(LogLevel::notice, fmt::format("anyone may look at http://{}/", *listening));
  }
  return {};
}

void add_routes(http::Server& server, Operations& node, http::Typist& typist, boost::asio::io_context& loop) {
  const auto add = [&](const char* method, const char* path,
                       http::Response (*handle)(Operations&, const http::Request&),
                       http::Reach reach = http::Reach::local) {
    server.add(
        method, path, [&node, handle](const http::Request& request) { return handle(node, request); }, reach);
  };
  const auto status = [&](const http::Request& request, http::Respond respond) {
    get_status(node, typist, request, std::move(respond));
  };
  server.add("GET", "/v1/status", http::SlowRoute{status, longest_text, 0}, http::Reach::anyone);
  const auto plan = [&](const http::Request&, http::Respond respond) { get_plan(node, typist, std::move(respond)); };
  server.add("GET", "/v1/plan", http::SlowRoute{plan, longest_text, 0}, http::Reach::anyone);
  add("GET", "/v1/events", get_events, http::Reach::anyone);
  const web::Sources sources{[&node](const std::string& service, auto done) { node.status(service, std::move(done)); },
                             [&node](std::uint64_t since) { return node.events(since); }, typist};
  web::add_routes(server, loop, sources);
  add("GET", "/v1/explain", get_explanation);
  add("POST", "/v1/maintenance", set_maintenance);
  add("POST", "/v1/suspend", set_suspended);
  add("POST", "/v1/member", set_member);
  add("POST", "/v1/approve", approve);
  add("POST", "/v1/failover", fail_over);
  add("POST", "/v1/confirm", confirm);
  const auto reload = [&node](const http::Request&, http::Respond respond) {
    node.reload([respond = std::move(respond)](const Reloaded& reloaded) { respond(reload_response(reloaded)); });
  };
  server.add("POST", "/v1/reload", http::SlowRoute{reload, reload_deadline});
  const auto take = [&node](const http::Request& request, const http::Respond& respond) {
    respond(hand_over(node, request));
  };
  server.add("POST", "/v1/apply", http::SlowRoute{take, {}, http::largest_handed + http::largest_handed_header});
  server.add("GET", "/v1/apply", [&node](const http::Request& request) { return handed(node, request); });
}

}  // namespace ballast
