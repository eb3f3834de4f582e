// `ballast explain OBJECT`: which manifest line wants it, what holds it back, what the kernel has.
// Pure: from what the controller knows to sentences; nothing is looked up.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/converge.hpp"
#include "controller/health/table.hpp"
#include "controller/http/node_status.hpp"
#include "controller/object_name.hpp"
#include "controller/report/terminal.hpp"
#include "model/render.hpp"
#include "reconcilers/backoff.hpp"

namespace ballast {

/// What the controller knows. What is pointed to outlives the call.
struct Knowledge {
  std::string node;
  const Manifest* manifest = nullptr;
  std::string revision;
  const Manifest* held = nullptr;  ///< that waits for approval; null: none
  std::string held_revision;
  std::string held_why;
  Conditions conditions;
  std::vector<http::RouterStatus> routers;
  std::function<std::vector<health::MemberStatus>(std::string_view service)> members_of;
  std::string impediment;             ///< why this node cannot make all of its checks; empty: it can
  std::vector<Trouble> troubles;      ///< what is not as wanted although it was tried
  const Convergence* seen = nullptr;  ///< what was seen of the kernel last; null: nothing yet
  std::chrono::system_clock::time_point now{};
  health::Time boot_now{};
};

/// One object. The lists are sentences, the most telling first.
struct Explanation {
  std::string object;  ///< "service tcp 192.0.2.1:80 (web)"
  std::vector<std::string> wanted_by;
  std::vector<std::string> held_back;
  std::vector<std::string> kernel;
  std::vector<std::string> notes;
  friend bool operator==(const Explanation&, const Explanation&) = default;
};

/// All objects that the name means; an address may be a VIP, a service's and a member's. Errors (ENOENT): there is
/// none, with what may have been meant.
Result<std::vector<Explanation>> explain(const Knowledge& knowledge, std::string_view name);

std::string explanations_text(const std::vector<Explanation>& all, const Palette& palette);
std::string explanations_json(const std::vector<Explanation>& all);
Result<std::vector<Explanation>> read_explanations(const std::string& json);

}  // namespace ballast
