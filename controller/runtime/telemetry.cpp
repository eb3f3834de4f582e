#include "controller/runtime/telemetry.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/report/log.hpp"
#include "controller/runtime/status.hpp"

namespace ballast {
namespace {

using nlohmann::json;

constexpr std::size_t most_shown = 10;        // names, or reasons
constexpr std::size_t longest_summary = 300;  // bytes
constexpr std::chrono::seconds page_deadline{60};

metrics::Instant now() {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

/// {"<word>": true|false, "reasons": [...]}; 200 or 503.
http::Response judgement(const char* word, const std::vector<std::string>& reasons) {
  const json body = {{word, reasons.empty()}, {"reasons", reasons}};
  return {reasons.empty() ? 200U : 503U, "application/json",
          body.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"};
}

std::string names_in(const RolesByRouter& roles, vrrp::Role role) {
  std::string names;
  std::size_t count = 0;
  for (const auto& [name, each] : roles) {
    if (each != role) continue;
    if (count < most_shown) names += (count == 0 ? "" : ", ") + name;
    ++count;
  }
  return count > most_shown ? fmt::format("{} and {} more", names, count - most_shown) : names;
}

}  // namespace

std::string summary_text(const Summary& summary) {
  std::string text;
  const auto append = [&text](const std::string& part) { text += (text.empty() ? "" : "; ") + part; };
  for (const vrrp::Role role : {vrrp::Role::master, vrrp::Role::backup, vrrp::Role::fault}) {
    const std::string names = names_in(summary.roles, role);
    if (!names.empty()) append(fmt::format("{} of {}", vrrp::text_of(role), names));
  }
  append(summary.revision.empty() ? "no manifest in force" : "manifest " + summary.revision);
  if (summary.suspended) append("suspended");
  if (!summary.reasons.empty()) append("not ready: " + summary.reasons.front());
  const std::size_t problems = summary.problems.size();
  if (problems > 0) {
    append(fmt::format("{} problem{}: {}", problems, problems == 1 ? "" : "s", summary.problems.front()));
  }
  for (char& c : text) {
    if (c == '\n') c = ' ';
  }
  if (text.size() > longest_summary) text = text.substr(0, longest_summary - 3) + "...";
  return text;
}

Telemetry::Telemetry(boost::asio::io_context& loop, ServiceManager manager, TelemetrySources sources)
    : sources_(std::move(sources)),
      last_look_(Vitals::Time::clock::now()),
      supervision_(loop, std::move(manager), supervision_callbacks()),
      scraper_(
          loop,
          [this] {
            metrics::Values values = sources_.values();
            values.counters = counters_;
            values.ready = reasons().empty();
            return values;
          },
          [](const std::string& text) { log_line(LogLevel::warning, text); }) {}

SupervisionCallbacks Telemetry::supervision_callbacks() {
  SupervisionCallbacks callbacks;
  callbacks.vitals = [this] {
    return Vitals{last_look_, sources_.look_every(), sources_.worker_busy_since(), std::nullopt};
  };
  callbacks.ask_vrrp = [this](std::function<void()> answered) { sources_.ask_vrrp(std::move(answered)); };
  callbacks.status = [this] {
    Summary summary = sources_.summary();
    summary.reasons = reasons();
    summary.problems = left_;
    return summary_text(summary);
  };
  return callbacks;
}

void Telemetry::add_routes(http::Server& server) {
  server.add(
      "GET", "/healthz",
      [this](const http::Request&) {
        const std::string ailment = supervision_.ailment();
        return judgement("alive", ailment.empty() ? std::vector<std::string>() : std::vector{ailment});
      },
      http::Reach::anyone);
  server.add(
      "GET", "/readyz", [this](const http::Request&) { return judgement("ready", reasons()); }, http::Reach::anyone);
  server.add("GET", "/metrics",
             http::SlowRoute{[this](const http::Request&, http::Respond respond) { scraper_.get(std::move(respond)); },
                             page_deadline},
             http::Reach::anyone);
}

void Telemetry::begin() {
  last_look_ = Vitals::Time::clock::now();
}

void Telemetry::take(const Look& look) {
  last_look_ = Vitals::Time::clock::now();
  left_.clear();
  if (!look.error.empty()) left_.push_back(look.error);
  for (const Trouble& trouble : look.troubles) left_.push_back(trouble.text);
  counters_.looks.repaired = look.repaired;
  if (!look.result) {
    counters_.looks.take_failure(now());
  } else if (!look.only_looked) {
    counters_.looks.take(*look.result, now());
    // Once everything was seen as wanted, a look at what a manifest changes is enough.
    const bool whole = look.saw_everything() || applied_;
    if (whole && look.troubles.empty() && look.result->converged()) take_applied(look.snapshot->revision);
  }
}

void Telemetry::take(Outcome outcome) {
  const char* word = outcome == Outcome::in_force  ? "in_force"
                     : outcome == Outcome::held    ? "held"
                     : outcome == Outcome::refused ? "refused"
                                                   : "unchanged";
  ++counters_.manifests[word];
}

void Telemetry::take_check(std::string_view type, bool passed, std::chrono::nanoseconds took) {
  counters_.checks[{std::string(type), passed}].observe(took);
}

void Telemetry::take_applied(const Revision& revision) {
  if (applied_ && applied_->id == revision.id) return;
  applied_ = revision_status(revision, now());
}

std::vector<std::string> Telemetry::reasons() const {
  std::vector<std::string> reasons;
  if (const std::string obstacle = sources_.obstacle(); !obstacle.empty()) reasons.push_back(obstacle);
  if (!applied_) {
    reasons.emplace_back("no manifest has been fully applied yet");
    reasons.insert(reasons.end(), left_.begin(), left_.begin() + static_cast<long>(std::min(left_.size(), most_shown)));
  }
  return reasons;
}

}  // namespace ballast
