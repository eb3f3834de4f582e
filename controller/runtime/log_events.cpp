#include "controller/runtime/log_events.hpp"

#include <fmt/format.h>

#include "controller/report/log.hpp"

namespace ballast {

void log_event(const health::Event& event) {
  const bool bad = event.what == health::Event::What::member_down || event.what == health::Event::What::quorum_lost;
  const std::string member = event.member ? event.member->text() : std::string();
  log_line(bad ? LogLevel::warning : LogLevel::notice,
           fmt::format("health {}: {}{}{}: {}", event.service, member, member.empty() ? "" : " ", text_of(event.what),
                       event.reason),
           {{"service", event.service}, {"member", member}});
}

void log_member(const PoolMember& member, std::string_view state) {
  log_line(LogLevel::notice,
           fmt::format("member {} of pool {}: {}, as asked", member.address.text(), member.pool, state),
           {{"member", member.address.text()}, {"pool", member.pool}});
}

void log_in_force(const std::string& revision, std::size_t routers) {
  log_line(LogLevel::notice, fmt::format("manifest {} is in force: {} virtual routers", revision, routers),
           {{"revision", revision}});
}

void log_first(const std::string& node, const std::string& revision, std::size_t routers, bool maintenance,
               bool suspended) {
  log_line(LogLevel::notice, fmt::format("node {}: {} virtual routers, manifest {}{}", node, routers, revision,
                                         maintenance ? ", in maintenance" : ""));
  if (suspended) log_line(LogLevel::notice, "suspended: nothing is applied until `ballast resume`");
}

}  // namespace ballast
