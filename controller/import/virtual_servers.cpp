// virtual_server: a VirtualService, or one for each entry of a group, and its Pool.
#include <algorithm>
#include <set>

#include "controller/import/lvs.hpp"
#include "controller/import/words.hpp"
#include "controller/report/service_name.hpp"
#include "model/report.hpp"
#include "model/state.hpp"

namespace ballast::keepalived {
namespace {

constexpr std::int64_t usual_persistence = 360;
constexpr std::int64_t longest_persistence = 31 * 86400;
constexpr std::string_view flag_keywords[] = {"sh-port", "sh-fallback", "mh-port", "mh-fallback", "flag-1", "flag-2"};
constexpr std::string_view schedulers[] = {"rr", "wrr", "lc",  "wlc", "lblc", "lblcr", "dh",
                                           "sh", "mh",  "sed", "nq",  "fo",   "ovf"};

/// What the block says, before it is known how its addresses and members fit together.
class ServerReader {
 public:
  ServerReader(const Statement& block, Programs& programs, Remarks& remarks)
      : block_(block), section_(block, remarks), programs_(programs) {}

  void read() {
    defaults_ = CheckDefaults::read(section_, {});
    if (const auto host = section_.text("virtualhost")) defaults_.virtual_host = host;
    quiesces_ = section_.truth("inhibit_on_failure").value_or(false);
    read_scheduler();
    method_ = read_method(section_, "lvs_method", "lb_kind");
    if (!method_) {
      remark(RemarkKind::repaired, nullptr, "no lvs_method: keepalived takes NAT");
      method_ = Method{"NAT", {}};
    }
    read_protocol();
    read_persistence();
    read_quorum();
    sorry_ = section_.last("sorry_server");
    sorry_method_ = read_method(section_, "sorry_server_lvs_method");
    quorum_up_ = section_.last("quorum_up");
    quorum_down_ = section_.last("quorum_down");
    section_.truth("smtp_alert");
    for (const Statement* each : section_.each("real_server")) {
      auto server = read_real_server(*each, defaults_, quiesces_, programs_, section_.remarks());
      if (server) servers_.push_back(std::move(*server));
    }
    family_ = section_.text("ip_family");
    for (const std::string_view keyword : flag_keywords) section_.each(keyword);
    section_.each("ops");
    section_.finish({"virtual_server"});
    if (servers_.empty()) {
      remark(RemarkKind::repaired, nullptr,
             cat("virtual_server ", shown(block_.rest), " has no real server: keepalived passes over it"));
    }
  }

  /// Nothing where the place cannot be served.
  std::optional<Service> make(ServicePlace place) {
    if (servers_.empty()) return std::nullopt;
    if (place.mark != 0 && !place.address) place.family = mark_family(place);
    const auto key = key_of(place);
    Service service;
    service.origin = place.origin;
    service.address = place.address;
    service.name = service_name(key);
    service.key = key.text();
    json& spec = service.spec;
    if (place.mark != 0) {
      spec["fwmark"] = place.mark;
      if (place.family == Family::ipv6) spec["family"] = "IPv6";
    } else {
      spec["address"] = place.address->text();
      spec["port"] = place.port;
      if (protocol_ != "TCP") spec["protocol"] = protocol_;
    }
    spec["scheduler"] = scheduler_;
    add_flags(place, spec);
    spec["forwarding"] = method_->forwarding;
    add_persistence(place, spec);
    service.pool = make_pool(place, spec);
    if (method_->forwarding == "TUN" && !method_->tunnel.is_null()) spec["tunnel"] = method_->tunnel;
    add_sorry_server(place, spec);
    add_notify(spec);
    return service;
  }

 private:
  void remark(RemarkKind kind, const Statement* statement, std::string text) {
    section_.remarks().add(kind, statement == nullptr ? block_.origin : statement->origin, std::move(text));
  }

  ServiceKey key_of(const ServicePlace& place) const {
    if (place.mark != 0) return ServiceKey::of_fwmark(place.family, static_cast<std::uint32_t>(place.mark));
    const Protocol protocol = protocol_ == "UDP" ? Protocol::udp : protocol_ == "SCTP" ? Protocol::sctp : Protocol::tcp;
    return {*place.address, protocol, static_cast<std::uint16_t>(place.port), 0};
  }

  Family mark_family(const ServicePlace& place) const {
    if (place.family == Family::ipv6 || family_ == "inet6") return Family::ipv6;
    const bool tunnels = method_->forwarding == "TUN";
    return !tunnels && !servers_.front().address.is_ipv4() ? Family::ipv6 : Family::ipv4;
  }

  void read_scheduler() {
    const Statement* old = section_.last("lb_algo");
    const Statement* statement = section_.last("lvs_sched");
    if (statement == nullptr) statement = old;
    scheduler_ = statement == nullptr ? "wlc" : statement->word(0);
    if (statement == nullptr) remark(RemarkKind::repaired, nullptr, "no lvs_sched: keepalived takes wlc");
    if (std::find(std::begin(schedulers), std::end(schedulers), scheduler_) != std::end(schedulers)) return;
    const bool twos = scheduler_ == "twos";
    remark(twos ? RemarkKind::changed : RemarkKind::repaired, statement,
           twos ? "scheduler twos (since Linux 6.8) is none of the manifest's; wlc stands for it"
                : cat("scheduler ", shown(scheduler_), " is unknown: keepalived takes wlc"));
    scheduler_ = "wlc";
  }

  void read_protocol() {
    const Statement* statement = section_.last("protocol");
    std::string word = statement == nullptr ? std::string() : statement->word(0);
    for (char& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c & ~0x20) : c;
    has_protocol_ = word == "TCP" || word == "UDP" || word == "SCTP";
    protocol_ = has_protocol_ ? word : "UDP";
    if (has_protocol_ || block_.word(0) == "fwmark") return;
    remark(RemarkKind::repaired, statement,
           cat(statement == nullptr ? "no protocol" : cat("protocol ", shown(word), " is unknown"),
               ": keepalived takes UDP"));
  }

  void read_persistence() {
    const Statement* timeout = section_.last("persistence_timeout");
    granularity_ = section_.last("persistence_granularity");
    engine_ = section_.text("persistence_engine");
    if (timeout == nullptr) return;
    persistence_ = usual_persistence;
    if (timeout->words.empty()) return;
    const auto value = parse_number(timeout->words[0], 1, longest_persistence);
    if (value) persistence_ = value;
    if (value) return;
    persistence_.reset();
    remark(RemarkKind::repaired, timeout,
           cat("persistence_timeout ", shown(timeout->words[0]), " is not within 1..", longest_persistence,
               ": keepalived ignores it"));
  }

  void add_persistence(const ServicePlace& place, json& spec) {
    auto timeout = persistence_;
    if (!timeout && granularity_ != nullptr) timeout = usual_persistence;
    if (!timeout && place.mark == 0 && place.port == 0) {
      remark(RemarkKind::repaired, nullptr,
             "port 0 (every port) needs persistence: keepalived sets it, to 360 seconds");
      timeout = usual_persistence;
    }
    if (engine_ && (!timeout || *engine_ != "sip" || (place.mark == 0 && protocol_ != "UDP"))) {
      remark(RemarkKind::lost, nullptr,
             cat("persistence_engine ", shown(*engine_), ": the kernel has sip, for UDP with persistence"));
    }
    if (!timeout) return;
    json& persistence = spec["persistence"] = {{"timeout", duration_text(milliseconds(*timeout * 1000))}};
    if (engine_ == "sip" && (place.mark != 0 || protocol_ == "UDP")) persistence["engine"] = "sip";
    if (granularity_ == nullptr) return;
    const std::string text = granularity_->word(0);
    const auto length = parse_number(text, 1, 128);
    const auto mask = IpAddress::parse(text);
    if (place.family == Family::ipv6 && length) {
      if (*length != 128) persistence["granularity"] = *length;
    } else if (place.family == Family::ipv4 && mask && is_netmask(*mask)) {
      if (text != "255.255.255.255") persistence["granularity"] = text;
    } else {
      remark(RemarkKind::lost, granularity_,
             cat("persistence_granularity ", shown(text), " is no netmask, and no prefix length of IPv6"));
    }
  }

  /// sh and mh call the kernel's first flag "fallback" and its second "port".
  void add_flags(const ServicePlace& place, json& spec) {
    const bool hashes = scheduler_ == "sh" || scheduler_ == "mh";
    json flags = json::array();
    const auto add = [&](const std::string& word) {
      if (std::find(flags.begin(), flags.end(), word) == flags.end()) flags.push_back(word);
    };
    for (const std::string_view name : flag_keywords) {
      const std::string keyword(name);
      const Statement* statement = section_.last(keyword);
      if (statement == nullptr) continue;
      const bool numbered = keyword.starts_with("flag");
      if (hashes && numbered) {
        add(scheduler_ + (keyword == "flag-1" ? "-fallback" : "-port"));
      } else if (!numbered && keyword.starts_with(scheduler_ + "-")) {
        add(keyword);
      } else {
        remark(RemarkKind::lost, statement, cat(keyword, " is no flag of scheduler ", scheduler_));
      }
    }
    if (const Statement* ops = section_.last("ops")) {
      if (place.mark == 0 && protocol_ != "UDP") {
        remark(RemarkKind::lost, ops, cat("ops works with UDP only, not with ", protocol_));
      } else {
        add("ops");
      }
    }
    if (!flags.empty()) spec["schedulerFlags"] = flags;
  }

  void read_quorum() {
    quorum_ = section_.number("quorum", 1, INT32_MAX).value_or(1);
    hysteresis_ = section_.number("hysteresis", 0, INT32_MAX).value_or(0);
  }

  /// The port that a member or sorry server names; 0: the service's.
  std::int64_t port_of(const ServicePlace& place, const std::string& forwarding, std::int64_t port,
                       const Origin& origin, const std::string& text) {
    const std::int64_t service_port = place.mark != 0 ? 0 : place.port;
    if (port == 0 || port == service_port) return 0;
    if (forwarding == "NAT") return port;
    section_.remarks().add(RemarkKind::repaired, origin,
                           cat(text, ": ", forwarding, " cannot change the port: keepalived takes ",
                               place.mark != 0 ? std::string("none") : cat("the virtual server's, ", service_port)));
    return 0;
  }

  json make_pool(const ServicePlace& place, json&) {
    json members = json::array();
    std::vector<RealServer> kept;
    std::set<std::pair<IpAddress, std::int64_t>> seen;
    std::int64_t total = 0;
    for (RealServer& server : servers_) {
      const std::string forwarding = server.method ? server.method->forwarding : method_->forwarding;
      if (server.address.family() != place.family && forwarding != "TUN") {
        section_.remarks().add(RemarkKind::repaired, server.origin,
                               cat("real_server ", server.address.text(),
                                   " is of another family than the virtual server: "
                                   "keepalived passes over it"));
        continue;
      }
      const std::int64_t original = server.port == 0 ? place.port : server.port;
      const std::int64_t port =
          port_of(place, forwarding, server.port, server.origin, cat("real_server ", member_text(server)));
      if (!seen.emplace(server.address, port == 0 ? place.port : port).second) {
        section_.remarks().add(
            RemarkKind::repaired, server.origin,
            cat("real_server ", member_text(server), " stands there twice: keepalived takes the first"));
        continue;
      }
      members.push_back(make_member(server, forwarding, port));
      total += server.weight;
      RealServer as_served = server;
      as_served.port = port == 0 && place.mark == 0 ? place.port : port;
      add_port(place, original, as_served, section_.remarks());
      kept.push_back(std::move(as_served));
    }
    json pool = {{"members", members}};
    add_health(kept, quiesces_, section_.remarks(), pool);
    if (pool.contains("checks")) {
      add_quorum(total, pool);
    } else if (quorum_ != 1 || hysteresis_ != 0) {
      remark(RemarkKind::lost, nullptr, "quorum and hysteresis have no effect without checkers");
    }
    return pool;
  }

  json make_member(const RealServer& server, const std::string& forwarding, std::int64_t port) const {
    json member = {{"address", server.address.text()}};
    if (port != 0) member["port"] = port;
    member["weight"] = server.weight;
    if (server.upper != 0) member["upperThreshold"] = server.upper;
    if (server.lower != 0) member["lowerThreshold"] = server.lower;
    if (forwarding != method_->forwarding) member["forwarding"] = forwarding;
    const json tunnel = server.method ? server.method->tunnel : json();
    if (forwarding == "TUN" && !tunnel.is_null() && !(forwarding == method_->forwarding && tunnel == method_->tunnel)) {
      member["tunnel"] = tunnel;
    }
    member[comment_key] = server.origin.line_text();
    return member;
  }

  void add_quorum(std::int64_t total, json& pool) {
    std::int64_t quorum = quorum_;
    if (quorum > std::max<std::int64_t>(total, 1)) {
      quorum = std::max<std::int64_t>(total, 1);
      remark(RemarkKind::repaired, nullptr,
             cat("quorum ", quorum_, " is above the weight of all real servers: keepalived takes ", total));
    }
    std::int64_t hysteresis = hysteresis_;
    if (hysteresis >= quorum && hysteresis > 0) {
      hysteresis = quorum - 1;
      remark(RemarkKind::repaired, nullptr,
             cat("hysteresis ", hysteresis_, " is not below the quorum: keepalived takes ", hysteresis));
    }
    if (quorum != 1) pool["quorum"] = quorum;
    if (hysteresis != 0) pool["hysteresis"] = hysteresis;
  }

  void add_sorry_server(const ServicePlace& place, json& spec) {
    if (sorry_ == nullptr) return;
    const auto address = IpAddress::parse(sorry_->word(0));
    const auto port =
        sorry_->words.size() > 1 ? parse_number(sorry_->words[1], 0, 65535) : std::optional<std::int64_t>(0);
    const std::string forwarding = sorry_method_ ? sorry_method_->forwarding : method_->forwarding;
    if (!address || !port || address->is_unspecified() || address->is_multicast() ||
        (address->family() != place.family && forwarding != "TUN")) {
      remark(RemarkKind::lost, sorry_,
             cat("sorry_server ", shown(sorry_->rest), " is no address and port of the virtual server's family"));
      return;
    }
    const std::int64_t named = port_of(place, forwarding, *port, sorry_->origin, cat("sorry_server ", address->text()));
    const std::int64_t effective = named == 0 ? place.port : named;
    const bool member = std::any_of(servers_.begin(), servers_.end(), [&](const RealServer& each) {
      const bool rewrites = (each.method ? each.method->forwarding : method_->forwarding) == "NAT";
      return each.address == *address && (each.port == 0 || !rewrites ? place.port : each.port) == effective;
    });
    if (member) {
      remark(RemarkKind::lost, sorry_, "the sorry server is one of the real servers");
      return;
    }
    json& sorry = spec["sorryServer"] = {{"address", address->text()}};
    if (named != 0) sorry["port"] = named;
    if (forwarding != method_->forwarding) sorry["forwarding"] = forwarding;
    if (sorry_method_ && !sorry_method_->tunnel.is_null() && sorry_method_->tunnel != method_->tunnel) {
      remark(RemarkKind::changed, sorry_, "the tunnel to the sorry server is that of the service");
    }
  }

  void add_notify(json& spec) {
    std::vector<Occasion> occasions;
    const auto add = [&](const Statement* statement, const std::string& pattern) {
      if (statement == nullptr) return;
      if (auto program = programs_.parse(*statement, true)) occasions.push_back({pattern, *program, statement});
    };
    for (const RealServer& server : servers_) {
      const std::string endpoint = endpoint_text(server.address, 0);
      const std::string start = endpoint.substr(0, endpoint.size() - 1);  // "192.0.2.1:"
      add(server.notify_up, shell_word("member-up " + start) + "*");
      add(server.notify_down, shell_word("member-down " + start) + "*");
    }
    add(quorum_up_, "'quorum-gained '*");
    add(quorum_down_, "'quorum-lost '*");
    if (occasions.empty()) return;
    const std::string text = case_text(programs_, section_.remarks(), "\"$BALLAST_EVENT $BALLAST_MEMBER\"", occasions);
    spec["notify"]["script"] = programs_.make_shell(*occasions.front().statement, text, occasions.front().program.user);
  }

  const Statement& block_;
  Section section_;
  Programs& programs_;
  CheckDefaults defaults_;
  bool quiesces_ = false;
  std::string scheduler_;
  std::optional<Method> method_;
  std::string protocol_;
  bool has_protocol_ = false;
  std::optional<std::int64_t> persistence_;
  const Statement* granularity_ = nullptr;
  std::optional<std::string> engine_;
  std::optional<std::string> family_;
  std::int64_t quorum_ = 1;
  std::int64_t hysteresis_ = 0;
  const Statement* sorry_ = nullptr;
  std::optional<Method> sorry_method_;
  const Statement* quorum_up_ = nullptr;
  const Statement* quorum_down_ = nullptr;
  std::vector<RealServer> servers_;
};

}  // namespace

std::vector<Service> read_virtual_server(const Statement& block, const std::vector<ServicePlace>& places,
                                         Programs& programs, Remarks& remarks) {
  ServerReader reader(block, programs, remarks);
  reader.read();
  std::vector<Service> services;
  for (const ServicePlace& place : places) {
    if (auto service = reader.make(place)) services.push_back(std::move(*service));
  }
  return services;
}

}  // namespace ballast::keepalived
