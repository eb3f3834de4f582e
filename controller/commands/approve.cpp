// `ballast approve REVISION`: puts a manifest in force that was held because it takes much away.
#include <fmt/format.h>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/http/client.hpp"

namespace ballast {

int run_approve(const std::string& state_dir, const std::string& revision) {
  const auto answer = http::call_controller(state_dir, "POST", "/v1/approve",
                                            fmt::format(R"({{"revision": {}}})", json_string(revision)));
  if (!answer) {
    print_error("approve", answer.error().text);
    return exit_error;
  }
  return print(fmt::format("manifest {} is in force\n", revision)) ? exit_ok : exit_error;
}

}  // namespace ballast
