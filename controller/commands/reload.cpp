// `ballast reload`: has the controller look at its manifest's source now, and says what came of it.
#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/http/client.hpp"
#include "controller/http/unix_listener.hpp"

namespace ballast {
namespace {

using nlohmann::json;

/// The controller says itself when it takes too long: runtime/api.
constexpr std::chrono::seconds answer_timeout{190};

std::string member_of(const json& body, const char* name) {
  return body.is_object() && body.contains(name) && body[name].is_string() ? body[name].get<std::string>() : "";
}

}  // namespace

int run_reload(const std::string& state_dir) {
  constexpr unsigned held = 409;
  const auto answer = http::request(http::socket_path_in(state_dir), "POST", "/v1/reload", "", answer_timeout);
  if (!answer) {
    print_error("reload", answer.error().text);
    return exit_error;
  }
  const json body = json::parse(answer->body, nullptr, false);
  const std::string revision = member_of(body, "revision");
  if (answer->status == 200) {
    const bool changed = body.is_object() && body.value("changed", false);
    return print(fmt::format("manifest {} is in force{}\n", revision, changed ? "" : ", as it was")) ? exit_ok
                                                                                                     : exit_error;
  }
  const std::string error = member_of(body, "error");
  if (answer->status == held) {
    print_error("reload", fmt::format("manifest {} is held: {}; `ballast approve {}` puts it in force", revision, error,
                                      revision));
    return exit_held;
  }
  print_error("reload", revision.empty() ? "cannot read the manifest: " + error
                                         : fmt::format("manifest {} is not valid:\n{}", revision, error));
  return exit_error;
}

}  // namespace ballast
