// Packet filters as `nft -j list ruleset` and `iptables-save` print them, and what becomes of a VRRP packet in them.
// Pure; what is not understood is neither a match nor a miss, so that a finding is never a guess. Never throws.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/ip.hpp"

namespace ballast::doctor {

/// What is known of a packet. An empty text or nullopt is not known.
struct Packet {
  bool incoming = true;
  std::string interface;
  Family family = Family::ipv4;
  std::uint8_t protocol = 112;
  std::optional<IpAddress> source;
  std::optional<IpAddress> destination;
};

enum class Truth : std::uint8_t { no, yes, unknown };
Truth operator&&(Truth a, Truth b);
Truth operator!(Truth a);

/// One thing that a rule asks of a packet.
struct Condition {
  enum class Field : std::uint8_t { protocol, source, destination, in, out, family, other } field = Field::other;
  bool negated = false;
  std::vector<std::string>
      values;  ///< any of them: numbers or names, prefixes, devices ("eth+" and "eth*" are patterns)
};

enum class Verdict : std::uint8_t { next, accept, drop, jump, go_to, leave, unknown };

struct Rule {
  std::vector<Condition> conditions;
  Verdict verdict = Verdict::next;
  std::string target;  ///< of jump and go_to
  std::string text;    ///< as people know it
};

struct Chain {
  std::string name;
  std::string hook;    ///< "input", "output", "prerouting"; empty: others jump to it
  bool drops = false;  ///< its policy
  bool ipv4 = true;    ///< of these families
  bool ipv6 = true;
  std::string text;  ///< "table inet filter chain input"
  std::vector<Rule> rules;
};

/// One table after the other; the chains of one table know each other by name.
struct Firewall {
  std::vector<std::vector<Chain>> tables;
};

std::optional<Firewall> read_nft(const std::string& json);
/// `family`: of iptables-save or ip6tables-save.
Firewall read_iptables(std::string_view saved, Family family);

/// The rule that drops it for certain; nullopt where none does.
std::optional<std::string> dropped_by(const Firewall& firewall, const Packet& packet);

}  // namespace ballast::doctor
