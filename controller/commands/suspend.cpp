// `ballast suspend [REASON]` and `ballast resume`: the running controller stops applying, or applies again.
#include <nlohmann/json.hpp>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/http/client.hpp"

namespace ballast {

int run_suspend(const std::string& state_dir, const std::string& reason) {
  const std::string body =
      nlohmann::json{{"on", true}, {"reason", reason}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto answer = http::call_controller(state_dir, "POST", "/v1/suspend", body);
  if (!answer) {
    print_error("suspend", answer.error().text);
    return exit_error;
  }
  return print(
             "suspended: nothing is applied, also after a restart, until `ballast resume`; `ballast status` shows\n"
             "what would be; VIPs are held by VRRP as before\n")
             ? exit_ok
             : exit_error;
}

int run_resume(const std::string& state_dir) {
  const auto answer = http::call_controller(state_dir, "POST", "/v1/suspend", R"({"on": false})");
  if (!answer) {
    print_error("resume", answer.error().text);
    return exit_error;
  }
  return print("resumed: the manifest is applied\n") ? exit_ok : exit_error;
}

}  // namespace ballast
