// `ballast status`: what the running controller says of itself.
#include <chrono>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/http/client.hpp"
#include "controller/http/node_status.hpp"
#include "controller/report/status_text.hpp"

namespace ballast {

int run_status(const StatusOptions& options) {
  const auto answer = http::call_controller(options.state_dir, "GET", "/v1/status");
  if (!answer) {
    print_error("status", answer.error().text);
    return exit_error;
  }
  const auto status = http::read_status(*answer);
  if (!status) {
    print_error("status", status.error().text);
    return exit_error;
  }
  const auto now = std::chrono::system_clock::now();
  if (!print(options.json ? *answer : status_text(*status, now, Palette::of(stdout)))) return exit_error;
  return status->ready() ? exit_ok : exit_not_ready;
}

}  // namespace ballast
