#include "controller/runtime/handover.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

namespace ballast {
namespace {

constexpr const char* maintenance_name = "maintenance";
constexpr const char* suspended_name = "suspended";
constexpr const char* kept_name = "kept";

}  // namespace

bool Handover::in_maintenance() const {
  const auto text = directory_.load(maintenance_name);
  return text && text->has_value() && **text == "on\n";
}

Result<void> Handover::set_maintenance(bool on) const {
  return directory_.save(maintenance_name, on ? "on\n" : "off\n");
}

// The time in milliseconds, and the reason in the lines below.
std::optional<Suspension> Handover::suspension() const {
  const auto text = directory_.load(suspended_name);
  if (!text || !text->has_value() || (*text)->empty()) return std::nullopt;
  const std::string& whole = **text;
  const std::size_t line = std::min(whole.find('\n'), whole.size());
  std::int64_t since = 0;
  std::from_chars(whole.data(), whole.data() + line, since);
  Suspension suspension{std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(since)), {}};
  if (line < whole.size()) suspension.reason = whole.substr(line + 1);
  return suspension;
}

Result<void> Handover::set_suspension(const std::optional<Suspension>& suspension) const {
  if (!suspension) return directory_.save(suspended_name, "");
  return directory_.save(suspended_name,
                         std::to_string(suspension->since.time_since_epoch().count()) + "\n" + suspension->reason);
}

// A line for each: when (CLOCK_MONOTONIC, nanoseconds), the sequence number, the name.
Result<void> Handover::leave(const vrrp::KeptRouters& kept) const {
  std::string text;
  for (const auto& [router, what] : kept) {
    text += std::to_string(what.sent_at.count()) + " " + std::to_string(what.sequence) + " " + router + "\n";
  }
  return directory_.save(kept_name, text);
}

vrrp::KeptRouters Handover::take() const {
  const auto text = directory_.load(kept_name);
  if (!text || !text->has_value() || (*text)->empty()) return {};
  if (!directory_.save(kept_name, "").has_value()) return {};
  vrrp::KeptRouters kept;
  std::istringstream lines(**text);
  std::int64_t sent_at = 0;
  std::uint32_t sequence = 0;
  std::string router;
  while (lines >> sent_at >> sequence && std::getline(lines >> std::ws, router)) {
    kept[router] = {vrrp::Time{sent_at}, sequence};
  }
  return kept;
}

}  // namespace ballast
