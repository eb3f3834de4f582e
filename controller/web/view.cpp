#include "controller/web/view.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "controller/report/connections_text.hpp"
#include "controller/report/service_text.hpp"
#include "controller/report/status_text.hpp"
#include "controller/web/view_services.hpp"

namespace ballast::web {
namespace {

using http::ManifestStatus;
using http::NodeStatus;
using http::RouterStatus;
using http::ServiceStatus;

constexpr std::size_t troubles_shown = 20;  // of each sort
constexpr std::size_t addresses_shown = 5;
constexpr std::size_t objects_shown = 50;

Tone tone_of(Colour colour) {
  switch (colour) {
    case Colour::green:
      return Tone::good;
    case Colour::yellow:
      return Tone::warning;
    case Colour::red:
      return Tone::bad;
    case Colour::dim:
      return Tone::dim;
    default:
      return Tone::none;
  }
}

Cell cell_of(const Remark& remark) {
  return {remark.text, tone_of(remark.colour)};
}

/// The first few, and how many more there are.
std::string listed(const std::vector<std::string>& all) {
  const std::size_t shown = std::min(all.size(), addresses_shown);
  const std::string text = fmt::format("{}", fmt::join(all.begin(), all.begin() + static_cast<long>(shown), ", "));
  return all.size() > shown ? fmt::format("{} and {} more", text, all.size() - shown) : text;
}

/// As the moment that the role was taken is told as an age, it moves by some milliseconds from one status to the next.
http::Instant steady(http::Instant instant) {
  return std::chrono::round<std::chrono::seconds>(instant);
}

void add_more(std::vector<Item>& items, std::size_t more, const char* what) {
  if (more > 0) items.push_back({{fmt::format("and {} {} more", grouped(more), what), Tone::bad}});
}

void add_manifest_troubles(std::vector<Item>& items, const ManifestStatus& manifest) {
  const std::string stays =
      manifest.in_force() ? manifest.revision + " stays in force" : "none is in force and nothing is touched";
  if (!manifest.refused.empty()) {
    items.push_back(
        {{fmt::format("manifest {} is not valid, {}: {}", manifest.refused, stays, manifest.error), Tone::bad}});
  }
  if (!manifest.held.empty()) {
    items.push_back({{fmt::format("manifest {} is held: {}; `ballast approve {}` puts it in force", manifest.held,
                                  manifest.reason, manifest.held),
                      Tone::bad}});
  }
  if (manifest.source_error) {
    items.push_back({{fmt::format("cannot read {}: {}; {}; for", manifest.source, manifest.source_error->text, stays),
                      Tone::warning, manifest.source_error->since}});
  }
  if (manifest.from_last_good) {
    items.push_back(
        {{"the manifest in force is the last good one on disk: its source has not been read since the start",
          Tone::warning}});
  }
  if (manifest.confirm_until) {
    items.push_back({{fmt::format("manifest {} is rolled back at {} unless `ballast confirm` comes", manifest.revision,
                                  http::instant_text(*manifest.confirm_until)),
                      Tone::warning}});
  }
  if (!manifest.rolled_back.empty()) {
    items.push_back({{fmt::format("manifest {} was rolled back: {}", manifest.rolled_back, manifest.rolled_back_reason),
                      Tone::warning}});
  }
}

void add_suspension(std::vector<Item>& items, const http::SuspensionStatus& suspended) {
  items.push_back({{fmt::format("suspended{}{}: {} until `ballast resume`; for", suspended.reason.empty() ? "" : ", ",
                                suspended.reason,
                                suspended.changes == 0 ? "no change is waiting, none is applied"
                                                       : plural(suspended.changes, "change") + " not applied"),
                    Tone::warning, suspended.since}});
  for (const std::string& line : suspended.plan) items.push_back({{"not applied: " + line, Tone::warning}});
}

void add_services(std::vector<Item>& items, const std::vector<ServiceStatus>& services) {
  std::vector<const ServiceStatus*> unwell;
  for (const ServiceStatus& service : services) {
    if (!service.well()) unwell.push_back(&service);
  }
  std::stable_sort(unwell.begin(), unwell.end(),
                   [](const ServiceStatus* a, const ServiceStatus* b) { return !a->ready() && b->ready(); });
  const std::size_t shown = std::min(unwell.size(), troubles_shown);
  for (std::size_t i = 0; i < shown; ++i) {
    const ServiceStatus& service = *unwell[i];
    items.push_back({{fmt::format("service {}: {}", service.name, trouble_of(service)),
                      service.ready() ? Tone::warning : Tone::bad},
                     service.name});
  }
  add_more(items, unwell.size() - shown, "services");
}

std::vector<Item> troubles_of(const NodeStatus& status, http::Instant now) {
  std::vector<Item> items;
  if (status.suspended) add_suspension(items, *status.suspended);
  add_manifest_troubles(items, status.manifest);
  for (const RouterStatus& router : status.routers) {
    for (const Remark& remark : remarks_of(router)) {
      items.push_back({{fmt::format("router {}: {}", router.name, remark.text), tone_of(remark.colour)}});
    }
  }
  add_services(items, status.services);
  if (status.impeded_checks) {
    const http::ImpededChecks& impeded = *status.impeded_checks;
    const auto since = now - std::chrono::seconds(impeded.since_seconds);
    items.push_back({{fmt::format("{} cannot be made on this node, their members stay as they are: {}; for",
                                  plural(impeded.checks, "check"), impeded.reason),
                      Tone::bad, std::chrono::floor<std::chrono::minutes>(since)}});
  }
  const std::size_t shown = std::min(status.problems.size(), troubles_shown);
  for (std::size_t i = 0; i < shown; ++i) items.push_back({{status.problems[i], Tone::bad}});
  add_more(items, std::max(status.problems.size(), status.missing.total) - shown, "objects that are not as wanted");
  return items;
}

Cell manifest_cell(const ManifestStatus& manifest) {
  if (!manifest.current) return {"none is in force, and nothing is touched", Tone::bad};
  const http::RevisionStatus& current = *manifest.current;
  std::string text = current.id;
  if (!current.subject.empty()) text += ": " + current.subject;
  if (!current.author.empty()) text += " (" + current.author + ")";
  if (manifest.handed) text += ", handed over by `ballast apply`";
  if (!manifest.applied || manifest.applied->id != current.id) text += ", not fully applied yet";
  return {text + ", in force for", Tone::none, current.at};
}

std::vector<Row> facts_of(const NodeStatus& status) {
  std::vector<std::string> held;
  for (const RouterStatus& router : status.routers) {
    if (router.role == "MASTER") held.insert(held.end(), router.addresses.begin(), router.addresses.end());
  }
  std::vector<Row> facts;
  facts.push_back({"VIPs held", {{held.empty() ? "none by VRRP" : listed(held)}}});
  facts.push_back({"Manifest", {manifest_cell(status.manifest)}});
  if (!status.manifest.source.empty()) facts.push_back({"Its source", {{status.manifest.source}}});
  add_traffic(facts, status.services);
  return facts;
}

Row row_of(const RouterStatus& router) {
  std::vector<std::string> texts;
  for (const Remark& remark : remarks_of(router)) texts.push_back(remark.text);
  const bool trouble = !texts.empty();
  if (!trouble && !router.reason.empty()) texts.push_back(router.reason);
  return {router.name,
          {{router.name},
           cell_of(role_of(router)),
           {"", Tone::none, steady(router.since)},
           {priority_text(router), router.priority == router.base_priority ? Tone::none : Tone::warning},
           {master_text(router)},
           {router.addresses.empty() ? "none" : listed(router.addresses)},
           {fmt::format("{}", fmt::join(texts, "; ")), trouble ? Tone::bad : Tone::dim}}};
}

void add_drift(const http::DriftStatus& drift, View& view) {
  std::vector<std::string> kinds;
  for (const auto& [kind, count] : drift.repaired) kinds.push_back(fmt::format("{} {}", kind, grouped(count)));
  view.drift_summary = {kinds.empty() ? "Nobody else has changed anything since the controller's start."
                                      : fmt::format("Changed by others and put back since the start: {} ({}).",
                                                    plural(drift.total(), "time"), fmt::join(kinds, ", "))};
  for (const http::DriftObject& each : drift.objects) {
    if (view.drift.size() == objects_shown) break;
    const std::string object = each.kind + " " + each.object;
    view.drift.push_back({object, {{object}, {each.what}, {grouped(each.times)}, {"", Tone::none, each.last}}});
  }
}

void add_foreign(const http::Bounded<http::ForeignObject>& foreign, View& view) {
  view.foreign_summary = {plural(foreign.total, "object") + " made by others and left alone"};
  const std::size_t shown = std::min(foreign.first.size(), objects_shown);
  for (std::size_t i = 0; i < shown; ++i) {
    const http::ForeignObject& each = foreign.first[i];
    view.foreign.push_back({{each.object + (each.detail.empty() ? "" : " (" + each.detail + ")")}});
  }
  if (foreign.total > shown) view.foreign.push_back({{fmt::format("and {} more", grouped(foreign.total - shown))}});
}

}  // namespace

View make_view(const NodeStatus& status, const std::string& service, http::Instant now) {
  View view;
  view.node = status.node;
  view.version = status.version;
  view.service = service;
  view.headline = cell_of(headline_of(status));
  view.troubles = troubles_of(status, now);
  view.facts = facts_of(status);
  for (const RouterStatus& router : status.routers) view.routers.push_back(row_of(router));
  std::size_t members = 0;
  for (const ServiceStatus& each : status.services) members += each.members.size();
  view.services = view_services(status.services, !service.empty() || members <= most_members, now);
  view.services_summary = {status.services.empty() ? "No virtual service of the manifest is this node's."
                                                   : services_summary(status.services)};
  add_drift(status.drift, view);
  add_foreign(status.foreign, view);
  return view;
}

View make_refusal(const std::string& why, const std::string& service) {
  View view;
  view.service = service;
  view.headline = {why, Tone::bad};
  return view;
}

const char* word_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "good";
    case Tone::warning:
      return "warning";
    case Tone::bad:
      return "bad";
    case Tone::dim:
      return "dim";
    default:
      return "";
  }
}

std::string time_text(http::Instant instant) {
  std::string text = http::instant_text(instant).substr(0, 19) + "Z";
  text[10] = ' ';
  return text;
}

Row event_row(const http::ChangeEvent& event) {
  const char* sign = event.change == "add"      ? "+ "
                     : event.change == "update" ? "~ "
                     : event.change == "remove" ? "- "
                                                : "";
  const std::string what = fmt::format("{}{}{}{}{}{}", sign, event.kind, event.object.empty() ? "" : " ", event.object,
                                       event.text.empty() ? "" : ": ", event.text);
  const Tone tone = event.cause == "failure" ? Tone::bad : event.cause == "drift" ? Tone::warning : Tone::none;
  return {std::to_string(event.id), {{time_text(event.at)}, {event.cause, tone}, {what, tone}, {event.why, Tone::dim}}};
}

}  // namespace ballast::web
