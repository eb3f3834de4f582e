// `ballast maintenance on|off`: the running controller gives up its VIPs and stays out, or comes back.
#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/http/client.hpp"

namespace ballast {

int run_maintenance(const std::string& state_dir, bool on) {
  const auto answer =
      http::call_controller(state_dir, "POST", "/v1/maintenance", on ? R"({"on": true})" : R"({"on": false})");
  if (!answer) {
    print_error("maintenance", answer.error().text);
    return exit_error;
  }
  return print(on ? "maintenance is on: this node gives up its VIPs and holds none, also after a restart,\n"
                    "until `ballast maintenance off`\n"
                  : "maintenance is off: this node stands for election again\n")
             ? exit_ok
             : exit_error;
}

}  // namespace ballast
