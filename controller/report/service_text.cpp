#include "controller/report/service_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "controller/report/connections_text.hpp"
#include "controller/report/status_text.hpp"

namespace ballast {
namespace {

using http::MemberStatus;
using http::Rates;
using http::ServiceStatus;

/// Services with more members list only those that something is wrong with; of those no more than that either.
constexpr std::size_t members_shown = 12;
constexpr std::size_t bad_members_shown = 20;
/// Of more services the well ones are counted, but for the busiest.
constexpr std::size_t services_shown = 20;
constexpr std::size_t bad_services_shown = 40;
constexpr std::size_t busiest_shown = 10;

using Services = std::vector<const ServiceStatus*>;

std::string weight_text(const MemberStatus& member) {
  return member.weight ? fmt::format("weight {}", *member.weight) : "out";
}

std::string standing_text(const MemberStatus& member) {
  return member.since ? fmt::format("{} {}", member.standing, age_text(*member.since)) : member.standing;
}

std::string detail(const MemberStatus& member) {
  std::vector<std::string> texts;
  if (!member.reason.empty()) texts.push_back(member.reason);
  if (member.active_connections + member.inactive_connections > 0) {
    texts.push_back(fmt::format("{} active, {} inactive", member.active_connections, member.inactive_connections));
  }
  if (member.rates && member.rates->connections + member.rates->bytes_in > 0) {
    texts.push_back(fmt::format("{} new/s, {}/{} B/s", compact(member.rates->connections),
                                compact(member.rates->bytes_in), compact(member.rates->bytes_out)));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

constexpr std::size_t columns = 7;
using Row = std::array<std::string, columns>;

class Writer {
 public:
  Writer(const Palette& palette, bool every_member, bool many)
      : palette_(palette), every_member_(every_member), many_(many) {}

  void widen(const Services& services) {
    for (const ServiceStatus* service : services) {
      rates_ = rates_ || service->rates.has_value();
      widen(row_of(*service));
      for (const MemberStatus* member : shown(*service)) {
        endpoint_ = std::max(endpoint_, member->endpoint.size());
        standing_ = std::max(standing_, standing_text(*member).size());
      }
    }
    widen(titles);
  }

  void write_titles() { write_row(titles, Colour::none); }

  void write(const ServiceStatus& service) {
    write_row(row_of(service), service.ready() ? service.well() ? Colour::green : Colour::yellow : Colour::red);
    if (service.sorry_server) remark("the sorry server serves instead of the members");
    if (!service.quorum) remark("quorum lost");
    const auto members = shown(service);
    for (const MemberStatus* member : members) write(*member);
    const auto bad = std::count_if(service.members.begin(), service.members.end(),
                                   [](const MemberStatus& member) { return !member.well(); });
    if (static_cast<std::size_t>(bad) > members.size()) {
      remark(fmt::format("and {} members more that are not well", static_cast<std::size_t>(bad) - members.size()));
    }
  }

  void write_one_line(const ServiceStatus& service) { write_row(row_of(service), Colour::green); }
  void say(const std::string& line) { out_ += line + "\n"; }
  std::string take() { return std::move(out_); }

 private:
  static inline const Row titles = {"SERVICE", "ADDRESS", "MEMBERS", "CONNS", "NEW/S", "PKT/S IN/OUT", "B/S IN/OUT"};
  static constexpr std::size_t state_column = 2;

  static Row row_of(const ServiceStatus& service) {
    const Rates rates = service.rates.value_or(Rates{});
    return {service.name,
            service.service,
            fmt::format("{} of {} serve", service.serving(), service.members.size()),
            grouped(service.active_connections() + service.inactive_connections()),
            compact(rates.connections),
            compact(rates.packets_in) + "/" + compact(rates.packets_out),
            compact(rates.bytes_in) + "/" + compact(rates.bytes_out)};
  }

  void widen(const Row& row) {
    for (std::size_t i = 0; i < columns; ++i) widths_[i] = std::max(widths_[i], row[i].size());
  }

  void write_row(const Row& row, Colour colour) {
    const std::size_t count = rates_ ? columns : state_column + 1;
    std::string line;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string padding(widths_[i] - row[i].size(), ' ');
      if (i > state_column) {
        line += padding + row[i];
      } else {
        line += i == state_column ? palette_.paint(colour, row[i]) : row[i];
        if (i + 1 < count) line += padding;
      }
      if (i + 1 < count) line += "  ";
    }
    say(line);
  }

  [[nodiscard]] std::vector<const MemberStatus*> shown(const ServiceStatus& service) const {
    std::vector<const MemberStatus*> members;
    const bool all = every_member_ || (!many_ && service.members.size() <= members_shown);
    for (const MemberStatus& member : service.members) {
      if (!all && (member.well() || members.size() == bad_members_shown)) continue;
      members.push_back(&member);
    }
    std::stable_sort(members.begin(), members.end(),
                     [](const MemberStatus* a, const MemberStatus* b) { return !a->well() && b->well(); });
    return members;
  }

  void write(const MemberStatus& member) {
    const bool well = member.well();
    const std::string text = fmt::format("{:<{}}  {:<12}  {:<{}}  {}", member.endpoint, endpoint_, weight_text(member),
                                         standing_text(member), standing_, detail(member));
    const std::string line = fmt::format("  {} {}", well ? ' ' : '!', text.substr(0, text.find_last_not_of(' ') + 1));
    const Colour colour = well ? Colour::none : member.standing == "failed" ? Colour::red : Colour::yellow;
    say(palette_.paint(colour, line));
  }

  void remark(const std::string& text) { say(palette_.paint(Colour::red, "  ! " + text)); }

  const Palette& palette_;
  bool every_member_;
  bool many_;  // services: of their members only what is wrong
  bool rates_ = false;
  std::array<std::size_t, columns> widths_{};
  std::size_t endpoint_ = 0, standing_ = 0;
  std::string out_;
};

double busyness(const ServiceStatus& service) {
  const double rate = service.rates ? service.rates->connections : 0;
  return rate * 1000 + static_cast<double>(service.active_connections() + service.inactive_connections());
}

}  // namespace

std::string services_text(const std::vector<ServiceStatus>& services, const Palette& palette, bool every_member) {
  if (services.empty()) return {};
  Services bad, good;
  for (const ServiceStatus& service : services) (service.well() ? good : bad).push_back(&service);
  std::stable_sort(bad.begin(), bad.end(),
                   [](const ServiceStatus* a, const ServiceStatus* b) { return !a->ready() && b->ready(); });
  const bool many = services.size() > services_shown && !every_member;
  const std::size_t more_bad = many && bad.size() > bad_services_shown ? bad.size() - bad_services_shown : 0;
  const std::size_t more_good = many && good.size() > busiest_shown ? good.size() - busiest_shown : 0;
  bad.resize(bad.size() - more_bad);
  if (more_good > 0) {
    std::stable_sort(good.begin(), good.end(),
                     [](const ServiceStatus* a, const ServiceStatus* b) { return busyness(*a) > busyness(*b); });
    good.resize(busiest_shown);
  }

  Writer writer(palette, every_member, many);
  if (services.size() > 1) writer.say(services_summary(services));
  writer.widen(bad);
  writer.widen(good);
  writer.write_titles();
  for (const ServiceStatus* service : bad) writer.write(*service);
  if (more_bad > 0) writer.say(palette.paint(Colour::red, fmt::format("! and {} more that are not well", more_bad)));
  for (const ServiceStatus* service : good) {
    if (many) {
      writer.write_one_line(*service);
    } else {
      writer.write(*service);
    }
  }
  if (more_good > 0) {
    writer.say(palette.paint(Colour::dim,
                             fmt::format("and {} more, all well (these are the busiest); `ballast status SERVICE` "
                                         "shows one, -o json all",
                                         grouped(more_good))));
  }
  return writer.take();
}

std::string services_summary(const std::vector<ServiceStatus>& services) {
  std::uint64_t dead = 0, lacking = 0, members = 0, serving = 0, connections = 0;
  Rates sum;
  bool rates = false;
  for (const ServiceStatus& service : services) {
    dead += service.ready() ? 0 : 1;
    lacking += service.ready() && !service.well() ? 1 : 0;
    members += service.members.size();
    serving += service.serving();
    connections += service.active_connections() + service.inactive_connections();
    if (!service.rates) continue;
    rates = true;
    sum += *service.rates;
  }
  std::vector<std::string> states;
  if (dead > 0) states.push_back(fmt::format("{} NOT READY", grouped(dead)));
  if (lacking > 0) states.push_back(fmt::format("{} short of members", grouped(lacking)));
  if (states.empty()) states.emplace_back("all well");
  std::string text =
      fmt::format("{}: {}; {} of {} members serve; {}", plural(services.size(), "service"), fmt::join(states, ", "),
                  grouped(serving), grouped(members), plural(connections, "connection"));
  if (rates) {
    text += fmt::format(", {} new/s, {}/{} B/s in/out", compact(sum.connections), compact(sum.bytes_in),
                        compact(sum.bytes_out));
  }
  return text;
}

std::string compact(double number) {
  if (!(number > 0)) return "0";
  static constexpr std::array<const char*, 6> units = {"", "k", "M", "G", "T", "P"};
  std::size_t unit = 0;
  while (number >= 999.5 && unit + 1 < units.size()) {
    number /= 1000;
    ++unit;
  }
  if (number < 0.05) return "<0.1";
  if (number < 9.95) {
    const std::string text = fmt::format("{:.1f}", number);
    return (text.ends_with(".0") ? text.substr(0, text.size() - 2) : text) + units[unit];
  }
  return fmt::format("{:.0f}{}", number, units[unit]);
}

std::string plural(std::uint64_t count, std::string_view one) {
  return fmt::format("{} {}{}", grouped(count), one, count == 1 ? "" : "s");
}

}  // namespace ballast
