// A plan as text for people and as JSON for machines. Both show the same: each change with before and after, the line
// that wants it, live connections of destinations that change or go, and what is foreign.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/report/terminal.hpp"
#include "reconcilers/plan.hpp"
#include "reconcilers/reconciler.hpp"

namespace ballast {

/// The mark of a change that failed.
inline constexpr char failed_sign = 'x';

/// The changes, grouped by object, then warnings and foreign objects. Ends with a newline unless
/// empty. `failures`: the changes that did not come about.
std::string plan_text(const Plan& plan, const Observation& observed, const Palette& palette,
                      std::span<const Failure> failures = {});

/// What of `plan` came about.
Plan carried_out(Plan plan, std::span<const Failure> failures);

/// One line for each change, for a log: "~ destination 10.0.0.3:80 of tcp 192.0.2.1:80: weight: 1 -> 3 (web.yaml:18)".
/// After `most` lines, one that says how many more there are.
std::vector<std::string> plan_lines(const Plan& plan, std::size_t most);

/// One change of a plan as a log, an event or an explanation needs it.
struct PlanItem {
  Verb verb{};
  std::string_view kind;  ///< word_of() it
  std::string object;     ///< object_text() of its key
  std::string text;       ///< "weight: 1 -> 3"; of what comes or goes, its value: "wrr, persistence 5s"
  std::string why;        ///< "web.yaml:18", or that no manifest wants it
};

/// The first `most` changes, in the order of for_each_kind().
std::vector<PlanItem> plan_items(const Plan& plan, std::size_t most);

/// "2 to add, 1 to change, 1 to remove"
std::string plan_counts(const Plan& plan);

/// The members "changes", "foreign" and "warnings" of a JSON object, without its braces.
std::string plan_json(const Plan& plan, const Observation& observed);

}  // namespace ballast
