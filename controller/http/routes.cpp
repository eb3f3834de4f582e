#include "controller/http/routes.hpp"

#include <exception>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ballast::http {

Response error_response(unsigned status, std::string_view text) {
  const nlohmann::json body = {{"error", text}};
  return {status, "application/json", body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

void Routes::add(std::string method, std::string path, Handler handler, Reach reach) {
  SlowRoute route;
  route.handler = [handler = std::move(handler)](const Request& request, const Respond& respond) {
    respond(handler(request));
  };
  add(std::move(method), std::move(path), std::move(route), reach);
}

void Routes::add(std::string method, std::string path, SlowRoute route, Reach reach) {
  methods_of_path_[std::move(path)][std::move(method)] = {std::move(route), reach};
}

std::size_t Routes::body_bytes(const std::string& method, const std::string& path) const {
  const auto methods = methods_of_path_.find(path);
  if (methods == methods_of_path_.end()) return 0;
  const auto route = methods->second.find(method);
  return route == methods->second.end() ? 0 : route->second.slow.body_bytes;
}

const Routes::Route* Routes::find(const Request& request, Reach from, Response& refusal) const {
  const auto path = methods_of_path_.find(request.target);
  if (path == methods_of_path_.end()) {
    refusal = error_response(404, fmt::format("nothing is at {}", request.target));
    return nullptr;
  }
  const auto may = [from](const Route& route) { return from == Reach::local || route.reach == Reach::anyone; };
  std::string allow;
  for (const auto& [method, route] : path->second) {
    if (may(route)) allow += (allow.empty() ? "" : ", ") + (method == "GET" ? std::string("GET, HEAD") : method);
  }
  if (allow.empty()) {
    refusal = error_response(403, fmt::format("{} is for the controller's unix socket only", request.target));
    return nullptr;
  }
  const auto route = path->second.find(request.method == "HEAD" ? "GET" : request.method);
  if (route != path->second.end() && may(route->second)) return &route->second;
  refusal = error_response(405, fmt::format("{} takes {}, not {}", request.target, allow, request.method));
  refusal.headers["Allow"] = allow;
  return nullptr;
}

std::chrono::milliseconds Routes::answer(const Request& request, Reach from, const Respond& respond) const {
  Response refusal;
  const Route* const route = find(request, from, refusal);
  if (route == nullptr) {
    respond(std::move(refusal));
    return {};
  }
  const SlowRoute slow = route->slow;  // a handler may end the server, and its routes with it
  try {
    slow.handler(request, respond);
  } catch (const std::exception& error) {
    // A defect of one handler must not end the controller.
    respond(error_response(500, fmt::format("{} {} failed: {}", request.method, request.target, error.what())));
  }
  return slow.deadline;
}

}  // namespace ballast::http
