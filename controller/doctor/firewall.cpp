// One packet on its way through base chains. nft(8): an accept ends the chain that it is in with all that jumped to it,
// a drop is final; a jump comes back, a goto does not.
#include "controller/doctor/firewall.hpp"

#include <algorithm>
#include <charconv>

#include <fnmatch.h>

namespace ballast::doctor {
namespace {

/// Rulesets may jump in circles that grow: nobody waits for those.
constexpr int most_steps = 100'000;
constexpr int most_jumps = 32;

constexpr std::pair<std::string_view, int> protocol_names[] = {
    {"icmp", 1},   {"igmp", 2},   {"ipencap", 4},   {"tcp", 6},    {"udp", 17},       {"ipv6", 41}, {"gre", 47},
    {"esp", 50},   {"ah", 51},    {"icmpv6", 58},   {"ospf", 89},  {"ipv6-icmp", 58}, {"pim", 103}, {"vrrp", 112},
    {"carp", 112}, {"sctp", 132}, {"udplite", 136}, {"comp", 108}, {"dccp", 33},
};

bool is_protocol(const std::string& word, std::uint8_t protocol, bool& known) {
  int number = -1;
  const char* end = word.data() + word.size();
  const auto read = std::from_chars(word.data(), end, number);
  if (read.ec == std::errc{} && read.ptr == end) return number == protocol;
  for (const auto& [name, value] : protocol_names) {
    if (name == word) return value == protocol;
  }
  known = false;
  return false;
}

bool is_address(const std::string& word, const IpAddress& address, bool& known) {
  if (const auto prefix = Prefix::parse(word)) return prefix->contains(address);
  // "10.0.0.0/255.0.0.0", a range or a set
  known = false;
  return false;
}

bool is_device(std::string pattern, const std::string& device) {
  if (pattern.ends_with('+')) pattern.back() = '*';
  return fnmatch(pattern.c_str(), device.c_str(), 0) == 0;
}

template <class Matches>
Truth any_of(const std::vector<std::string>& values, Matches matches) {
  bool known = true;
  for (const std::string& value : values) {
    if (matches(value, known)) return Truth::yes;
  }
  return known ? Truth::no : Truth::unknown;
}

Truth holds_unnegated(const Condition& condition, const Packet& packet) {
  switch (condition.field) {
    case Condition::Field::protocol:
      return any_of(condition.values,
                    [&](const std::string& value, bool& known) { return is_protocol(value, packet.protocol, known); });
    case Condition::Field::family:
      return any_of(condition.values, [&](const std::string& value, bool&) {
        return value == (packet.family == Family::ipv4 ? "ipv4" : "ipv6");
      });
    case Condition::Field::source:
    case Condition::Field::destination: {
      const auto& address = condition.field == Condition::Field::source ? packet.source : packet.destination;
      if (!address) return Truth::unknown;
      return any_of(condition.values,
                    [&](const std::string& value, bool& known) { return is_address(value, *address, known); });
    }
    case Condition::Field::in:
    case Condition::Field::out: {
      if ((condition.field == Condition::Field::in) != packet.incoming) return Truth::no;
      if (packet.interface.empty()) return Truth::unknown;
      return any_of(condition.values,
                    [&](const std::string& value, bool&) { return is_device(value, packet.interface); });
    }
    case Condition::Field::other:
      break;
  }
  return Truth::unknown;
}

Truth holds(const Rule& rule, const Packet& packet) {
  Truth truth = Truth::yes;
  for (const Condition& condition : rule.conditions) {
    const Truth one = holds_unnegated(condition, packet);
    truth = truth && (condition.negated ? !one : one);
  }
  return truth;
}

/// What becomes of the packet in one chain.
struct Fate {
  enum class End : std::uint8_t { on, accepted, dropped, uncertain } end = End::on;
  std::string by;
};

class Walk {
 public:
  Walk(const std::vector<Chain>& table, const Packet& packet) : table_(table), packet_(packet) {}

  Fate base(const Chain& chain) {
    Fate fate = through(chain, 0);
    if (fate.end == Fate::End::on && chain.drops) {
      return {Fate::End::dropped, "policy drop of " + chain.text + ", where no rule accepts it"};
    }
    return fate;
  }

 private:
  Fate through(const Chain& chain, int depth) {
    for (const Rule& rule : chain.rules) {
      if (++steps_ > most_steps) return {Fate::End::uncertain, {}};
      const Truth truth = holds(rule, packet_);
      if (truth == Truth::no) continue;
      Fate fate = follow(rule, depth);
      // What may happen: a drop is not for certain, and whatever lets it pass makes all that follows uncertain.
      if (truth == Truth::unknown) {
        const bool passes = fate.end == Fate::End::accepted || fate.end == Fate::End::uncertain ||
                            rule.verdict == Verdict::go_to || rule.verdict == Verdict::leave;
        if (passes) return {Fate::End::uncertain, {}};
        continue;
      }
      if (fate.end != Fate::End::on) return fate;
      if (rule.verdict == Verdict::go_to || rule.verdict == Verdict::leave) return {};
    }
    return {};
  }

  Fate follow(const Rule& rule, int depth) {
    switch (rule.verdict) {
      case Verdict::accept:
        return {Fate::End::accepted, {}};
      case Verdict::drop:
        return {Fate::End::dropped, rule.text};
      case Verdict::unknown:
        return {Fate::End::uncertain, {}};
      case Verdict::jump:
      case Verdict::go_to: {
        const auto target =
            std::find_if(table_.begin(), table_.end(), [&](const Chain& each) { return each.name == rule.target; });
        if (target == table_.end() || depth >= most_jumps) return {Fate::End::uncertain, {}};
        return through(*target, depth + 1);
      }
      case Verdict::next:
      case Verdict::leave:
        break;
    }
    return {};
  }

  const std::vector<Chain>& table_;
  const Packet& packet_;
  int steps_ = 0;
};

bool is_on_the_way(const Chain& chain, const Packet& packet) {
  if (packet.family == Family::ipv4 ? !chain.ipv4 : !chain.ipv6) return false;
  if (packet.incoming) return chain.hook == "prerouting" || chain.hook == "input";
  return chain.hook == "output" || chain.hook == "postrouting";
}

}  // namespace

Truth operator&&(Truth a, Truth b) {
  if (a == Truth::no || b == Truth::no) return Truth::no;
  return a == Truth::yes && b == Truth::yes ? Truth::yes : Truth::unknown;
}

Truth operator!(Truth a) {
  return a == Truth::unknown ? a : a == Truth::yes ? Truth::no : Truth::yes;
}

std::optional<std::string> dropped_by(const Firewall& firewall, const Packet& packet) {
  for (const std::vector<Chain>& table : firewall.tables) {
    for (const Chain& chain : table) {
      if (!is_on_the_way(chain, packet)) continue;
      Fate fate = Walk(table, packet).base(chain);
      if (fate.end == Fate::End::dropped) return std::move(fate.by);
    }
  }
  return std::nullopt;
}

}  // namespace ballast::doctor
