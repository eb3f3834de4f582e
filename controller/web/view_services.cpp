#include "controller/web/view_services.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "controller/report/connections_text.hpp"
#include "controller/report/service_text.hpp"

namespace ballast::web {
namespace {

using http::MemberStatus;
using http::Rates;
using http::ServiceStatus;

/// Of a service with very many members.
constexpr std::size_t most_bad_members = 20;

Cell count(std::uint64_t number) {
  return {grouped(number), Tone::none, {}, static_cast<double>(number)};
}

Cell rate(double number) {
  return {compact(number), Tone::none, {}, std::round(number * 100) / 100};
}

/// What is seen from the outside as an age moves by itself by up to a second: beyond a minute, minutes are enough.
http::Instant moment(std::chrono::seconds age, http::Instant now) {
  const http::Instant at = now - age;
  if (age < std::chrono::minutes{1}) return std::chrono::floor<std::chrono::seconds>(at);
  return std::chrono::floor<std::chrono::minutes>(at);
}

Cell check_of(const MemberStatus& member, http::Instant now) {
  Cell cell;
  cell.text = member.check == "none" ? "not checked" : member.check;
  cell.tone = member.check == "up" ? Tone::good : member.check == "down" ? Tone::bad : Tone::dim;
  if (member.since && member.check != "none") cell.since = moment(*member.since, now);
  return cell;
}

Cell standing_of(const MemberStatus& member) {
  return {member.standing, member.well() ? Tone::none : member.standing == "failed" ? Tone::bad : Tone::warning};
}

Row row_of(const MemberStatus& member, http::Instant now) {
  const Rates rates = member.rates.value_or(Rates{});
  return {member.endpoint,
          {{member.endpoint},
           check_of(member, now),
           standing_of(member),
           {member.weight ? std::to_string(*member.weight) : "out", member.serves() ? Tone::none : Tone::warning},
           count(member.active_connections),
           {grouped(member.inactive_connections)},
           {compact(rates.connections)},
           {compact(rates.bytes_in)},
           {compact(rates.bytes_out)},
           {member.reason, member.check == "down" ? Tone::bad : Tone::dim}}};
}

Tone tone_of(const ServiceStatus& service) {
  return !service.ready() ? Tone::bad : service.well() ? Tone::good : Tone::warning;
}

}  // namespace

std::string trouble_of(const ServiceStatus& service) {
  if (service.sorry_server) return "the sorry server serves instead of the members";
  if (!service.quorum) return "its quorum is lost";
  if (service.well()) return {};
  const auto unwell = std::count_if(service.members.begin(), service.members.end(),
                                    [](const MemberStatus& member) { return !member.well(); });
  if (service.serving() == service.members.size()) return fmt::format("{} not well", plural(unwell, "member"));
  return fmt::format("{} of {} members serve", service.serving(), service.members.size());
}

std::vector<ServiceView> view_services(const std::vector<ServiceStatus>& services, bool every_member,
                                       http::Instant now) {
  std::vector<ServiceView> views;
  views.reserve(services.size());
  for (const ServiceStatus& service : services) {
    ServiceView view;
    view.name = service.name;
    view.well = service.well();
    const Rates rates = service.rates.value_or(Rates{});
    view.summary = {{service.service},
                    {fmt::format("{} of {} serve", service.serving(), service.members.size()), tone_of(service)},
                    count(service.active_connections() + service.inactive_connections()),
                    rate(rates.connections),
                    {compact(rates.bytes_in)},
                    {compact(rates.bytes_out)}};
    if (service.sorry_server) view.remarks.emplace_back("The sorry server serves instead of the members.");
    if (!service.quorum) view.remarks.emplace_back("The quorum is lost.");
    for (const MemberStatus& member : service.members) {
      const bool shown = every_member || (!member.well() && view.members.size() < most_bad_members);
      if (shown) view.members.push_back(row_of(member, now));
    }
    view.more = service.members.size() - view.members.size();
    views.push_back(std::move(view));
  }
  return views;
}

void add_traffic(std::vector<Row>& facts, const std::vector<ServiceStatus>& services) {
  std::uint64_t active = 0, inactive = 0;
  Rates sum;
  for (const ServiceStatus& service : services) {
    active += service.active_connections();
    inactive += service.inactive_connections();
    sum += service.rates.value_or(Rates{});
  }
  facts.push_back({"Active connections", {count(active)}});
  facts.push_back({"Inactive connections", {count(inactive)}});
  facts.push_back({"New connections/s", {rate(sum.connections)}});
  facts.push_back({"Bytes/s in", {rate(sum.bytes_in)}});
  facts.push_back({"Bytes/s out", {rate(sum.bytes_out)}});
}

}  // namespace ballast::web
