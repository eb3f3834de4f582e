// Findings from what was heard on the wire: other groups on the same VRID, two MASTERs, and who answers ARP for a VIP.
#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "controller/doctor/checks.hpp"
#include "model/duration.hpp"

namespace ballast::doctor {
namespace {

/// One sender's advertisements of one VRID on one device.
struct Advertiser {
  IpAddress source;
  const Heard* last = nullptr;
  std::size_t first_at = 0;
  std::size_t last_at = 0;
  std::size_t count = 0;
};

struct VridKey {
  std::string interface;
  Family family;
  std::uint8_t vrid;
  friend auto operator<=>(const VridKey&, const VridKey&) = default;
};

using Advertisers = std::map<VridKey, std::vector<Advertiser>>;

Advertisers advertisers_of(const Wire& wire) {
  Advertisers all;
  for (std::size_t at = 0; at < wire.heard.size(); ++at) {
    const Heard& heard = wire.heard[at];
    if (heard.message.priority == vrrp::release_priority) continue;  // it goes
    auto& senders = all[{heard.interface, heard.source.family(), heard.message.vrid}];
    auto sender = std::find_if(senders.begin(), senders.end(),
                               [&](const Advertiser& each) { return each.source == heard.source; });
    if (sender == senders.end()) sender = senders.insert(senders.end(), {heard.source, nullptr, at, at, 0});
    sender->last = &heard;
    sender->last_at = at;
    ++sender->count;
  }
  return all;
}

bool share(const std::vector<IpAddress>& a, const std::vector<IpAddress>& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](const IpAddress& each) { return std::find(b.begin(), b.end(), each) != b.end(); });
}

/// A take-over is one after the other; two MASTERs go on beside each other.
bool interleaved(const Advertiser& a, const Advertiser& b) {
  return a.first_at < b.last_at && b.first_at < a.last_at;
}

std::string addresses_text(const std::vector<IpAddress>& addresses) {
  constexpr std::size_t most = 3;
  std::string text;
  for (std::size_t at = 0; at < std::min(addresses.size(), most); ++at) {
    text += (at == 0 ? "" : ", ") + addresses[at].text();
  }
  return addresses.size() > most ? fmt::format("{} and {} more", text, addresses.size() - most) : text;
}

std::string text_of(const Advertiser& sender) {
  const vrrp::Advertisement& message = sender.last->message;
  return fmt::format("{}{} ({}) advertises {} with priority {}, VRRPv{}, {} times", sender.source.text(),
                     sender.last->own ? ", this node," : "", sender.last->mac.text(), addresses_text(message.addresses),
                     message.priority, message.version, sender.count);
}

int unused_vrid(const Advertisers& all, const Part& part, const VridKey& key) {
  for (int vrid = 1; vrid < 256; ++vrid) {
    const auto number = static_cast<std::uint8_t>(vrid);
    const bool wanted =
        std::any_of(part.groups.begin(), part.groups.end(), [&](const Group& group) { return group.vrid == number; });
    if (!wanted && !all.contains({key.interface, key.family, number})) return vrid;
  }
  return 0;
}

class WireCheck {
 public:
  WireCheck(const Facts& facts, const Part& part, Findings& findings)
      : facts_(facts), part_(part), findings_(findings), wire_(*facts.wire), all_(advertisers_of(wire_)) {}

  void run() {
    for (const auto& [key, senders] : all_) check_vrid(key, senders);
    for (const Vip& vip : part_.vips) check_answers(vip);
  }

 private:
  const Group* group_of(const VridKey& key) const {
    const auto found = std::find_if(part_.groups.begin(), part_.groups.end(), [&](const Group& group) {
      return group.interface == key.interface && group.family == key.family && group.vrid == key.vrid;
    });
    return found == part_.groups.end() ? nullptr : &*found;
  }

  std::string place(const VridKey& key) const {
    return fmt::format("VRID {} on {}{}", key.vrid, key.interface, key.family == Family::ipv6 ? " (IPv6)" : "");
  }

  void check_vrid(const VridKey& key, const std::vector<Advertiser>& senders) {
    const Group* group = group_of(key);
    if (part_.from_manifest && group == nullptr) return;  // none of ours
    std::vector<const Advertiser*> ours;
    for (const Advertiser& sender : senders) {
      const auto& reference = group != nullptr ? group->addresses : senders.front().last->message.addresses;
      if (share(reference, sender.last->message.addresses)) {
        ours.push_back(&sender);
      } else {
        tell_foreign(key, sender, group, senders.front());
      }
    }
    const auto other =
        ours.empty() ? ours.end() : std::find_if(ours.begin() + 1, ours.end(), [&](const Advertiser* each) {
          return interleaved(*ours.front(), *each);
        });
    if (other != ours.end()) tell_two_masters(key, *ours.front(), **other, group);
  }

  void tell_foreign(const VridKey& key, const Advertiser& sender, const Group* group, const Advertiser& first) {
    const int unused = unused_vrid(all_, part_, key);
    findings_.push_back(
        {Severity::broken, fmt::format("another group uses {}", place(key)),
         fmt::format("{} in {}; {}", text_of(sender), duration_text(wire_.listened),
                     group != nullptr ? fmt::format("{} has {}", group->name, addresses_text(group->addresses))
                                      : text_of(first)),
         unused == 0
             ? "give one of the groups a network of its own: all VRIDs are taken"
             : fmt::format("give one of the groups another virtualRouterId, on all of its routers; {} is not in "
                           "use here",
                           unused),
         group != nullptr ? group->origin : Origin{}});
  }

  void tell_two_masters(const VridKey& key, const Advertiser& a, const Advertiser& b, const Group* group) {
    const bool versions = a.last->message.version != b.last->message.version;
    findings_.push_back(
        {Severity::broken,
         fmt::format("two nodes are MASTER of {}{} at once", place(key),
                     group != nullptr ? fmt::format(" ({})", group->name) : ""),
         fmt::format("{}; {}; both in {}", text_of(a), text_of(b), duration_text(wire_.listened)),
         versions
             ? "set the same version on both: neither takes the other's advertisements"
             : "see why they do not take each other's advertisements: a firewall (protocol 112), a switch that drops "
               "multicast, another password or interval; `ballast status` counts what is refused and why",
         group != nullptr ? group->origin : Origin{}});
  }

  /// Who may answer for it: whoever advertises it there. One that is held on another device answers with another MAC.
  std::set<MacAddress> rightful(const Vip& vip) const {
    std::set<MacAddress> macs;
    for (const Heard& heard : wire_.heard) {
      const auto& addresses = heard.message.addresses;
      if (heard.interface != vip.network) continue;
      if (std::find(addresses.begin(), addresses.end(), vip.address) == addresses.end()) continue;
      macs.insert(heard.mac);
      macs.insert(virtual_mac(Family::ipv4, heard.message.vrid));
    }
    return macs;
  }

  /// The member that has this MAC.
  std::string owner(const MacAddress& mac) const {
    for (const DirectedService& service : part_.services) {
      for (const Target& target : service.targets) {
        if (wire_.answers.contains({interface_of(target.address, mac), target.address, mac})) {
          return target.address.text();
        }
      }
    }
    return {};
  }

  std::string interface_of(const IpAddress& address, const MacAddress& mac) const {
    const auto found = std::find_if(wire_.answers.begin(), wire_.answers.end(),
                                    [&](const ArpAnswer& each) { return each.address == address && each.mac == mac; });
    return found == wire_.answers.end() ? std::string() : found->interface;
  }

  void check_answers(const Vip& vip) {
    const auto holders = facts_.holders(vip.address);
    const bool held = std::any_of(holders.begin(), holders.end(),
                                  [](const AddressEvent* holder) { return holder->key.interface != "lo"; });
    const std::set<MacAddress> allowed = rightful(vip);
    std::vector<const ArpAnswer*> wrong;
    for (const ArpAnswer& answer : wire_.answers) {
      if (answer.address == vip.address && !allowed.contains(answer.mac)) wrong.push_back(&answer);
    }
    // Where nobody was heard to advertise it and it is not here, one that answers may be the one that holds it.
    const auto strangers =
        std::count_if(wrong.begin(), wrong.end(), [&](const ArpAnswer* answer) { return owner(answer->mac).empty(); });
    const bool one_may = !held && allowed.empty() && strangers == 1;
    for (const ArpAnswer* answer : wrong) {
      const std::string member = owner(answer->mac);
      if (!one_may || !member.empty()) tell_answer(vip, *answer, member, held);
    }
  }

  void tell_answer(const Vip& vip, const ArpAnswer& answer, const std::string& member, bool held) {
    const std::string who = member.empty() ? answer.mac.text() : member;
    findings_.push_back(
        {Severity::broken,
         member.empty() ? fmt::format("a machine that is not MASTER answers ARP for the VIP {}", vip.address.text())
                        : fmt::format("the real server {} answers ARP for the VIP {}", member, vip.address.text()),
         fmt::format("asked on {} who has {}, {} said so{}{}", answer.interface, vip.address.text(), answer.mac.text(),
                     member.empty() ? "" : fmt::format(", which is {}", member), held ? "; this node holds it" : ""),
         fmt::format(
             "on {}: sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2, and have the VIP "
             "on lo only; `ballast doctor` there says more",
             who),
         vip.origin});
  }

  const Facts& facts_;
  const Part& part_;
  Findings& findings_;
  const Wire& wire_;
  Advertisers all_;
};

}  // namespace

void check_wire(const Facts& facts, const Part& part, Findings& findings) {
  if (facts.wire) WireCheck(facts, part, findings).run();
}

}  // namespace ballast::doctor
