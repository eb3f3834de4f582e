#include "controller/doctor/finding.hpp"

#include <algorithm>

#include "controller/doctor/checks.hpp"

namespace ballast::doctor {

std::string_view text_of(Severity severity) {
  return severity == Severity::broken ? "broken" : severity == Severity::at_risk ? "at risk" : "without effect";
}

Findings find_all(const Facts& facts, const Part& part) {
  Findings findings;
  check_wire(facts, part, findings);
  check_real_server(facts, part, findings);
  check_director(facts, part, findings);
  check_firewall(facts, part, findings);
  check_others(facts, part, findings);
  check_machine(facts, part, findings);
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity < b.severity; });
  return findings;
}

}  // namespace ballast::doctor
