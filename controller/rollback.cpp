#include "controller/rollback.hpp"

#include <nlohmann/json.hpp>

#include "reconcilers/ownership.hpp"
#include "reconcilers/rollback.hpp"

namespace ballast {
namespace {

using nlohmann::json;

constexpr const char* file_name = "unconfirmed.json";

}  // namespace

Rollback make_rollback(const Prospect& prospect, BootTime deadline) {
  const Ownership taken = take_ownership(prospect.owned, prospect.wanted, prospect.observed);
  return {prospect.owned, state_before(prospect.observed, taken), deadline};
}

std::string rollback_text(const Rollback& rollback) {
  const json whole = {{"deadline", rollback.deadline.count()},
                      {"owned", ownership_text(rollback.owned)},
                      {"state", state_text(rollback.state)}};
  return whole.dump() + "\n";
}

Result<Rollback> parse_rollback(std::string_view text) {
  const json whole = json::parse(text, nullptr, false);
  if (!whole.is_object() || !whole.contains("deadline") || !whole["deadline"].is_number_integer() ||
      !whole.contains("owned") || !whole["owned"].is_string() || !whole.contains("state") ||
      !whole["state"].is_string()) {
    return Error{"not a record of an apply that waits to be confirmed", 0};
  }
  auto owned = parse_ownership(whole["owned"].get<std::string>());
  if (!owned) return owned.error();
  auto state = parse_state(whole["state"].get<std::string>());
  if (!state) return state.error();
  return Rollback{std::move(*owned), std::move(*state), BootTime(whole["deadline"].get<BootTime::rep>())};
}

Result<std::optional<Rollback>> load_rollback(const StateDir& directory) {
  auto text = directory.load(file_name);
  if (!text) return text.error();
  if (!text->has_value() || (*text)->empty()) return std::optional<Rollback>();
  auto rollback = parse_rollback(**text);
  if (rollback) return std::optional(std::move(*rollback));
  return Error{directory.path_of(file_name) + ": " + rollback.error().text +
                   "; move it away to go on, then what was not confirmed stays",
               0};
}

Result<void> save_rollback(const StateDir& directory, const Rollback& rollback) {
  return directory.save(file_name, rollback_text(rollback));
}

Result<void> forget_rollback(const StateDir& directory) {
  return directory.save(file_name, "");
}

Result<Convergence> roll_back(const Rollback& rollback, Kernel& kernel, const StateDir& directory) {
  auto result = converge(rollback.state, kernel, directory);
  if (!result) return result;
  // What could not be removed keeps its owner.
  if (result->converged()) {
    if (auto saved = save_ownership(directory, rollback.owned); !saved) return saved.error();
  }
  if (auto forgotten = forget_rollback(directory); !forgotten) return forgotten.error();
  return result;
}

Result<std::optional<Convergence>> undo_unconfirmed(Kernel& kernel, const StateDir& directory) {
  const auto rollback = load_rollback(directory);
  if (!rollback) return rollback.error();
  if (!rollback->has_value()) return std::optional<Convergence>();
  auto result = roll_back(**rollback, kernel, directory);
  if (!result) return result.error();
  return std::optional(std::move(*result));
}

}  // namespace ballast
