#include "controller/runtime/handover.hpp"

#include <charconv>

namespace ballast {
namespace {

constexpr const char* maintenance_name = "maintenance";
constexpr const char* kept_name = "kept";

}  // namespace

bool Handover::in_maintenance() const {
  const auto text = directory_.load(maintenance_name);
  return text && text->has_value() && **text == "on\n";
}

Result<void> Handover::set_maintenance(bool on) const {
  return directory_.save(maintenance_name, on ? "on\n" : "off\n");
}

Result<void> Handover::leave(vrrp::Time sent_at) const {
  return directory_.save(kept_name, std::to_string(sent_at.count()) + "\n");
}

std::optional<vrrp::Time> Handover::take() const {
  const auto text = directory_.load(kept_name);
  if (!text || !text->has_value() || (*text)->empty()) return std::nullopt;
  std::int64_t count = 0;
  const std::string& digits = **text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (!directory_.save(kept_name, "").has_value() || error != std::errc{}) return std::nullopt;
  return vrrp::Time{count};
}

}  // namespace ballast
