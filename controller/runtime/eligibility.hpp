// Whether a node may stand for election, and why not.
// Pure: times are passed in.
#pragma once

#include <chrono>
#include <string>

namespace ballast {

class Eligibility {
 public:
  using Time = std::chrono::nanoseconds;

  /// Why the node cannot serve at `now`; empty: it can. `trouble`: what keeps the kernel from being as wanted;
  /// `holds_role`: the node is MASTER of something. A trouble that comes with the role would go with it, and the role
  /// come back: it counts for 10 s after it is gone, twice as long each time it returns, up to ten minutes.
  const std::string& judge(Time now, const std::string& trouble, bool checks_are_known, bool holds_role);
  /// As judged last.
  [[nodiscard]] const std::string& why_not() const { return why_not_; }
  [[nodiscard]] bool eligible() const { return why_not_.empty(); }

 private:
  std::string why_not_ = "the first reconcile is not complete";
  std::string role_trouble_;  // that came with the role
  Time rest_{0};              // so long it counts after it is gone
  Time until_{0};
};

}  // namespace ballast
