#include "controller/report/doctor_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/report/service_text.hpp"
#include "controller/report/wrapped.hpp"
#include "model/report.hpp"

namespace ballast {
namespace {

using doctor::Finding;
using doctor::Severity;

constexpr std::size_t line_length = 96;

/// Bytes from outside (rules, command lines, names) do nothing to a terminal.
std::string printable(std::string text) {
  for (char& c : text) {
    if ((c >= 0 && c < ' ') || c == '\x7f') c = '?';
  }
  return text;
}

Colour colour_of(Severity severity) {
  return severity == Severity::broken ? Colour::red : severity == Severity::at_risk ? Colour::yellow : Colour::none;
}

std::string paragraph(std::string_view head, const std::string& text, std::string_view indent) {
  std::string out;
  const std::size_t width = line_length - indent.size() - head.size();
  std::string margin(head);
  for (const std::string& line : wrapped(printable(text), width)) {
    out += fmt::format("{}{}{}\n", indent, margin, line);
    margin = std::string(head.size(), ' ');
  }
  return out;
}

std::string finding_text(const Finding& finding, const Palette& palette) {
  std::string out;
  for (const std::string& line : wrapped(printable(finding.what), line_length - 2)) {
    out += "  " + palette.paint(colour_of(finding.severity), line) + "\n";
  }
  out += paragraph("evidence: ", finding.evidence, "    ");
  out += paragraph("do:       ", finding.remedy, "    ");
  if (finding.origin.known()) out += paragraph("manifest: ", finding.origin.line_text(), "    ");
  return out;
}

/// "lvs-128 (director): 2 findings"
std::string head_of(const Diagnosis& diagnosis, std::string_view what) {
  return fmt::format("{} ({}{}): {}", diagnosis.node, diagnosis.role, diagnosis.manifest.empty() ? ", no manifest" : "",
                     what);
}

}  // namespace

std::string diagnosis_text(const Diagnosis& diagnosis, const Palette& palette) {
  const std::string looked_at = fmt::format("{}", fmt::join(diagnosis.looked_at, ", "));
  std::string out;
  if (diagnosis.findings.empty()) {
    out += head_of(diagnosis, "nothing wrong found; looked at " + looked_at) + "\n";
  } else {
    out += palette.paint(Colour::bold, head_of(diagnosis, plural(diagnosis.findings.size(), "finding"))) + "\n";
  }
  const Finding* before = nullptr;
  for (const Finding& finding : diagnosis.findings) {
    if (before == nullptr || before->severity != finding.severity) {
      out += "\n" + palette.paint(Colour::bold, doctor::text_of(finding.severity)) + "\n";
    }
    out += finding_text(finding, palette);
    before = &finding;
  }
  if (!diagnosis.findings.empty()) out += "\n" + paragraph("looked at: ", looked_at, "");
  for (const std::string& each : diagnosis.not_looked_at) out += paragraph("not looked at: ", each, "");
  return out;
}

std::string diagnosis_json(const Diagnosis& diagnosis) {
  nlohmann::ordered_json body;
  body["node"] = diagnosis.node;
  body["role"] = diagnosis.role;
  if (!diagnosis.manifest.empty()) body["manifest"] = diagnosis.manifest;
  body["findings"] = nlohmann::ordered_json::array();
  for (const Finding& finding : diagnosis.findings) {
    nlohmann::ordered_json one;
    one["severity"] = doctor::text_of(finding.severity);
    one["what"] = finding.what;
    one["evidence"] = finding.evidence;
    one["do"] = finding.remedy;
    if (finding.origin.known()) one["manifest"] = finding.origin.text();
    body["findings"].push_back(std::move(one));
  }
  body["lookedAt"] = diagnosis.looked_at;
  body["notLookedAt"] = diagnosis.not_looked_at;
  // Bytes that are no UTF-8 are replaced, never thrown on.
  return body.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace ballast
