#include "controller/import/ipvsadm_rules.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "model/report.hpp"

namespace ballast {
namespace {

constexpr std::uint32_t usual_persistence = 300;  // ipvsadm(8), -p
constexpr std::uint32_t longest_persistence = 31 * 86400;

template <class Number>
std::optional<Number> parse(std::string_view text, Number least, Number most) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) return std::nullopt;
  return value;
}

struct Place {
  IpAddress address;
  std::uint16_t port = 0;
};

/// "192.0.2.1:80", "[2001:db8::1]:80", both also without a port.
std::optional<Place> parse_place(std::string_view text) {
  std::string_view host = text;
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && port.front() != ':') return std::nullopt;
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    host = text.substr(0, text.find(':'));
    port = text.substr(host.size());
  }
  const auto address = IpAddress::parse(host);
  if (!address) return std::nullopt;
  if (port.empty()) return Place{*address, 0};
  const auto number = parse<std::uint16_t>(port.substr(1), 0, 65535);
  return number ? std::optional(Place{*address, *number}) : std::nullopt;
}

/// One line's words, as ipvsadm takes them.
class Rule {
 public:
  explicit Rule(std::vector<std::string> words) : words_(std::move(words)) {}

  /// Empty, or what is wrong.
  std::string read(State& state) {
    while (at_ < words_.size() && problem_.empty()) read_option();
    if (!problem_.empty()) return problem_;
    if (is_flush_ || words_.empty()) return {};
    if (!adds_service_ && !adds_destination_) return "neither a service (-A) nor a destination (-a)";
    if (!has_service_) return "names no service: -t, -u, --sctp-service or -f";
    if (key_.fwmark != 0) key_ = ServiceKey::of_fwmark(ipv6_ ? Family::ipv6 : Family::ipv4, key_.fwmark);
    return adds_service_ ? add_service(state) : add_destination(state);
  }

 private:
  std::string value(const std::string& option) {
    if (at_ < words_.size()) return words_[at_++];
    problem_ = cat(option, " has no value");
    return {};
  }

  bool one_of(const std::string& word, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), word) != names.end();
  }

  void read_option() {
    std::string word = words_[at_++];
    if (word.starts_with("--")) {
      const std::size_t equals = word.find('=');
      if (equals != std::string::npos) {
        words_.insert(words_.begin() + static_cast<std::ptrdiff_t>(at_), word.substr(equals + 1));
        word.resize(equals);
      }
    }
    if (read_command(word) || read_service_option(word) || read_destination_option(word)) return;
    if (problem_.empty()) problem_ = cat("'", shown(word), "' is no option of ipvsadm -A and -a");
  }

  bool read_command(const std::string& word) {
    if (one_of(word, {"-A", "--add-service"})) {
      adds_service_ = true;
    } else if (one_of(word, {"-a", "--add-server"})) {
      adds_destination_ = true;
    } else if (one_of(word, {"-C", "--clear"})) {
      is_flush_ = true;
    } else if (one_of(word, {"-t", "--tcp-service"})) {
      read_service(word, Protocol::tcp);
    } else if (one_of(word, {"-u", "--udp-service"})) {
      read_service(word, Protocol::udp);
    } else if (word == "--sctp-service") {
      read_service(word, Protocol::sctp);
    } else if (one_of(word, {"-f", "--fwmark-service"})) {
      read_number(word, key_.fwmark, 1U, UINT32_MAX);
      has_service_ = true;
    } else if (one_of(word, {"-6", "--ipv6"})) {
      ipv6_ = true;
    } else {
      return false;
    }
    return true;
  }

  void read_service(const std::string& option, Protocol protocol) {
    const std::string text = value(option);
    const auto place = parse_place(text);
    if (!place) {
      if (problem_.empty())
        problem_ = cat("'", shown(text), "' is no address and port; save the rules with ipvsadm -Sn");
      return;
    }
    key_ = {place->address, protocol, place->port, 0};
    has_service_ = true;
  }

  template <class Number>
  void read_number(const std::string& option, Number& out, Number least, Number most) {
    const std::string text = value(option);
    const auto number = parse<Number>(text, least, most);
    if (number) {
      out = *number;
    } else if (problem_.empty()) {
      problem_ = cat(option, " ", shown(text), " is not a number ", least, "..", most);
    }
  }

  bool read_service_option(const std::string& word) {
    if (one_of(word, {"-s", "--scheduler"})) {
      service_.scheduler = value(word);
    } else if (one_of(word, {"-p", "--persistent"})) {
      service_.flags |= ServiceFlag::persistent;
      service_.persistence_seconds = usual_persistence;
      const bool given = at_ < words_.size() && !words_[at_].starts_with('-');
      if (given) read_number(word, service_.persistence_seconds, 1U, longest_persistence);
    } else if (one_of(word, {"-M", "--netmask"})) {
      granularity_ = value(word);
    } else if (one_of(word, {"-o", "--ops", "-O"})) {
      service_.flags |= ServiceFlag::one_packet;
    } else if (one_of(word, {"-b", "--sched-flags"})) {
      flags_ = value(word);
    } else if (word == "--pe") {
      service_.persistence_engine = value(word);
    } else {
      return false;
    }
    return true;
  }

  bool read_destination_option(const std::string& word) {
    constexpr std::uint16_t highest_port = 65535;
    if (one_of(word, {"-r", "--real-server"})) {
      const std::string text = value(word);
      server_ = parse_place(text);
      if (!server_ && problem_.empty()) {
        problem_ = cat("'", shown(text), "' is no address and port; save the rules with ipvsadm -Sn");
      }
    } else if (one_of(word, {"-g", "--gatewaying"})) {
      destination_.forwarding = Forwarding::dr;
    } else if (one_of(word, {"-i", "--ipip"})) {
      destination_.forwarding = Forwarding::tun;
    } else if (one_of(word, {"-m", "--masquerading"})) {
      destination_.forwarding = Forwarding::nat;
    } else if (one_of(word, {"-w", "--weight"})) {
      read_number(word, destination_.weight, 0U, 65535U);
    } else if (one_of(word, {"-x", "--u-threshold"})) {
      read_number(word, destination_.upper_threshold, 0U, UINT32_MAX);
    } else if (one_of(word, {"-y", "--l-threshold"})) {
      read_number(word, destination_.lower_threshold, 0U, UINT32_MAX);
    } else if (word == "--tun-type") {
      const std::string type = value(word);
      destination_.tunnel.type = type == "gue" ? TunnelType::gue : type == "gre" ? TunnelType::gre : TunnelType::ipip;
      if (type != "gue" && type != "gre" && type != "ipip")
        problem_ = cat("--tun-type ", shown(type), " is none of ipip, gue, gre");
    } else if (word == "--tun-port") {
      read_number(word, destination_.tunnel.port, std::uint16_t{1}, highest_port);
    } else if (word == "--tun-nocsum") {
      destination_.tunnel.checksum = TunnelChecksum::none;
    } else if (word == "--tun-csum") {
      destination_.tunnel.checksum = TunnelChecksum::full;
    } else if (word == "--tun-remcsum") {
      destination_.tunnel.checksum = TunnelChecksum::remote;
    } else {
      return false;
    }
    return true;
  }

  std::string add_service(State& state) {
    if (service_.scheduler.empty()) service_.scheduler = "wlc";
    if (const std::string problem = apply_flags(); !problem.empty()) return problem;
    if (const std::string problem = apply_granularity(); !problem.empty()) return problem;
    normalise(key_, service_);
    if (state.services.contains(key_)) return cat(key_.text(), " is added twice");
    state.services[key_].value = service_;
    return {};
  }

  std::string apply_flags() {
    std::string_view rest = flags_;
    while (!rest.empty()) {
      const std::string word(rest.substr(0, rest.find(',')));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      if (one_of(word, {"flag-1", "sh-fallback", "mh-fallback"})) {
        service_.flags |= ServiceFlag::scheduler1;
      } else if (one_of(word, {"flag-2", "sh-port", "mh-port"})) {
        service_.flags |= ServiceFlag::scheduler2;
      } else if (word == "flag-3") {
        service_.flags |= ServiceFlag::scheduler3;
      } else {
        return cat("'", shown(word), "' is no flag of a scheduler");
      }
    }
    return {};
  }

  std::string apply_granularity() {
    service_.granularity = host_granularity(key_.family());
    if (granularity_.empty()) return {};
    const auto length = parse<std::uint32_t>(granularity_, 1, 128);
    const auto mask = IpAddress::parse(granularity_);
    if (key_.family() == Family::ipv6 ? !length : !mask || !mask->is_ipv4()) {
      return cat("-M ", shown(granularity_), " is no netmask, and no prefix length of IPv6");
    }
    if (key_.family() == Family::ipv6) {
      service_.granularity = *length;
    } else {
      service_.granularity = 0;
      for (std::size_t i = 0; i < 4; ++i) service_.granularity = service_.granularity << 8 | mask->bytes()[i];
    }
    return {};
  }

  std::string add_destination(State& state) {
    if (!server_) return "names no real server (-r)";
    if (!state.services.contains(key_)) return cat(key_.text(), " is not added before its destinations");
    // ipvsadm: without a port of its own a destination has the service's; DR and TUN cannot change it.
    std::uint16_t port = server_->port == 0 ? key_.port : server_->port;
    if (destination_.forwarding != Forwarding::nat) port = key_.port;
    if (destination_.forwarding != Forwarding::tun) destination_.tunnel = {};
    const DestinationKey key{key_, server_->address, port};
    if (state.destinations.contains(key))
      return cat(endpoint_text(key.address, key.port), " is added twice to ", key_.text());
    state.destinations[key].value = destination_;
    return {};
  }

  std::vector<std::string> words_;
  std::size_t at_ = 0;
  std::string problem_;
  bool adds_service_ = false;
  bool adds_destination_ = false;
  bool is_flush_ = false;
  bool has_service_ = false;
  bool ipv6_ = false;
  ServiceKey key_;
  Service service_;
  std::string granularity_;
  std::string flags_;
  std::optional<Place> server_;
  // ipvsadm(8): DR unless something else is said.
  Destination destination_{Forwarding::dr, 1, 0, 0, {}};
};

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  constexpr std::string_view blanks = " \t\r";
  while (true) {
    const std::size_t start = line.find_first_not_of(blanks);
    if (start == std::string_view::npos) break;
    line.remove_prefix(start);
    const std::string_view word = line.substr(0, line.find_first_of(blanks));
    words.emplace_back(word);
    line.remove_prefix(word.size());
  }
  if (!words.empty() && (words[0] == "ipvsadm" || words[0].ends_with("/ipvsadm"))) words.erase(words.begin());
  return words;
}

}  // namespace

IpvsRules parse_ipvsadm_rules(std::string_view text, const std::string& name) {
  IpvsRules rules;
  Report report;
  Origin origin{intern(Source{intern(name), nullptr}), 0, 1};
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    ++origin.line;
    auto words = words_of(line.substr(0, line.find('#')));
    if (words.empty()) continue;
    const std::string problem = Rule(std::move(words)).read(rules.state);
    if (!problem.empty()) report.add(origin, problem);
  }
  rules.diagnostics = report.take();
  return rules;
}

}  // namespace ballast
