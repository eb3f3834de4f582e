#include "controller/report/apply_text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/report/plan_text.hpp"
#include "controller/report/service_text.hpp"
#include "reconcilers/rollback.hpp"

namespace ballast {
namespace {

constexpr auto replace = nlohmann::json::error_handler_t::replace;

std::string failures_json(const std::vector<Failure>& failures) {
  std::string items;
  for (const Failure& failure : failures) {
    if (!items.empty()) items += ",\n";
    items +=
        fmt::format(R"(    {{"kind": {}, "object": {}, "errno": {}, "text": {}}})", json_string(text_of(failure.kind)),
                    json_string(failure.object), failure.errnum, json_string(failure.text));
  }
  return items.empty() ? "[]" : "[\n" + items + "\n  ]";
}

std::vector<std::string> notes_of(const NodeState& node, const Drains& drains) {
  std::vector<std::string> notes = node.notes;
  if (drains.empty()) return notes;
  notes.push_back(fmt::format(
      "{} leave{} at weight 0 until the connections have ended or the pool's drain time is over; "
      "`ballast run` removes them then, or the next `ballast apply`",
      drains.size() == 1 ? "1 member" : fmt::format("{} members", drains.size()), drains.size() == 1 ? "s" : ""));
  return notes;
}

/// The members "takenOver" and "notes" of a JSON object.
std::string notes_json(const std::vector<std::string>& taken, const NodeState& node, const Drains& drains) {
  const auto list = [](const std::vector<std::string>& texts) {
    return nlohmann::json(texts).dump(-1, ' ', false, replace);
  };
  return "  \"takenOver\": " + list(taken) + ",\n  \"notes\": " + list(notes_of(node, drains));
}

/// "2 services, 4 destinations, 1 address": what `wanted` has.
std::string state_counts(const State& wanted) {
  std::vector<std::string> parts;
  const auto add = [&](std::size_t count, const char* one, const char* many) {
    if (count > 0) parts.push_back(fmt::format("{} {}", count, count == 1 ? one : many));
  };
  add(wanted.services.size(), "service", "services");
  add(wanted.destinations.size(), "destination", "destinations");
  add(wanted.addresses.size(), "address", "addresses");
  add(wanted.sysctls.size(), "sysctl", "sysctls");
  add(wanted.timeouts.size(), "timeout", "timeouts");
  add(wanted.daemons.size(), "sync daemon", "sync daemons");
  add(wanted.packet_rules.size(), "set of packet rules", "sets of packet rules");
  add(wanted.links.size(), "device", "devices");
  return parts.empty() ? "nothing" : fmt::format("{}", fmt::join(parts, ", "));
}

/// The plan, what is taken over, the notes, and the last line.
std::string with_notes(const std::string& plan, const std::vector<std::string>& taken, const NodeState& node,
                       const Drains& drains, const std::string& last) {
  std::string text = plan;
  if (!taken.empty()) text += "takes over, as the manifest wants it and somebody else made it:\n";
  for (const std::string& object : taken) text += "    " + object + "\n";
  for (const std::string& note : notes_of(node, drains)) text += "note: " + note + "\n";
  if (!text.empty()) text += '\n';
  return text + fmt::format("node {}: {}\n", node.node, last);
}

std::string nothing_to_do(const NodeState& node) {
  return fmt::format("nothing to do, the kernel has all that the manifest wants ({})", state_counts(node.wanted));
}

}  // namespace

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, replace);
}

std::vector<std::string> adopted(const State& wanted, const Observation& before, const Ownership& owned) {
  const State taken = taken_over(before, owned, take_ownership(owned, wanted, before));
  std::vector<std::string> objects;
  for (const auto& [role, entry] : taken.daemons) objects.push_back("daemon " + object_text(role));
  for (const auto& [key, entry] : taken.services) objects.push_back("service " + object_text(key));
  for (const auto& [key, entry] : taken.addresses) objects.push_back("address " + object_text(key));
  return objects;
}

std::string apply_text(const NodeState& node, const Convergence& result, const Ownership& owned,
                       const Palette& palette) {
  const auto& failures = result.report.failures;
  std::string last = result.plan.empty()
                         ? nothing_to_do(node)
                         : fmt::format("{} in {}, {:.1f} ms", plan_counts(result.plan),
                                       plural(result.report.writes, "kernel write"), result.applied.count());
  if (!failures.empty()) {
    last += fmt::format("; {} of {} failed, marked {}", failures.size(), result.plan.size(), failed_sign);
  }
  return with_notes(plan_text(result.plan, result.before, palette, failures),
                    adopted(result.wanted, result.before, owned), node, result.drains, last);
}

std::string apply_json(const NodeState& node, const Convergence& result, const Ownership& owned) {
  return fmt::format(
      "{{\n  \"node\": {},\n{},\n{},\n  \"writes\": {},\n  \"failures\": {},\n  \"remaining\": {},\n  \"converged\": "
      "{},\n"
      "  \"milliseconds\": {{\"observe\": {:.3f}, \"apply\": {:.3f}, \"verify\": {:.3f}}}\n}}\n",
      json_string(node.node), plan_json(result.plan, result.before),
      notes_json(adopted(result.wanted, result.before, owned), node, result.drains), result.report.writes,
      failures_json(result.report.failures), result.remaining.size(), result.converged(), result.observed.count(),
      result.applied.count(), result.verified.count());
}

std::vector<std::string> troubles(const Convergence& result) {
  std::vector<std::string> texts;
  for (const Failure& failure : result.report.failures) texts.push_back(failure.text);
  if (!result.held.empty()) {
    texts.push_back(
        fmt::format("held back, as they failed before or something else keeps changing them ({}); `ballast "
                    "status` says why and when they are tried again",
                    plan_counts(result.held)));
  }
  if (!result.remaining.empty() && result.report.failures.empty()) {
    texts.push_back(fmt::format("after the last look the kernel still differs ({}); somebody else is changing it\n{}",
                                plan_counts(result.remaining),
                                plan_text(result.remaining, result.before, Palette(false))));
  }
  return texts;
}

std::string diff_text(const NodeState& node, const Prospect& prospect, const Palette& palette) {
  const std::string last = prospect.plan.empty() ? nothing_to_do(node) : plan_counts(prospect.plan);
  return with_notes(plan_text(prospect.plan, prospect.observed, palette),
                    adopted(prospect.wanted, prospect.observed, prospect.owned), node, prospect.drains, last);
}

std::string diff_json(const NodeState& node, const Prospect& prospect) {
  return fmt::format("{{\n  \"node\": {},\n{},\n{}\n}}\n", json_string(node.node),
                     plan_json(prospect.plan, prospect.observed),
                     notes_json(adopted(prospect.wanted, prospect.observed, prospect.owned), node, prospect.drains));
}

}  // namespace ballast
