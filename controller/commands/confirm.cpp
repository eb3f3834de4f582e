// `ballast confirm`: what `apply --confirm` has made stays.
#include <cerrno>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/commands/confirm_wait.hpp"
#include "controller/http/client.hpp"
#include "controller/http/unix_listener.hpp"
#include "controller/rollback.hpp"
#include "drivers/boot_clock.hpp"

namespace ballast {
namespace {

constexpr std::chrono::seconds lock_wait{5};
constexpr std::chrono::seconds answer_wait{10};

int fail(const std::string& text) {
  print_error("confirm", text);
  return exit_error;
}

int say_confirmed(const std::string& what) {
  return print("confirmed: " + what + " stays\n") ? exit_ok : exit_error;
}

/// nullopt: no controller runs.
std::optional<int> confirm_by_controller(const std::string& state_dir) {
  const std::string socket = http::socket_path_in(state_dir);
  if (::access(socket.c_str(), F_OK) != 0) return std::nullopt;
  const auto response = http::request(socket, "POST", "/v1/confirm", "", answer_wait);
  if (!response) {
    const int errnum = response.error().errnum;
    if (errnum == ENOENT || errnum == ECONNREFUSED) return std::nullopt;
    return fail(response.error().text);
  }
  if (response->status != 200) return fail(http::error_text(*response));
  const auto body = nlohmann::json::parse(response->body, nullptr, false);
  return say_confirmed("manifest " + (body.is_object() ? body.value("revision", "") : std::string()));
}

/// Of an apply that was killed while it waited.
int confirm_left_behind(const std::string& state_dir) {
  StateDir directory(state_dir);
  const auto lock = directory.lock(lock_wait, [](long) {});
  if (!lock) return fail(lock.error().text);
  const auto rollback = load_rollback(directory);
  if (!rollback) return fail(rollback.error().text);
  if (!rollback->has_value()) return fail("there is nothing to confirm");
  if (boot_time() < (*rollback)->deadline) {
    if (auto forgotten = forget_rollback(directory); !forgotten) return fail(forgotten.error().text);
    return say_confirmed("what was applied");
  }
  RealKernel real;
  Kernel kernel = real.kernel();
  const auto result = roll_back(**rollback, kernel, directory);
  if (!result) return fail(result.error().text);
  for (const std::string& trouble : troubles(*result)) print_error("confirm", trouble);
  return fail("too late: the apply that waited was killed and its time is over; what it changed is rolled back now");
}

}  // namespace

int run_confirm(const std::string& state_dir) {
  if (const auto status = confirm_by_controller(state_dir)) return *status;
  switch (send_confirmation(state_dir)) {
    case ConfirmReply::confirmed:
      return say_confirmed("what was applied");
    case ConfirmReply::too_late:
      return fail("too late: the apply that waited is rolling back");
    case ConfirmReply::nobody:
      break;
  }
  return confirm_left_behind(state_dir);
}

}  // namespace ballast
