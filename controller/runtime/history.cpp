#include "controller/runtime/history.hpp"

#include <fmt/format.h>

namespace ballast {
namespace {

std::string why_text(const Happening& happening, const std::string& revision) {
  switch (happening.cause) {
    case Cause::drift:
      return happening.manifest.empty() ? "somebody else had changed it"
                                        : "somebody else had changed it; " + happening.manifest;
    case Cause::manifest:
    case Cause::start:
      return fmt::format("manifest {}{}{}", revision, happening.manifest.empty() ? "" : "; ", happening.manifest);
    case Cause::drain:
      return "its connections have ended, or its time is over";
    default:
      return happening.manifest;
  }
}

}  // namespace

void History::add(const Happenings& happenings, http::Instant at) {
  for (const Happening& each : happenings.first) {
    const std::string kind(word_of(each.kind));
    events_.add({0, at, kind, each.object, std::string(text_of(each.verb)), each.text, std::string(text_of(each.cause)),
                 why_text(each, happenings.revision)});
    if (each.cause == Cause::drift) drift_.add(kind, each.object, each.text, at);
  }
  if (happenings.more == 0) return;
  std::uint64_t repaired = 0;
  for (const auto& [kind, count] : happenings.more_repaired) {
    drift_.count(std::string(word_of(kind)), count);
    repaired += count;
  }
  std::string text = fmt::format("and {} changes more", happenings.more);
  if (repaired > 0) text += fmt::format(", {} of them to what somebody else had changed", repaired);
  events_.add(
      {0, at, "node", "", "", std::move(text), repaired > 0 ? "drift" : "manifest", "manifest " + happenings.revision});
}

void History::add(const vrrp::RoleChange& change, http::Instant at) {
  const vrrp::Notify& notify = change.notify;
  events_.add({0, at, "router", change.router, "",
               fmt::format("{} -> {} (priority {})", text_of(notify.from), text_of(notify.to), notify.priority), "role",
               notify.reason});
}

void History::add(const health::Event& event, http::Instant at) {
  const std::string object =
      event.member ? fmt::format("{} of {}", event.member->text(), event.service) : event.service;
  events_.add({0, at, event.member ? "member" : "service", object, "", std::string(text_of(event.what)), "health",
               event.reason});
}

void History::add_repaired_vip(const std::string& router, const vrrp::Log& log, http::Instant at) {
  events_.add({0, at, "address", log.repaired, "", log.text, "drift", "VirtualRouter " + router});
  drift_.add("address", log.repaired, log.text, at);
}

void History::add_in_force(const std::string& revision, http::Instant at) {
  events_.add({0, at, "manifest", revision, "", "in force", "manifest", ""});
}

void History::add(Outcome outcome, const http::ManifestStatus& status, http::Instant at) {
  if (outcome == Outcome::refused) {
    events_.add({0, at, "manifest", status.refused, "", "not valid: " + status.error, "failure", ""});
  }
  if (outcome == Outcome::held) {
    events_.add({0, at, "manifest", status.held, "", "held: " + status.reason, "manifest", "waits for approval"});
  }
}

void History::add_request(const std::string& kind, const std::string& object, const std::string& text,
                          http::Instant at) {
  events_.add({0, at, kind, object, "", text, "operator", "by a command on this node"});
}

void History::add_failure(const std::string& text, http::Instant at) {
  events_.add({0, at, "node", "", "", text, "failure", ""});
}

}  // namespace ballast
