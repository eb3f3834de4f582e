#include "controller/http/routes.hpp"

#include <exception>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace ballast::http {

Response error_response(unsigned status, std::string_view text) {
  const nlohmann::json body = {{"error", text}};
  return {status, "application/json", body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

void Routes::add(std::string method, std::string path, Handler handler) {
  methods_of_path_[std::move(path)][std::move(method)] = std::move(handler);
}

Response Routes::answer(const Request& request) const {
  const auto methods = methods_of_path_.find(request.target);
  if (methods == methods_of_path_.end()) return error_response(404, fmt::format("nothing is at {}", request.target));
  const auto handler = methods->second.find(request.method);
  if (handler == methods->second.end()) {
    std::string allow;
    for (const auto& [method, unused] : methods->second) allow += (allow.empty() ? "" : ", ") + method;
    Response response = error_response(405, fmt::format("{} takes {}, not {}", request.target, allow, request.method));
    response.allow = allow;
    return response;
  }
  try {
    return handler->second(request);
  } catch (const std::exception& error) {
    // A defect of one handler must not end the controller.
    return error_response(500, fmt::format("{} {} failed: {}", request.method, request.target, error.what()));
  }
}

}  // namespace ballast::http
