#include "controller/report/status_text.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "controller/report/connections_text.hpp"
#include "controller/report/service_text.hpp"

namespace ballast {
namespace {

using http::NodeStatus;
using http::RouterStatus;

/// More than these are counted; -o json has them all.
constexpr std::size_t addresses_shown = 5;
constexpr std::size_t troubles_shown = 20;
constexpr std::size_t list_shown = 5;
constexpr std::size_t diagnostics_shown = 10;
/// What was put back so lately may still go on.
constexpr std::chrono::minutes recent{1};

constexpr std::size_t columns = 6;
using Row = std::array<std::string, columns>;
constexpr std::size_t role_column = 1;

/// "manifest 0123456789ab: web: one more member (Jane Doe <jane@example.net>), in force for 2h03m, of URL main"
std::string manifest_line(const http::ManifestStatus& manifest, std::chrono::system_clock::time_point now) {
  if (!manifest.current) return {};
  const http::RevisionStatus& current = *manifest.current;
  std::string text = "manifest " + current.id;
  if (!current.subject.empty()) text += ": " + current.subject;
  if (!current.author.empty()) text += " (" + current.author + ")";
  text += ", in force for " + age_text(std::chrono::duration_cast<std::chrono::seconds>(now - current.at));
  if (!manifest.applied || manifest.applied->id != current.id) text += ", not fully applied yet";
  const std::string from = manifest.handed           ? ", handed over by `ballast apply`"
                           : manifest.source.empty() ? ""
                                                     : ", of " + manifest.source;
  return text + from + "\n";
}

std::string stays(const http::ManifestStatus& manifest) {
  return manifest.in_force() ? manifest.revision + " stays in force" : "none is in force and nothing is touched";
}

/// So many mistakes are enough to see; `ballast validate` shows them all.
std::string first_lines(const std::string& text) {
  std::size_t end = 0;
  for (std::size_t line = 0; line < diagnostics_shown; ++line) {
    end = text.find('\n', end);
    if (end == std::string::npos) return text;
    ++end;
  }
  const auto more = std::count(text.begin() + static_cast<std::ptrdiff_t>(end), text.end(), '\n') + 1;
  return text.substr(0, end) + fmt::format("and {} more; `ballast validate` shows them", more);
}

/// What is wrong with what was read, or could not be read, after the manifest in force.
std::string manifest_troubles(const http::ManifestStatus& manifest, std::chrono::system_clock::time_point now,
                              const Palette& palette) {
  std::string text;
  const auto add = [&](Colour colour, const std::string& line) { text += palette.paint(colour, line) + "\n"; };
  if (!manifest.refused.empty()) {
    add(Colour::red, fmt::format("! manifest {} is not valid, {}:\n{}", manifest.refused, stays(manifest),
                                 first_lines(manifest.error)));
  }
  if (!manifest.held.empty()) {
    add(Colour::red, fmt::format("! manifest {} is held: {}; `ballast approve {}` puts it in force", manifest.held,
                                 manifest.reason, manifest.held));
  }
  if (manifest.source_error) {
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - manifest.source_error->since);
    add(Colour::yellow, fmt::format("! cannot read {} for {}: {}; {}", manifest.source, age_text(age),
                                    manifest.source_error->text, stays(manifest)));
  }
  if (manifest.from_last_good) {
    add(Colour::yellow, "! that is the last good manifest on disk: its source has not been read since the start");
  }
  return text;
}

/// "1 of 2 routers"
std::string counted(std::ptrdiff_t count, std::size_t all, const char* what) {
  return fmt::format("{} of {} {}{} not ready", count, all, what, all == 1 ? "" : "s");
}

std::string headline_text(const NodeStatus& status, const Palette& palette) {
  const Remark headline = headline_of(status);
  return fmt::format("node {}: {}{}\n", status.node, palette.paint(headline.colour, headline.text),
                     palette.paint(Colour::dim, fmt::format("  (ballast {})", status.version)));
}

std::string suspension_text(const http::SuspensionStatus& suspended, std::chrono::system_clock::time_point now,
                            const Palette& palette) {
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - suspended.since);
  const std::string head = fmt::format(
      "! suspended {} ago{}{}: {} until `ballast resume`", age_text(age), suspended.reason.empty() ? "" : ", ",
      suspended.reason,
      suspended.changes == 0
          ? "no change is waiting, none is applied"
          : fmt::format("{} change{} not applied", suspended.changes, suspended.changes == 1 ? " is" : "s are"));
  std::string text = palette.paint(Colour::yellow, head) + "\n";
  for (const std::string& line : suspended.plan) text += "    " + line + "\n";
  return text;
}

Row row_of(const RouterStatus& router, std::chrono::system_clock::time_point now) {
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - router.since);
  return {router.name,   router.role,         priority_text(router),
          age_text(age), master_text(router), router.addresses.empty() ? "none" : router.addresses.front()};
}

/// What belongs beneath a router's line.
std::string remarks(const RouterStatus& router, const Palette& palette) {
  std::string text;
  for (const Remark& remark : remarks_of(router))
    text += "  " + palette.paint(remark.colour, "! " + remark.text) + "\n";
  return text;
}

class Table {
 public:
  explicit Table(const Palette& palette) : palette_(palette) {}

  void widen(const Row& row) {
    // The last column ends the line and needs no width.
    for (std::size_t i = 0; i + 1 < columns; ++i) widths_[i] = std::max(widths_[i], row[i].size());
  }

  [[nodiscard]] std::string line(const Row& row, Colour role_colour) const {
    std::string text;
    for (std::size_t i = 0; i + 1 < columns; ++i) {
      const std::string padding(widths_[i] - row[i].size() + 2, ' ');
      text += (i == role_column ? palette_.paint(role_colour, row[i]) : row[i]) + padding;
    }
    return text + row.back() + "\n";
  }

  [[nodiscard]] std::string more_addresses(const RouterStatus& router) const {
    std::size_t indent = 0;
    for (std::size_t i = 0; i + 1 < columns; ++i) indent += widths_[i] + 2;
    const std::string margin(indent, ' ');
    const auto& addresses = router.addresses;
    std::string text;
    for (std::size_t i = 1; i < std::min(addresses.size(), addresses_shown); ++i) text += margin + addresses[i] + "\n";
    if (addresses.size() > addresses_shown) {
      text += fmt::format("{}and {} more\n", margin, addresses.size() - addresses_shown);
    }
    return text;
  }

 private:
  const Palette& palette_;
  std::array<std::size_t, columns> widths_{};
};

std::string routers_text(const std::vector<RouterStatus>& routers, std::chrono::system_clock::time_point now,
                         const Palette& palette) {
  const Row titles = {"ROUTER", "ROLE", "PRIORITY", "SINCE", "MASTER", "VIPS"};
  Table table(palette);
  table.widen(titles);
  for (const RouterStatus& router : routers) table.widen(row_of(router, now));
  std::string text = table.line(titles, Colour::none);
  for (const RouterStatus& router : routers) {
    text += table.line(row_of(router, now), role_of(router).colour) + table.more_addresses(router) +
            remarks(router, palette);
  }
  return text;
}

/// What is wanted but not so, and why.
std::string troubles_text(const NodeStatus& status, const Palette& palette) {
  std::vector<std::string> lines = status.problems;
  const std::size_t all = std::max(lines.size(), status.missing.total);
  if (lines.size() > troubles_shown) lines.resize(troubles_shown);
  const std::size_t more = all - lines.size();
  if (status.impeded_checks) {
    const http::ImpededChecks& impeded = *status.impeded_checks;
    lines.insert(lines.begin(), fmt::format("{} cannot be made on this node for {}, their members stay as they are: {}",
                                            plural(impeded.checks, "check"),
                                            age_text(std::chrono::seconds(impeded.since_seconds)), impeded.reason));
  }
  std::string text;
  for (const std::string& line : lines) text += palette.paint(Colour::red, "! " + line) + "\n";
  if (more > 0) text += palette.paint(Colour::red, fmt::format("! and {} more; -o json has them\n", grouped(more)));
  return text;
}

std::string drift_text(const http::DriftStatus& drift, std::chrono::system_clock::time_point now,
                       const Palette& palette) {
  if (drift.repaired.empty()) return {};
  std::vector<std::string> kinds;
  for (const auto& [kind, count] : drift.repaired) kinds.push_back(fmt::format("{} {}", kind, grouped(count)));
  std::string text = fmt::format("\nchanged by others and put back: {} since the start ({})\n",
                                 plural(drift.total(), "time"), fmt::join(kinds, ", "));
  for (std::size_t i = 0; i < std::min(drift.objects.size(), list_shown); ++i) {
    const http::DriftObject& each = drift.objects[i];
    const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - each.last);
    text += palette.paint(age < recent ? Colour::yellow : Colour::none,
                          fmt::format("  {:>7} ago  {} {}{}{}{}", age_text(age), each.kind, each.object,
                                      each.what.empty() ? "" : ": ", each.what,
                                      each.times > 1 ? fmt::format(" ({} times)", grouped(each.times)) : "")) +
            "\n";
  }
  if (drift.objects.size() > list_shown) text += "  `ballast events` has more\n";
  return text;
}

std::string foreign_text(const http::Bounded<http::ForeignObject>& foreign, const Palette& palette) {
  if (foreign.total == 0) return {};
  std::string text = fmt::format("\nmade by others and left alone: {}\n", plural(foreign.total, "object"));
  const std::size_t shown = std::min(foreign.first.size(), list_shown);
  for (std::size_t i = 0; i < shown; ++i) {
    const http::ForeignObject& each = foreign.first[i];
    text += "  " + each.object + (each.detail.empty() ? "" : " (" + each.detail + ")") + "\n";
  }
  if (foreign.total > shown) text += fmt::format("  and {} more; -o json has them\n", grouped(foreign.total - shown));
  return palette.paint(Colour::dim, text.substr(0, text.size() - 1)) + "\n";
}

}  // namespace

std::string age_text(std::chrono::seconds age) {
  const long seconds = std::max(0L, static_cast<long>(age.count()));  // a clock that was set back
  const long minutes = seconds / 60, hours = minutes / 60, days = hours / 24;
  if (minutes == 0) return fmt::format("{}s", seconds);
  if (hours == 0) return fmt::format("{}m{:02}s", minutes, seconds % 60);
  if (days == 0) return fmt::format("{}h{:02}m", hours, minutes % 60);
  return fmt::format("{}d{}h", days, hours % 24);
}

Remark headline_of(const NodeStatus& status) {
  if (status.maintenance) {
    return {Colour::yellow, "MAINTENANCE, holds no VIPs until `ballast maintenance off`"};
  }
  if (!status.eligible) {
    return {Colour::red,
            "NOT ELIGIBLE, stands for no election" + (status.reason.empty() ? std::string() : ": " + status.reason)};
  }
  if (status.ready()) return {Colour::green, "ready"};
  const auto unready = [](const auto& items) {
    return std::count_if(items.begin(), items.end(), [](const auto& item) { return !item.ready(); });
  };
  std::vector<std::string> troubles;
  if (const auto count = unready(status.routers)) troubles.push_back(counted(count, status.routers.size(), "router"));
  if (const auto count = unready(status.services))
    troubles.push_back(counted(count, status.services.size(), "service"));
  if (status.suspended) troubles.emplace_back("applying is suspended");
  if (!status.problems.empty()) troubles.emplace_back("the kernel is not as wanted");
  if (!status.manifest.refused.empty()) troubles.emplace_back("the newest manifest is not valid");
  if (!status.manifest.held.empty()) troubles.emplace_back("a manifest waits for approval");
  return {Colour::red, fmt::format("NOT READY, {}", fmt::join(troubles, ", "))};
}

Remark role_of(const RouterStatus& router) {
  if (router.conflict || router.trouble || router.role == "FAULT") return {Colour::red, router.role};
  if (router.role == "MASTER") return {Colour::green, router.role};
  return {router.role == "BACKUP" ? Colour::none : Colour::yellow, router.role};
}

std::string priority_text(const RouterStatus& router) {
  if (router.priority == router.base_priority) return std::to_string(router.priority);
  return fmt::format("{} of {}", router.priority, router.base_priority);
}

std::string master_text(const RouterStatus& router) {
  if (router.role == "MASTER") return "this node";
  if (!router.master) return "none seen";
  return fmt::format("{} ({})", router.master->address, router.master->priority);
}

std::vector<Remark> remarks_of(const RouterStatus& router) {
  std::vector<Remark> remarks;
  if (router.conflict) remarks.push_back({Colour::red, "conflict: " + *router.conflict});
  if (router.trouble) remarks.push_back({Colour::red, *router.trouble});
  const bool standing = router.role == "MASTER" || router.role == "BACKUP";
  if (!standing && !router.reason.empty()) remarks.push_back({role_of(router).colour, router.reason});
  std::string refusals;
  for (const auto& [reason, count] : router.refusals) {
    // Other groups of the network are no trouble of this one.
    if (count > 0 && reason != "vrid") refusals += fmt::format("{}{} {}", refusals.empty() ? "" : ", ", reason, count);
  }
  if (!refusals.empty()) remarks.push_back({Colour::yellow, "advertisements refused: " + refusals});
  return remarks;
}

std::string status_text(const NodeStatus& status, std::chrono::system_clock::time_point now, const Palette& palette,
                        bool one_service) {
  std::string text = headline_text(status, palette);
  if (one_service) return text + "\n" + services_text(status.services, palette, true);
  text += manifest_line(status.manifest, now) + manifest_troubles(status.manifest, now, palette);
  if (status.suspended) text += suspension_text(*status.suspended, now, palette);
  if (status.manifest.handed) {
    text += fmt::format(
        "manifest {} was handed over by `ballast apply`, and stays until the controller's own files change\n",
        status.manifest.revision);
  }
  if (status.manifest.confirm_until) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(*status.manifest.confirm_until - now);
    text +=
        palette.paint(Colour::yellow, fmt::format("! manifest {} is rolled back in {} unless `ballast confirm` comes",
                                                  status.manifest.revision, age_text(left))) +
        "\n";
  }
  if (!status.manifest.rolled_back.empty()) {
    text += palette.paint(Colour::yellow, fmt::format("! manifest {} was rolled back: {}", status.manifest.rolled_back,
                                                      status.manifest.rolled_back_reason)) +
            "\n";
  }
  text += troubles_text(status, palette);
  if (!status.routers.empty()) text += "\n" + routers_text(status.routers, now, palette);
  if (!status.services.empty()) text += "\n" + services_text(status.services, palette);
  if (status.routers.empty() && status.services.empty() && status.manifest.in_force()) {
    text += "no VirtualRouter or VirtualService of the manifest is this node's\n";
  }
  return text + drift_text(status.drift, now, palette) + foreign_text(status.foreign, palette);
}

}  // namespace ballast
