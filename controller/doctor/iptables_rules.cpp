// iptables-save: "*table", ":CHAIN POLICY [0:0]", "-A CHAIN -p vrrp -j DROP", "COMMIT".
#include <algorithm>
#include <sstream>
#include <utility>

#include "controller/doctor/firewall.hpp"

namespace ballast::doctor {
namespace {

/// Words of a line; double quotes hold one together.
std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  bool begun = false;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '"') {
      quoted = !quoted;
      begun = true;
    } else if (c == '\\' && quoted && at + 1 < line.size()) {
      word += line[++at];
    } else if (c == ' ' && !quoted) {
      if (begun || !word.empty()) words.push_back(std::move(word));
      word.clear();
      begun = false;
    } else {
      word += c;
    }
  }
  if (begun || !word.empty()) words.push_back(std::move(word));
  return words;
}

std::vector<std::string> divided(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) parts.push_back(part);
  return parts;
}

std::string hook_of(const std::string& chain) {
  if (chain == "INPUT") return "input";
  if (chain == "OUTPUT") return "output";
  if (chain == "PREROUTING") return "prerouting";
  return chain == "POSTROUTING" ? "postrouting" : "";
}

Condition of_states(const std::string& text) {
  const auto states = divided(text);
  const bool is_new = std::find(states.begin(), states.end(), "NEW") != states.end();
  return {Condition::Field::family, false,
          is_new ? std::vector<std::string>{"ipv4", "ipv6"} : std::vector<std::string>{}};
}

class RuleReader {
 public:
  RuleReader(const std::vector<std::string>& words, std::size_t at) : words_(words), at_(at) {}

  Rule read(std::string_view line) {
    rule_.text = "rule \"" + std::string(line.substr(0, line.find_last_not_of(" \r\n") + 1)) + "\"";
    while (at_ < words_.size()) option();
    return std::move(rule_);
  }

 private:
  std::string next() { return at_ < words_.size() ? words_[at_++] : std::string(); }

  void option() {
    const std::string name = next();
    if (name == "!") {
      negated_ = true;
      return;
    }
    const bool negated = std::exchange(negated_, false);
    using Field = Condition::Field;
    if (name == "-p" || name == "--protocol") {
      std::vector<std::string> protocols{next()};
      if (protocols.front() == "all") return;
      rule_.conditions.push_back({Field::protocol, negated, std::move(protocols)});
    } else if (name == "-s" || name == "--source") {
      rule_.conditions.push_back({Field::source, negated, divided(next())});
    } else if (name == "-d" || name == "--destination") {
      rule_.conditions.push_back({Field::destination, negated, divided(next())});
    } else if (name == "-i") {
      rule_.conditions.push_back({Field::in, negated, {next()}});
    } else if (name == "-o") {
      rule_.conditions.push_back({Field::out, negated, {next()}});
    } else if (name == "--state" || name == "--ctstate") {
      Condition states = of_states(next());
      states.negated = negated;
      rule_.conditions.push_back(std::move(states));
    } else if (name == "-m") {
      const std::string match = next();
      if (match == "comment") skip_comment();
    } else if (name == "-j" || name == "-g") {
      take_target(next(), name == "-g");
    } else if (!name.empty() && rule_.verdict == Verdict::next) {
      rule_.conditions.emplace_back();  // an option of a match that is not known here
    }
  }

  void skip_comment() {
    if (at_ < words_.size() && words_[at_] == "--comment") at_ += 2;
  }

  void take_target(const std::string& target, bool go_to) {
    if (target == "ACCEPT") {
      rule_.verdict = Verdict::accept;
    } else if (target == "DROP" || target == "REJECT") {
      rule_.verdict = Verdict::drop;
    } else if (target == "RETURN") {
      rule_.verdict = Verdict::leave;
    } else if (target == "LOG" || target == "NFLOG" || target == "MARK" || target == "CONNMARK" || target == "CT" ||
               target == "TRACE" || target == "TCPMSS") {
      rule_.verdict = Verdict::next;
      at_ = words_.size();  // the target's own options
    } else {
      rule_.verdict = go_to ? Verdict::go_to : Verdict::jump;  // to a chain that is not there: nothing is certain
      rule_.target = target;
    }
  }

  const std::vector<std::string>& words_;
  std::size_t at_;
  bool negated_ = false;
  Rule rule_;
};

}  // namespace

Firewall read_iptables(std::string_view saved, Family family) {
  Firewall firewall;
  std::string table;
  std::istringstream lines{std::string(saved)};
  const std::string program = family == Family::ipv4 ? "iptables" : "ip6tables";
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('*')) {
      table = line.substr(1);
      firewall.tables.emplace_back();
      continue;
    }
    if (firewall.tables.empty()) continue;
    std::vector<Chain>& chains = firewall.tables.back();
    const std::vector<std::string> words = words_of(line);
    if (words.size() >= 2 && words[0].starts_with(':')) {
      Chain chain;
      chain.name = words[0].substr(1);
      chain.hook = hook_of(chain.name);
      chain.drops = words[1] == "DROP";
      chain.ipv4 = family == Family::ipv4;
      chain.ipv6 = family == Family::ipv6;
      chain.text = program + "'s chain " + table + " " + chain.name;
      chains.push_back(std::move(chain));
    } else if (words.size() >= 2 && words[0] == "-A") {
      const auto chain =
          std::find_if(chains.begin(), chains.end(), [&](const Chain& each) { return each.name == words[1]; });
      if (chain != chains.end()) chain->rules.push_back(RuleReader(words, 2).read(program + " " + line));
    }
  }
  return firewall;
}

}  // namespace ballast::doctor
