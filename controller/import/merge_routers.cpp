// vrrp_instances of several nodes that are one group become one VirtualRouter.
#include <algorithm>
#include <map>
#include <set>

#include "controller/import/merge.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

struct Part {
  const NodeConfig* node = nullptr;
  Instance* instance = nullptr;
};

struct Group {
  std::string name;
  std::vector<Part> parts;  ///< one for each node that has it

  [[nodiscard]] Instance& first() const { return *parts.front().instance; }
  [[nodiscard]] bool has(const NodeConfig& node) const {
    return std::any_of(parts.begin(), parts.end(), [&](const Part& part) { return part.node == &node; });
  }
};

bool share_a_vip(const Instance& a, const Instance& b) {
  return std::any_of(a.vips.begin(), a.vips.end(), [&](const IpAddress& vip) {
    return std::find(b.vips.begin(), b.vips.end(), vip) != b.vips.end();
  });
}

/// The group of other nodes that `instance` belongs to: by VRID, and where that finds none, by its addresses or name.
Group* find_group(std::vector<Group>& groups, const NodeConfig& node, const Instance& instance) {
  const auto find = [&](auto matches) -> Group* {
    for (Group& group : groups) {
      if (group.first().family() == instance.family() && !group.has(node) && matches(group.first())) return &group;
    }
    return nullptr;
  };
  Group* found =
      find([&](const Instance& other) { return other.vrid == instance.vrid && share_a_vip(other, instance); });
  if (found == nullptr) {
    found = find([&](const Instance& other) { return other.vrid == instance.vrid && other.name == instance.name; });
  }
  if (found == nullptr) found = find([&](const Instance& other) { return share_a_vip(other, instance); });
  if (found == nullptr) {
    found = find(
        [&](const Instance& other) { return other.vrid == instance.vrid && other.interface == instance.interface; });
  }
  if (found == nullptr) found = find([&](const Instance& other) { return other.name == instance.name; });
  return found;
}

std::string addresses_text(const Instance& instance) {
  std::string text;
  for (const json& address : instance.addresses) {
    text += (text.empty() ? "" : ", ") + address["address"].get<std::string>();
  }
  return shown(text);
}

std::set<std::string> address_set(const Instance& instance) {
  std::set<std::string> set;
  for (json address : instance.addresses) {
    address.erase("label");
    set.insert(address.dump());
  }
  return set;
}

class GroupMerger {
 public:
  GroupMerger(Group& group, Remarks& remarks) : group_(group), remarks_(remarks) {}

  json merge() {
    for (std::size_t i = 1; i < group_.parts.size(); ++i) compare(group_.parts[i]);
    check_states();
    return make_spec();
  }

 private:
  void contradict(const Part& part, std::string_view what, const std::string& here, const std::string& there) {
    const Part& first = group_.parts.front();
    remarks_.add(RemarkKind::contradiction, part.instance->origin,
                 cat(what, " is ", here, " on ", part.node->node, " but ", there, " on ", first.node->node, " (",
                     first.instance->origin.line_text(), "); the manifest has the latter"));
  }

  void compare(const Part& part) {
    Instance& first = group_.first();
    const Instance& other = *part.instance;
    if (other.vrid != first.vrid) contradict(part, "virtual_router_id", cat(other.vrid), cat(first.vrid));
    if (other.version != first.version) contradict(part, "the VRRP version", cat(other.version), cat(first.version));
    if (other.interval != first.interval) {
      contradict(part, "advert_int", duration_text(other.interval), duration_text(first.interval));
    }
    if (address_set(other) != address_set(first)) {
      contradict(part, "the list of addresses", addresses_text(other), addresses_text(first));
    }
    if (other.authentication != first.authentication) {
      const auto text = [](const Instance& each) { return each.authentication.empty() ? "none" : each.authentication; };
      contradict(part, "auth_type", text(other), text(first));
    } else if (other.password != first.password) {
      contradict(part, "auth_pass", "another one", "a different one");
    }
    if (other.unicast != first.unicast) {
      const auto text = [](const Instance& each) { return each.unicast ? "unicast" : "multicast"; };
      contradict(part, "the way of advertisements", text(other), text(first));
    }
    if (other.virtual_mac != first.virtual_mac) {
      const auto text = [](const Instance& each) { return each.virtual_mac ? "set" : "not set"; };
      contradict(part, "use_vmac", text(other), text(first));
    }
    if (other.sync_group.empty() != first.sync_group.empty()) {
      const auto text = [](const Instance& each) { return each.sync_group.empty() ? "none" : each.sync_group; };
      contradict(part, "the sync group", text(other), text(first));
    }
    merge_lenient(part, first, other);
  }

  /// What may well differ between nodes of keepalived, but is the group's here.
  void merge_lenient(const Part& part, Instance& first, const Instance& other) {
    const auto change = [&](std::string text) {
      remarks_.add(RemarkKind::changed, other.origin, cat(std::move(text), " (", first.origin.line_text(), ")"));
    };
    if (other.preempt != first.preempt) {
      change(cat("nopreempt on one of ", group_.parts.front().node->node, " and ", part.node->node,
                 " only; preempt: false holds for all routers of the group"));
      first.preempt = false;
      first.preempt_delay = {};
    }
    if (first.preempt && other.preempt_delay != first.preempt_delay) {
      change(cat("preempt_delay differs; the longer one holds for all routers of the group"));
      first.preempt_delay = std::max(first.preempt_delay, other.preempt_delay);
    }
    for (const json& track : other.track) {
      const auto same = [&](const json& each) { return without_comments(each) == without_comments(track); };
      if (std::any_of(first.track.begin(), first.track.end(), same)) continue;
      first.track.push_back(track);
      change(cat("only ", part.node->node, " tracks this; here all routers of the group do"));
    }
    for (const json& track : first.track) {
      const auto same = [&](const json& each) { return without_comments(each) == without_comments(track); };
      if (std::any_of(other.track.begin(), other.track.end(), same)) continue;
      change(cat(part.node->node, " does not track what ", group_.parts.front().node->node,
                 " does; here all routers of the group do"));
      break;
    }
    if (other.announce != first.announce) change("gratuitous ARP differs; that of the first node holds for all");
    if (other.notify == first.notify) return;
    if (first.notify.is_null()) first.notify = other.notify;
    change(cat("other programs are notified on ", part.node->node, "; those of one node run on all"));
  }

  void check_states() {
    const auto by_priority = [](const Part& a, const Part& b) { return a.instance->priority < b.instance->priority; };
    const auto best = std::max_element(group_.parts.begin(), group_.parts.end(), by_priority);
    for (const Part& part : group_.parts) {
      if (!part.instance->starts_as_master || part.instance->priority == best->instance->priority) continue;
      remarks_.add(
          RemarkKind::changed, part.instance->origin,
          cat("state MASTER, but ", best->node->node, " has the higher priority; who is MASTER is elected here"));
    }
  }

  /// The source of a node that names none: the one peer of the others that nobody else is.
  void infer_sources() {
    std::set<IpAddress> known;
    std::set<IpAddress> peers;
    std::vector<Instance*> without;
    for (const Part& part : group_.parts) {
      if (part.instance->source) known.insert(*part.instance->source);
      if (!part.instance->source) without.push_back(part.instance);
    }
    for (Instance* instance : without) {
      std::set<IpAddress> candidates;
      for (const Part& part : group_.parts) {
        if (part.instance == instance) continue;
        for (const IpAddress& peer : part.instance->peers) {
          const bool own_peer =
              std::find(instance->peers.begin(), instance->peers.end(), peer) != instance->peers.end();
          if (!own_peer && !known.contains(peer)) candidates.insert(peer);
        }
      }
      if (candidates.size() != 1) continue;
      instance->source = *candidates.begin();
      known.insert(*candidates.begin());
    }
  }

  json routers() {
    const Instance& first = group_.first();
    if (first.unicast) infer_sources();
    json routers = json::array();
    std::set<IpAddress> sources;
    std::set<IpAddress> peers;
    for (const Part& part : group_.parts) {
      json router = {{"node", part.node->node}, {"priority", part.instance->priority}};
      if (part.instance->interface != first.interface) router["interface"] = part.instance->interface;
      if (part.instance->source) router["source"] = part.instance->source->text();
      if (part.instance->source) sources.insert(*part.instance->source);
      peers.insert(part.instance->peers.begin(), part.instance->peers.end());
      router[comment_key] = part.instance->origin.line_text();
      routers.push_back(router);
    }
    if (!first.unicast) return routers;
    for (const IpAddress& peer : peers) {
      if (sources.contains(peer)) continue;
      const std::string name = name_from("peer-" + peer.text(), "peer");
      routers.push_back({{"node", name}, {"source", peer.text()}});
      remarks_.add(RemarkKind::changed, first.origin,
                   cat("unicast_peer ", peer.text(), " is of no imported file; router '", name,
                       "' stands for it: write its node's name and priority, or import its file, too"));
    }
    return routers;
  }

  json addresses() {
    const Instance& first = group_.first();
    const bool one_interface = std::all_of(group_.parts.begin(), group_.parts.end(), [&](const Part& part) {
      return part.instance->interface == first.interface;
    });
    json addresses = json::array();
    for (json address : first.addresses) {
      if (!one_interface && address.contains("label") && !address.contains("interface")) {
        remarks_.add(RemarkKind::lost, first.origin,
                     cat("label ", address["label"].get<std::string>(), ": the nodes' interfaces differ"));
        address.erase("label");
      }
      addresses.push_back(address.size() == 1 ? address["address"] : address);
    }
    return addresses;
  }

  json make_spec() {
    const Instance& first = group_.first();
    json spec = {{"virtualRouterId", first.vrid}, {"interface", first.interface}, {"version", first.version}};
    if (first.interval != milliseconds(1000)) spec["advertisementInterval"] = duration_text(first.interval);
    if (!first.preempt) spec["preempt"] = false;
    if (first.preempt && first.preempt_delay > milliseconds(0))
      spec["preemptDelay"] = duration_text(first.preempt_delay);
    spec["addresses"] = addresses();
    spec["routers"] = routers();
    if (first.password) spec["authentication"] = {{"type", first.authentication}, {"password", *first.password}};
    if (first.unicast) spec["unicast"] = true;
    if (!first.sync_group.empty()) spec["syncGroup"] = first.sync_group;
    if (first.virtual_mac) spec["virtualMac"] = true;
    if (!first.announce.empty()) spec["announce"] = first.announce;
    if (!first.track.empty()) spec["track"] = first.track;
    if (!first.notify.is_null()) spec["notify"] = first.notify;
    return spec;
  }

  Group& group_;
  Remarks& remarks_;
};

/// Of a sync group only one instance may be left: the others had no address, or are on other nodes.
void drop_lonely_groups(std::vector<Group>& groups) {
  std::map<std::string, int> counts;
  for (const Group& group : groups) ++counts[group.first().sync_group];
  for (Group& group : groups) {
    if (counts[group.first().sync_group] == 1) group.first().sync_group.clear();
  }
}

}  // namespace

RouterNames merge_routers(std::vector<NodeConfig>& nodes, Remarks& remarks, std::vector<json>& documents) {
  std::vector<Group> groups;
  std::set<std::string> names;
  RouterNames result;
  for (NodeConfig& node : nodes) {
    for (Instance& instance : node.instances) {
      Group* group = find_group(groups, node, instance);
      if (group == nullptr) {
        const std::string wanted = name_from(instance.name, cat("router-", instance.vrid));
        std::string name = wanted;
        for (int i = 2; !names.insert(name).second; ++i) name = cat(wanted, "-", i);
        groups.push_back({name, {}});
        group = &groups.back();
      }
      group->parts.push_back({&node, &instance});
      result.push_back({{node.node, instance.name}, group->name});
    }
  }
  drop_lonely_groups(groups);
  for (Group& group : groups) {
    std::vector<Origin> origins;
    for (const Part& part : group.parts) origins.push_back(part.instance->origin);
    for (const NodeConfig& node : nodes) {
      if (nodes.size() < 2 || group.has(node) || node.instances.empty()) continue;
      remarks.add(
          RemarkKind::contradiction, group.first().origin,
          cat("vrrp_instance ", shown(group.first().name), " (VRID ", group.first().vrid, ") is not on ", node.node));
    }
    documents.push_back(make_document("VirtualRouter", group.name, GroupMerger(group, remarks).merge(), origins));
  }
  return result;
}

}  // namespace ballast::keepalived
