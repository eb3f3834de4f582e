// Services carry their destinations beneath them; everything else is a line of its own.
#include "controller/report/plan_text.hpp"

#include <algorithm>
#include <iterator>
#include <set>

#include <fmt/format.h>

#include "controller/report/fields.hpp"
#include "model/manifest.hpp"

namespace ballast {
namespace {

constexpr std::size_t origin_column = 72;

struct Mark {
  char sign;
  Colour colour;
};

Mark mark_of(Verb verb) {
  switch (verb) {
    case Verb::add:
      return {'+', Colour::green};
    case Verb::update:
      return {'~', Colour::yellow};
    case Verb::remove:
      break;
  }
  return {'-', Colour::red};
}

/// Whether a field's text says no more than its absence would.
bool is_default(const std::string& name, const std::string& text) {
  if (name == "weight" || name == "value" || name == "syncId") return false;
  if ((name == "group" && text == sync_group) || (name == "port" && text == std::to_string(sync_port))) return true;
  if (name == "ttl" && text == "1") return true;
  return text == "none" || text == "false" || text == "intact" || text == "0" || text == "global" ||
         text == "255.255.255.255" || text == "128";
}

std::string value_in(const Fields& fields, const std::string& name) {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == name; });
  return found == fields.end() ? "none" : found->second;
}

/// "weight: 1 -> 3, forwarding: DR -> NAT"
template <class Key, class Value>
std::string changed_fields(const Change<Key, Value>& change) {
  const Fields before = fields_of(change.key, *change.before);
  const Fields after = fields_of(change.key, *change.after);
  std::vector<std::string> texts;
  const auto add = [&](const std::string& name) {
    const std::string was = value_in(before, name);
    const std::string becomes = value_in(after, name);
    if (was == becomes || (is_default(name, was) && is_default(name, becomes))) return;
    texts.push_back(fmt::format("{}: {} -> {}", name, was, becomes));
  };
  for (const auto& field : after) add(field.first);
  for (const auto& field : before) {
    const bool listed =
        std::any_of(after.begin(), after.end(), [&](const auto& other) { return other.first == field.first; });
    if (!listed) add(field.first);
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

/// ": wrr, persistence 5s": what is worth knowing of a value that comes or goes.
template <class Key, class Value>
std::string summary(const Key& key, const Value& value) {
  std::vector<std::string> texts;
  for (const auto& [name, text] : fields_of(key, value)) {
    if (is_default(name, text)) continue;
    const bool bare =
        name == "scheduler" || name == "schedulerFlags" || name == "forwarding" || name == "value" || name == "state";
    texts.push_back(bare ? text : name + " " + text);
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string connections_text(const Connections& connections) {
  return fmt::format("{} active, {} inactive connections", connections.active, connections.inactive);
}

template <class Key, class Value>
std::string describe(const Change<Key, Value>& change) {
  std::string text = change.verb == Verb::update ? changed_fields(change)
                     : change.verb == Verb::add  ? summary(change.key, *change.after)
                                                 : summary(change.key, *change.before);
  if (text.starts_with("value: ")) text.erase(0, 7);
  return text.empty() ? "" : ": " + text;
}

template <class Key, class Value>
std::string why(const Change<Key, Value>& change) {
  const std::string_view unwanted = unwanted_why(change);
  return unwanted.empty() ? change.origin.line_text() : std::string(unwanted);
}

class Writer {
 public:
  Writer(const Plan& plan, const Observation& observed, const Palette& palette, std::span<const Failure> failures)
      : plan_(plan), observed_(observed), palette_(palette) {
    for (const Failure& failure : failures) failed_.emplace(failure.kind, failure.object);
  }

  std::string write() {
    for (const auto& change : plan_.links) plain(Kind::link, change);
    for (const auto& change : plan_.sysctls) plain(Kind::sysctl, change);
    for (const auto& change : plan_.timeouts) plain(Kind::timeout, change);
    for (const auto& change : plan_.daemons) plain(Kind::daemon, change);
    for (const auto& change : plan_.packet_rules) plain(Kind::packet_rules, change);
    write_services();
    for (const auto& change : plan_.addresses) plain(Kind::address, change);
    for (const Warning& warning : plan_.warnings) {
      line(2, {'!', Colour::red}, warning.text, warning.origin.line_text(), "");
    }
    write_foreign();
    return std::move(out_);
  }

 private:
  void line(std::size_t indent, Mark mark, const std::string& text, const std::string& why, const std::string& note) {
    const std::string signed_text = fmt::format("{:{}}{} {}", "", indent, mark.sign, text);
    const std::size_t padding =
        why.empty() || signed_text.size() >= origin_column ? 2 : origin_column - signed_text.size();
    out_ += palette_.paint(mark.colour, signed_text);
    if (!why.empty()) out_ += std::string(padding, ' ') + palette_.paint(Colour::dim, why);
    if (!note.empty()) out_ += "  " + note;
    out_ += '\n';
  }

  template <class Key, class Value>
  Mark mark(Kind kind, const Change<Key, Value>& change) const {
    const bool failed = !failed_.empty() && failed_.contains({kind, object_text(change.key)});
    return failed ? Mark{failed_sign, Colour::red} : mark_of(change.verb);
  }

  template <class Key, class Value>
  void plain(Kind kind, const Change<Key, Value>& change) {
    line(2, mark(kind, change), fmt::format("{} {}{}", word_of(kind), object_text(change.key), describe(change)),
         why(change), "");
  }

  /// Both lists are sorted by service: a merge.
  void write_services() {
    auto service = plan_.services.begin();
    auto destination = plan_.destinations.begin();
    while (service != plan_.services.end() || destination != plan_.destinations.end()) {
      const bool headed = service != plan_.services.end() &&
                          (destination == plan_.destinations.end() || service->key <= destination->key.service);
      const ServiceKey key = headed ? service->key : destination->key.service;
      if (headed) {
        write_service(*service++);
      } else {
        line(2, {' ', Colour::none}, "service " + key.text(), "", "");
      }
      for (; destination != plan_.destinations.end() && destination->key.service == key; ++destination) {
        write_destination(*destination, mark(Kind::destination, *destination));
      }
    }
  }

  void write_service(const Change<ServiceKey, Service>& change) {
    const std::string name =
        change.origin.object_name().empty() ? "" : fmt::format(" ({})", change.origin.object_name());
    const Mark sign = mark(Kind::service, change);
    line(2, sign, fmt::format("service {}{}{}", change.key.text(), name, describe(change)), why(change), "");
    if (change.verb != Verb::remove) return;
    const auto& destinations = observed_.state.destinations;
    for (auto i = destinations.lower_bound({change.key, {}, 0});
         i != destinations.end() && i->first.service == change.key; ++i) {
      write_destination({Verb::remove, i->first, i->second.value, std::nullopt, {}, false}, sign);
    }
  }

  void write_destination(const Change<DestinationKey, Destination>& change, Mark sign) {
    std::string note;
    if (change.verb != Verb::add) {
      const auto found = observed_.connections.find(change.key);
      note = connections_text(found == observed_.connections.end() ? Connections{} : found->second);
    }
    line(6, sign, fmt::format("destination {}{}", endpoint_text(change.key.address, change.key.port), describe(change)),
         why(change), note);
  }

  void write_foreign() {
    if (plan_.foreign.empty()) return;
    if (!out_.empty()) out_ += '\n';
    out_ += palette_.paint(Colour::dim, "foreign, left alone:") + "\n";
    for (const Foreign& foreign : plan_.foreign) {
      const std::string detail = foreign.detail.empty() ? "" : " (" + foreign.detail + ")";
      out_ += palette_.paint(Colour::dim, "    " + foreign.object + detail) + "\n";
    }
  }

  const Plan& plan_;
  const Observation& observed_;
  const Palette& palette_;
  std::set<std::pair<Kind, std::string>> failed_;
  std::string out_;
};

}  // namespace

std::string plan_text(const Plan& plan, const Observation& observed, const Palette& palette,
                      std::span<const Failure> failures) {
  return Writer(plan, observed, palette, failures).write();
}

std::vector<PlanItem> plan_items(const Plan& plan, std::size_t most) {
  std::vector<PlanItem> items;
  for_each_kind([&](Kind kind, auto changes, auto) {
    for (const auto& change : plan.*changes) {
      if (items.size() == most) return;
      // Health and roles take things out too; what else is said of the change tells which.
      const bool gone = change.verb == Verb::remove && !change.wanted;
      std::string text = describe(change);
      if (text.starts_with(": ")) text.erase(0, 2);
      items.push_back({change.verb, word_of(kind), object_text(change.key), std::move(text),
                       gone ? "no longer wanted" : why(change)});
    }
  });
  return items;
}

Plan carried_out(Plan plan, std::span<const Failure> failures) {
  if (failures.empty()) return plan;
  std::set<std::pair<Kind, std::string>> failed;
  for (const Failure& failure : failures) failed.emplace(failure.kind, failure.object);
  for_each_kind([&](Kind kind, auto changes, auto) {
    std::erase_if(plan.*changes, [&](const auto& change) { return failed.contains({kind, object_text(change.key)}); });
  });
  return plan;
}

std::vector<std::string> plan_lines(const Plan& plan, std::size_t most) {
  std::vector<std::string> lines;
  for (const PlanItem& item : plan_items(plan, most)) {
    lines.push_back(fmt::format("{} {} {}{}{} ({})", mark_of(item.verb).sign, item.kind, item.object,
                                item.text.empty() ? "" : ": ", item.text, item.why));
  }
  if (plan.size() > lines.size()) lines.push_back(fmt::format("and {} more", plan.size() - lines.size()));
  return lines;
}

std::string plan_counts(const Plan& plan) {
  std::size_t add = 0;
  std::size_t update = 0;
  std::size_t remove = 0;
  for_each_kind([&](Kind, auto changes, auto) {
    for (const auto& change : plan.*changes) {
      ++(change.verb == Verb::add ? add : change.verb == Verb::update ? update : remove);
    }
  });
  return fmt::format("{} to add, {} to change, {} to remove", add, update, remove);
}

}  // namespace ballast
