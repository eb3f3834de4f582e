// `ballast explain`: who wants an object, what holds it back, what the kernel has. The controller knows.
#include "controller/report/explain.hpp"

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/http/client.hpp"
#include "controller/http/query.hpp"

namespace ballast {

int run_explain(const ExplainOptions& options) {
  const auto answer =
      http::call_controller(options.state_dir, "GET", "/v1/explain?object=" + http::query_text(options.object));
  if (!answer) {
    print_error("explain", answer.error().text);
    return exit_error;
  }
  if (options.json) return print(*answer) ? exit_ok : exit_error;
  const auto all = read_explanations(*answer);
  if (!all) {
    print_error("explain", all.error().text);
    return exit_error;
  }
  return print(explanations_text(*all, Palette::of(stdout))) ? exit_ok : exit_error;
}

}  // namespace ballast
