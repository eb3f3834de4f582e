#include "controller/report/service_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "controller/report/status_text.hpp"

namespace ballast {
namespace {

using http::MemberStatus;
using http::ServiceStatus;

/// Services with more members list only those that something is wrong with; -o json has them all.
constexpr std::size_t members_shown = 12;

struct Widths {
  std::size_t name = 7, service = 7, endpoint = 0, standing = 0;
};

bool is_well(const MemberStatus& member) {
  return member.standing == "serving" && member.check != "down";
}

std::string weight_text(const MemberStatus& member) {
  return member.weight ? fmt::format("weight {}", *member.weight) : "out";
}

std::string standing_text(const MemberStatus& member) {
  return member.since ? fmt::format("{} {}", member.standing, age_text(*member.since)) : member.standing;
}

std::string detail(const MemberStatus& member) {
  if (!member.reason.empty()) return member.reason;
  if (member.active_connections + member.inactive_connections == 0) return {};
  return fmt::format("{} active, {} inactive", member.active_connections, member.inactive_connections);
}

std::string member_line(const MemberStatus& member, const Widths& widths, const Palette& palette) {
  const bool well = is_well(member);
  const std::string text = fmt::format("{:<{}}  {:<12}  {:<{}}  {}", member.endpoint, widths.endpoint,
                                       weight_text(member), standing_text(member), widths.standing, detail(member));
  const std::string line = fmt::format("  {} {}", well ? ' ' : '!', text.substr(0, text.find_last_not_of(' ') + 1));
  const Colour colour = well ? Colour::none : member.standing == "failed" ? Colour::red : Colour::yellow;
  return palette.paint(colour, line) + "\n";
}

std::string service_line(const ServiceStatus& service, const Widths& widths, const Palette& palette) {
  const auto serving = std::count_if(service.members.begin(), service.members.end(),
                                     [](const MemberStatus& member) { return member.serves(); });
  std::string state = fmt::format("{} of {} serve", serving, service.members.size());
  if (service.sorry_server) state += ", the sorry server serves";
  if (!service.quorum) state += ", quorum lost";
  return fmt::format("{:<{}}  {:<{}}  {}\n", service.name, widths.name, service.service, widths.service,
                     palette.paint(service.ready() ? Colour::green : Colour::red, state));
}

}  // namespace

std::string services_text(const std::vector<ServiceStatus>& services, const Palette& palette) {
  if (services.empty()) return {};
  Widths widths;
  for (const ServiceStatus& service : services) {
    widths.name = std::max(widths.name, service.name.size());
    widths.service = std::max(widths.service, service.service.size());
    for (const MemberStatus& member : service.members) {
      widths.endpoint = std::max(widths.endpoint, member.endpoint.size());
      widths.standing = std::max(widths.standing, standing_text(member).size());
    }
  }
  std::string text = fmt::format("{:<{}}  {:<{}}  {}\n", "SERVICE", widths.name, "ADDRESS", widths.service, "MEMBERS");
  for (const ServiceStatus& service : services) {
    text += service_line(service, widths, palette);
    const bool all = service.members.size() <= members_shown;
    for (const MemberStatus& member : service.members) {
      if (all || !is_well(member)) text += member_line(member, widths, palette);
    }
  }
  return text;
}

}  // namespace ballast
