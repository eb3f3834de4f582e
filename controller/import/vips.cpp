// The addresses of a vrrp_instance, and static ones: keepalived's words of `ip address`.
#include <algorithm>
#include <set>

#include "controller/import/vrrp.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

constexpr std::string_view with_value[] = {"brd",   "broadcast", "dev",           "scope",
                                           "label", "peer",      "preferred_lft", "track_group"};
constexpr std::string_view alone[] = {"home",  "-nodad",   "mngtmpaddr", "noprefixroute",
                                      "nodad", "autojoin", "no_track",   "use_vmac"};

template <std::size_t N>
bool is_one_of(const std::string& word, const std::string_view (&words)[N]) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

std::optional<Prefix> read_prefix(const Statement& line, Remarks& remarks) {
  const std::string& text = line.keyword;
  const std::size_t slash = std::min(text.find('/'), text.size());
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) {
    remarks.add(RemarkKind::repaired, line.origin,
                cat("'", shown(text), "' is not an IP address: keepalived passes over it"));
    return std::nullopt;
  }
  Prefix prefix{*address, static_cast<std::uint8_t>(address->bits())};
  if (slash == text.size()) return prefix;
  const auto length = parse_number(text.substr(slash + 1), 0, address->bits());
  if (length) {
    prefix.length = static_cast<std::uint8_t>(*length);
  } else {
    remarks.add(
        RemarkKind::repaired, line.origin,
        cat("'", shown(text), "' has no prefix length 0..", address->bits(), ": keepalived takes ", address->bits()));
  }
  return prefix;
}

void read_option(const Statement& line, const std::string& word, const std::string& value, bool is_static,
                 AddressLine& out, Remarks& remarks) {
  const auto lose = [&](std::string_view why) {
    remarks.add(RemarkKind::lost, line.origin, cat(line.keyword, ": '", word, "' ", shown(value), ": ", why));
  };
  if (word == "dev") {
    out.device = value;
  } else if (word == "label") {
    out.label = value;
  } else if (word == "scope") {
    out.scope = value;
    if (!is_static && value != "global") lose("a VIP has scope global");
  } else if (word == "brd" || word == "broadcast") {
    lose("addresses are added without a broadcast address, which nothing needs");
  } else if (word == "no_track") {
    lose("a VIP that somebody removes is put back");
  } else if (word == "preferred_lft") {
    lose("a VIP is a lease, whose lifetime Ballast sets");
  } else if (word == "-nodad" || word == "nodad" || word == "home") {
    lose("IPv6 VIPs are added in Ballast's own way");
  } else {
    lose("addresses have no such attribute here");
  }
}

/// "<interface>:<word>", 15 characters at most.
bool fits_label(const std::string& label, const std::string& interface) {
  constexpr std::size_t longest = 15;
  return label.size() <= longest && label.size() > interface.size() + 1 && label.starts_with(interface + ":") &&
         label.find('/') == std::string::npos;
}

/// Where VIPs go that name no device, and the device that has to be named.
struct Usual {
  std::string interface;
  bool on_virtual_mac = false;
};

json make_vip(const Statement& line, const AddressLine& vip, const Usual& usual, bool advertised, Remarks& remarks) {
  json object = {{"address", vip.prefix.text()}};
  const bool named = !vip.device.empty() && (usual.on_virtual_mac || vip.device != usual.interface);
  const std::string& device = vip.device.empty() ? usual.interface : vip.device;
  if (named) object["interface"] = device;
  if (!vip.label.empty()) {
    const bool device_known = named || !usual.on_virtual_mac;
    if (vip.prefix.address.is_ipv4() && device_known && fits_label(vip.label, device)) {
      object["label"] = vip.label;
    } else {
      remarks.add(
          RemarkKind::lost, line.origin,
          cat(line.keyword, ": label '", shown(vip.label), "' is not the name of the VIP's device, ':' and a word",
              "; or the address is none of IPv4, or the name longer than 15 characters"));
    }
  }
  if (!advertised) object["advertised"] = false;
  return object;
}

}  // namespace

std::optional<AddressLine> read_address_line(const Statement& line, Remarks& remarks, bool is_static) {
  line.used = true;
  AddressLine out;
  const auto prefix = read_prefix(line, remarks);
  if (!prefix) return std::nullopt;
  out.prefix = *prefix;
  for (std::size_t i = 0; i < line.words.size(); ++i) {
    const std::string& word = line.words[i];
    const bool takes_value = is_one_of(word, with_value);
    if (!takes_value && !is_one_of(word, alone)) {
      remarks.add(RemarkKind::unknown, line.origin,
                  cat("'", shown(word), "' after address ", line.keyword, "; keepalived passes over it"));
      continue;
    }
    read_option(line, word, takes_value ? line.word(++i) : std::string(), is_static, out, remarks);
  }
  return out;
}

VipLists read_vips(Section& section, const std::string& interface, bool on_virtual_mac) {
  const Usual usual{interface, on_virtual_mac};
  VipLists lists;
  std::set<IpAddress> seen;
  Remarks& remarks = section.remarks();
  const auto read_block = [&](std::string_view keyword, bool advertised) {
    for (const Statement* block : section.each(keyword)) {
      for (const Statement& line : block->children) {
        const auto vip = read_address_line(line, remarks, false);
        if (!vip) continue;
        const IpAddress& address = vip->prefix.address;
        if (!seen.insert(address).second) {
          remarks.add(RemarkKind::repaired, line.origin, cat(address.text(), " stands there twice; it is held once"));
          continue;
        }
        const bool other = !lists.vips.empty() && lists.vips.front().family() != address.family();
        if (other && advertised) {
          remarks.add(RemarkKind::repaired, line.origin,
                      cat(address.text(), " is of another family than the addresses before it: keepalived ignores it"));
          continue;
        }
        (other ? lists.other_vips : lists.vips).push_back(address);
        (other ? lists.others : lists.addresses).push_back(make_vip(line, *vip, usual, advertised, remarks));
      }
    }
  };
  read_block("virtual_ipaddress", true);
  const bool none_advertised = lists.addresses.empty();
  read_block("virtual_ipaddress_excluded", false);
  if (none_advertised && !lists.addresses.empty()) {
    lists.addresses.front().erase("advertised");
    remarks.add(RemarkKind::changed, section.origin(),
                cat("no address is advertised; ", lists.vips.front().text(),
                    " is now, as the addresses are how routers know a group"));
  }
  if (!lists.others.empty()) lists.others.front().erase("advertised");
  return lists;
}

}  // namespace ballast::keepalived
