#include "controller/runtime/eligibility.hpp"

#include <algorithm>

namespace ballast {
namespace {

constexpr std::chrono::seconds first_rest{10};
constexpr std::chrono::minutes longest_rest{10};

}  // namespace

const std::string& Eligibility::judge(Time now, const std::string& trouble, bool checks_are_known, bool holds_role) {
  if (!trouble.empty()) {
    const bool comes_with_role = holds_role && eligible();
    if (comes_with_role) {
      rest_ = rest_ == Time{0} ? Time{first_rest} : std::min(2 * rest_, Time{longest_rest});
      until_ = now + rest_;
      role_trouble_ = trouble;
    }
    return why_not_ = trouble;
  }
  if (now < until_) return why_not_ = "as MASTER it could not serve, and waits before it tries again: " + role_trouble_;
  // It has served for as long as it would rest.
  if (holds_role && now >= until_ + rest_) rest_ = Time{0};
  if (!checks_are_known) return why_not_ = "the first round of checks is not complete";
  return why_not_ = "";
}

}  // namespace ballast
