// Forwarding methods, where virtual servers are, and all of LVS of one node.
#include "controller/import/lvs.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

constexpr std::size_t most_group_members = 50'000;

std::vector<ServicePlace> read_places(const Statement& block, const std::map<std::string, const Statement*>& groups,
                                      Remarks& remarks) {
  const std::string first = block.word(0);
  ServicePlace place;
  place.origin = block.origin;
  if (first == "group") {
    const auto found = groups.find(block.word(1));
    if (found != groups.end()) return read_group(*found->second, remarks);
    remarks.add(
        RemarkKind::repaired, block.origin,
        cat("there is no virtual_server_group ", shown(block.word(1)), ": keepalived passes over the virtual_server"));
    return {};
  }
  if (first == "fwmark") {
    const auto mark = parse_number(block.word(1), 1, UINT32_MAX);
    if (mark) {
      place.mark = *mark;
      return {place};
    }
  }
  const auto port = block.words.size() > 1 ? parse_number(block.words[1], 1, 65535) : std::optional<std::int64_t>(0);
  place.address = IpAddress::parse(first);
  if (!place.address || !port || place.address->is_unspecified() || place.address->is_multicast()) {
    remarks.add(RemarkKind::repaired, block.origin,
                cat("virtual_server ", shown(block.rest), " is no address and port: keepalived passes over it"));
    return {};
  }
  place.family = place.address->family();
  place.port = *port;
  return {place};
}

}  // namespace

std::optional<Method> read_method(Section& section, std::string_view keyword, std::string_view synonym) {
  const Statement* statement = section.last(keyword);
  if (!synonym.empty()) {
    const Statement* other = section.last(synonym);
    if (statement == nullptr) statement = other;
  }
  if (statement == nullptr) return std::nullopt;
  Method method;
  method.forwarding = statement->word(0);
  if (method.forwarding != "NAT" && method.forwarding != "DR" && method.forwarding != "TUN") {
    const bool full = method.forwarding == "FNAT" || method.forwarding == "FULLNAT";  // of others' keepaliveds
    section.remarks().add(
        RemarkKind::repaired, statement->origin,
        cat(keyword, " ", shown(method.forwarding), " is none of NAT, DR and TUN: keepalived takes the default",
            full ? "; FullNAT is 'forwarding: NAT' with 'sourceNat: true' here" : ""));
    return std::nullopt;
  }
  if (method.forwarding != "TUN" || statement->word(1) != "type") return method;
  const std::string type = statement->word(2);
  if (type != "gue" && type != "gre") return method;  // ipip is the default
  method.tunnel = {{"type", type}};
  std::size_t at = 3;
  if (type == "gue") {
    const auto port = statement->word(3) == "port" ? parse_number(statement->word(4), 1, 65535) : std::nullopt;
    if (!port) {
      section.remarks().add(RemarkKind::repaired, statement->origin, "a gue tunnel needs 'port NUMBER'; ipip is taken");
      method.tunnel = nullptr;
      return method;
    }
    method.tunnel["port"] = *port;
    at = 5;
  }
  const std::string checksum = statement->word(at);
  if (checksum == "csum") method.tunnel["checksum"] = "full";
  if (checksum == "remcsum" && type == "gue") method.tunnel["checksum"] = "remote";
  return method;
}

bool is_netmask(const IpAddress& mask) {
  if (!mask.is_ipv4() || mask.is_unspecified()) return false;
  const auto& bytes = mask.bytes();
  const std::uint32_t value =
      (std::uint32_t{bytes[0]} << 24) | (std::uint32_t{bytes[1]} << 16) | (std::uint32_t{bytes[2]} << 8) | bytes[3];
  return (~value & (~value + 1)) == 0;
}

void read_lvs(Section& root, Programs& programs, NodeConfig& node) {
  std::map<std::string, const Statement*> groups;
  for (const Statement* block : root.each("virtual_server_group")) groups.emplace(block->word(0), block);
  std::set<std::string> keys;
  std::set<std::string> used;
  std::size_t members = 0;  // of services that groups make
  for (const Statement* block : root.each("virtual_server")) {
    const auto places = read_places(*block, groups, root.remarks());
    const bool grouped = block->word(0) == "group";
    if (grouped) used.insert(block->word(1));
    const auto servers = std::count_if(block->children.begin(), block->children.end(),
                                       [](const Statement& each) { return each.keyword == "real_server"; });
    if (grouped) members += places.size() * static_cast<std::size_t>(servers);
    if (members > most_group_members) {
      root.remarks().add(RemarkKind::error, block->origin,
                         cat("virtual_server_groups make more than ", most_group_members,
                             " real servers of services; mark the packets, and use a fwmark service"));
      return;
    }
    bool told = false;
    for (Service& service : read_virtual_server(*block, places, programs, root.remarks())) {
      if (!keys.insert(service.key).second) {
        if (std::exchange(told, true)) continue;
        root.remarks().add(RemarkKind::repaired, block->origin,
                           cat("virtual_server ", shown(block->rest), " stands there twice (", service.name,
                               "): keepalived takes one of them"));
        continue;
      }
      if (grouped) service.origin = block->origin;
      node.services.push_back(std::move(service));
    }
  }
  for (const auto& [name, block] : groups) {
    if (used.contains(name)) continue;
    root.remarks().add(RemarkKind::needless, block->origin,
                       cat("virtual_server_group ", shown(name), ": no virtual_server uses it"));
  }
}

}  // namespace ballast::keepalived
