// `ballast failover ROUTER`: the MASTER hands its VIPs over now.
#include <fmt/format.h>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/http/client.hpp"

namespace ballast {

int run_failover(const std::string& state_dir, const std::string& router) {
  const auto answer =
      http::call_controller(state_dir, "POST", "/v1/failover", fmt::format(R"({{"router": {}}})", json_string(router)));
  if (!answer) {
    print_error("failover", answer.error().text);
    return exit_error;
  }
  return print(fmt::format("router {} gives up its VIPs; `ballast status` shows who holds them\n", router))
             ? exit_ok
             : exit_error;
}

}  // namespace ballast
