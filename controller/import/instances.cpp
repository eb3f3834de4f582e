// vrrp_instance by itself.
#include <algorithm>
#include <set>

#include "controller/import/vrrp.hpp"
#include "model/report.hpp"
#include "model/virtual_router.hpp"

namespace ballast::keepalived {
namespace {

constexpr milliseconds second{1000};
constexpr int owner = 255;
constexpr double most_delay = 1000;

class InstanceReader {
 public:
  InstanceReader(const Statement& block, const Globals& globals, Programs& programs, Trackables& trackables,
                 Remarks& remarks)
      : section_(block, remarks), globals_(globals), programs_(programs), trackables_(trackables) {}

  /// Empty where keepalived has no use for it either; two where it has addresses of both families.
  std::vector<Instance> read() {
    instance_.name = section_.statement().word(0);
    instance_.origin = section_.origin();
    if (const auto interface = section_.text("interface")) instance_.interface = *interface;
    if (const auto vrid = section_.number("virtual_router_id", 1, 255)) instance_.vrid = static_cast<int>(*vrid);
    const auto has = [&](std::string_view keyword) {
      const auto& all = section_.statement().children;
      return std::any_of(all.begin(), all.end(), [&](const Statement& each) { return each.keyword == keyword; });
    };
    VipLists vips = read_vips(section_, instance_.interface, has("use_vmac") && !has("unicast_peer"));
    instance_.addresses = std::move(vips.addresses);
    instance_.vips = std::move(vips.vips);
    read_state();
    read_version();
    read_authentication();
    read_interval();
    read_preemption();
    read_sources();
    read_multicast();
    read_virtual_mac();
    read_announcements();
    instance_.track = trackables_.read(section_, instance_.interface);
    instance_.notify = read_role_notify(section_, programs_, "INSTANCE", instance_.name);
    section_.truth("smtp_alert");  // globals speak of mail
    section_.each("lvs_sync_daemon_interface");
    section_.finish({"vrrp_instance"});
    if (!is_complete()) return {};
    std::vector<Instance> read{instance_};
    if (!vips.others.empty()) add_other_family(vips, read);
    return read;
  }

 private:
  void remark(RemarkKind kind, const Statement* statement, std::string text) {
    section_.remarks().add(kind, statement == nullptr ? section_.origin() : statement->origin, std::move(text));
  }

  bool is_complete() {
    const std::string name = cat("vrrp_instance ", shown(instance_.name));
    if (instance_.vrid == 0) {
      remark(RemarkKind::lost, nullptr, cat(name, " has no virtual_router_id, and keepalived does not start with it"));
    } else if (instance_.interface.empty()) {
      remark(RemarkKind::lost, nullptr, cat(name, " has no interface; a VirtualRouter needs one"));
    } else if (instance_.vips.empty()) {
      remark(RemarkKind::lost, nullptr, cat(name, " holds no address; a VirtualRouter is there to hold some"));
    } else {
      return true;
    }
    return false;
  }

  void read_state() {
    const Statement* state = section_.last("state");
    const std::string word = state == nullptr ? "BACKUP" : state->word(0);
    instance_.starts_as_master = word == "MASTER";
    if (word != "MASTER" && word != "BACKUP") {
      remark(RemarkKind::repaired, state,
             cat("state ", shown(word), " is neither MASTER nor BACKUP: keepalived takes BACKUP"));
    }
    const Statement* priority = section_.last("priority");
    if (priority == nullptr) {
      // RFC 9568 section 5.2.4: who starts as MASTER owns the addresses.
      instance_.priority = instance_.starts_as_master ? owner : 100;
      if (instance_.starts_as_master) {
        remark(RemarkKind::repaired, state,
               "state MASTER without a priority: keepalived takes 255, the addresses' owner");
      }
      return;
    }
    const auto value = parse_number(priority->word(0), 1, owner);
    if (value) instance_.priority = static_cast<int>(*value);
    if (value) return;
    remark(RemarkKind::repaired, priority,
           cat("priority ", shown(priority->word(0)), " is not within 1..255: keepalived takes 100"));
  }

  void read_version() {
    instance_.version = globals_.version;
    if (const auto version = section_.number("version", 2, 3)) instance_.version = static_cast<int>(*version);
    if (!instance_.vips.empty() && !instance_.vips.front().is_ipv4()) instance_.version = 3;
  }

  void read_authentication() {
    const Statement* block = section_.last("authentication");
    if (block == nullptr) return;
    Section section(*block, section_.remarks());
    const std::string type = section.text("auth_type").value_or("");
    std::string password = section.text("auth_pass").value_or("");
    const Statement* statement = section.last("auth_pass");
    section.finish({"authentication"});
    if (type != "PASS" && type != "AH") {
      if (!type.empty())
        remark(RemarkKind::repaired, block, cat("auth_type ", shown(type), " is unknown: keepalived ignores it"));
      if (type.empty()) remark(RemarkKind::lost, block, "authentication without auth_type");
      return;
    }
    if (instance_.version == 3) {
      remark(RemarkKind::repaired, block, "VRRPv3 knows no authentication: keepalived ignores it");
      return;
    }
    if (password.empty()) {
      remark(RemarkKind::repaired, block, "authentication without a password: keepalived ignores it");
      return;
    }
    if (password.size() > longest_vrrp_password) {
      // The password is not repeated.
      remark(RemarkKind::repaired, statement,
             "keepalived cuts auth_pass to its first 8 bytes, and so does the manifest");
      password.resize(longest_vrrp_password);
      while (!password.empty() && (password.back() & 0x80) != 0) password.pop_back();
    }
    instance_.authentication = type;
    instance_.password = password;
  }

  void read_interval() {
    const Statement* statement = section_.last("advert_int");
    if (statement == nullptr) return;
    auto value = parse_seconds(statement->word(0));
    if (!value || *value < milliseconds(10) || *value > 255 * second) {
      remark(RemarkKind::repaired, statement,
             cat("advert_int ", shown(statement->word(0)), " is not within 0.01..255 seconds: keepalived takes 1"));
      return;
    }
    if (instance_.version == 2 && *value % second != milliseconds(0)) {
      const auto rounded = std::max(second, (*value + second / 2) / second * second);
      remark(RemarkKind::repaired, statement,
             cat("advert_int ", statement->word(0),
                 " is no whole number of seconds, as VRRPv2 needs: keepalived rounds it to ", duration_text(rounded)));
      value = rounded;
    }
    constexpr milliseconds longest{40950};
    if (instance_.version == 3 && *value > longest) {
      remark(RemarkKind::repaired, statement, "advert_int is more than VRRPv3 carries: keepalived takes 40.95 seconds");
      value = longest;
    }
    if (instance_.version == 3 && *value % milliseconds(10) != milliseconds(0)) {
      value = *value / 10 / milliseconds(1) * milliseconds(10);
      remark(RemarkKind::changed, statement,
             cat("advert_int ", statement->word(0), " became ", duration_text(*value),
                 ", as VRRPv3 carries hundredths of a second"));
    }
    instance_.interval = *value;
  }

  void read_preemption() {
    const Statement* no = section_.last("nopreempt");
    section_.flag("preempt");
    const Statement* delay = section_.last("preempt_delay");
    instance_.preempt = no == nullptr;
    if (no != nullptr && instance_.starts_as_master) {
      remark(RemarkKind::repaired, no, "nopreempt does not work with state MASTER: keepalived clears it");
      instance_.preempt = true;
    } else if (no != nullptr && instance_.priority == owner) {
      remark(RemarkKind::repaired, no, "nopreempt does not work with priority 255: keepalived clears it");
      instance_.preempt = true;
    }
    if (delay == nullptr) return;
    const auto value = parse_seconds(delay->word(0));
    if (!value || static_cast<double>(value->count()) / 1000 > most_delay) {
      remark(RemarkKind::repaired, delay,
             cat("preempt_delay ", shown(delay->word(0)), " is not within 0..1000 seconds: keepalived ignores it"));
    } else if (instance_.starts_as_master) {
      remark(RemarkKind::repaired, delay, "preempt_delay does not work with state MASTER: keepalived clears it");
    } else if (!instance_.preempt) {
      remark(RemarkKind::repaired, delay, "preempt_delay has no effect with nopreempt");
    } else {
      instance_.preempt_delay = *value;
    }
  }

  void read_sources() {
    const auto multicast = section_.address("mcast_src_ip");
    const auto unicast = section_.address("unicast_src_ip");
    for (const Statement* block : section_.each("unicast_peer")) {
      for (const Statement& line : block->children) {
        line.used = true;
        const auto peer = IpAddress::parse(line.keyword);
        if (!peer) {
          remark(RemarkKind::repaired, &line,
                 cat("unicast_peer ", shown(line.keyword), " is not an IP address: keepalived passes over it"));
          continue;
        }
        if (!line.words.empty()) remark(RemarkKind::lost, &line, "min_ttl and max_ttl of a peer");
        if (std::find(instance_.peers.begin(), instance_.peers.end(), *peer) == instance_.peers.end()) {
          instance_.peers.push_back(*peer);
        }
      }
    }
    instance_.unicast = !instance_.peers.empty();
    instance_.source = unicast ? unicast : multicast;
    if (unicast && !instance_.unicast) {
      remark(RemarkKind::repaired, section_.last("unicast_src_ip"),
             "unicast_src_ip without unicast_peer: keepalived sends by multicast");
    }
    if (instance_.source && !instance_.vips.empty() && instance_.source->family() != instance_.family()) {
      remark(RemarkKind::lost, nullptr,
             cat("source ", instance_.source->text(), " is of another family than the addresses"));
      instance_.source.reset();
    }
    const bool foreign = std::any_of(instance_.peers.begin(), instance_.peers.end(), [&](const IpAddress& peer) {
      return !instance_.vips.empty() && peer.family() != instance_.family();
    });
    if (foreign) {
      remark(RemarkKind::lost, nullptr,
             "unicast peers of another family than the addresses: no VirtualRouter can do this");
      instance_.vips.clear();
    }
  }

  void read_multicast() {
    const auto group = section_.address("mcast_dst_ip");
    if (!group || group->text() == "224.0.0.18" || group->text() == "ff02::12") return;
    remark(RemarkKind::lost, section_.last("mcast_dst_ip"),
           cat("mcast_dst_ip ", group->text(), ": advertisements go to the group of RFC 9568, or by unicast"));
  }

  void read_virtual_mac() {
    const Statement* statement = section_.last("use_vmac");
    if (statement == nullptr) return;
    if (!statement->words.empty()) {
      remark(RemarkKind::lost, statement,
             cat("use_vmac ", shown(statement->rest), ": the device is ",
                 instance_.vips.empty() ? "vrrp.VRID" : virtual_mac_device(instance_.family(), instance_.vrid),
                 ", and its MAC address that of RFC 9568"));
    }
    if (instance_.unicast) {
      remark(RemarkKind::lost, statement,
             "use_vmac with unicast: virtualMac and unicast exclude each other, and the VIPs "
             "have the interface's MAC address");
      return;
    }
    instance_.virtual_mac = true;
  }

  void read_announcements() {
    const AnnounceText own = read_announce(section_, "");
    const AnnounceText& usual = globals_.announce;
    constexpr std::int64_t most = 100;
    const auto count = own.repeat ? own.repeat : usual.repeat;
    const auto delay = own.delay ? own.delay : usual.delay;
    const auto refresh = own.refresh ? own.refresh : usual.refresh;
    const auto refresh_count = own.refresh_repeat ? own.refresh_repeat : usual.refresh_repeat;
    const bool six = !instance_.vips.empty() && !instance_.vips.front().is_ipv4();
    const auto pacing = six ? globals_.gna_interval : globals_.garp_interval;
    const auto limited = [&](std::string_view what, auto value, auto limit) {
      if (value <= limit) return value;
      remark(RemarkKind::changed, nullptr, cat(what, " became the most that a VirtualRouter takes"));
      return limit;
    };
    json& announce = instance_.announce;
    if (count && *count != 5) announce["count"] = limited("garp_master_repeat", *count, most);
    if (delay && *delay != 5 * second)
      announce["delay"] = duration_text(limited("garp_master_delay", *delay, 1000 * second));
    if (refresh && *refresh > milliseconds(0)) {
      announce["refresh"] = duration_text(std::max(second, *refresh));
      if (refresh_count && *refresh_count > 1)
        announce["refreshCount"] = limited("garp_master_refresh_repeat", *refresh_count, most);
    }
    if (pacing && *pacing > milliseconds(0))
      announce["pacing"] = duration_text(limited("vrrp_garp_interval", *pacing, second));
  }

  /// keepalived holds addresses of the other family beside those that it advertises; here they are a group of their
  /// own, which changes roles with the first.
  void add_other_family(const VipLists& vips, std::vector<Instance>& read) {
    if (instance_.unicast) {
      remark(
          RemarkKind::lost, nullptr,
          "virtual_ipaddress_excluded of the other family: with unicast they need a VirtualRouter with sources of that "
          "family, which the file does not name");
      return;
    }
    Instance other = instance_;
    other.name += other.vips.front().is_ipv4() ? "-ipv6" : "-ipv4";
    other.addresses = vips.others;
    other.vips = vips.other_vips;
    other.source.reset();
    other.password.reset();
    other.notify = nullptr;
    other.version = 3;
    remark(RemarkKind::changed, nullptr,
           cat("addresses of both families: those of virtual_ipaddress_excluded became VirtualRouter ",
               name_from(other.name, "router"), ", which changes roles together with the other"));
    read.push_back(std::move(other));
  }

  Section section_;
  const Globals& globals_;
  Programs& programs_;
  Trackables& trackables_;
  Instance instance_;
};

}  // namespace

std::vector<Instance> read_instance(const Statement& block, const Globals& globals, Programs& programs,
                                    Trackables& trackables, Remarks& remarks) {
  return InstanceReader(block, globals, programs, trackables, remarks).read();
}

}  // namespace ballast::keepalived
