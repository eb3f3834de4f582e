#include "controller/import/merge.hpp"

#include <algorithm>
#include <map>

#include "model/fields.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {

json without_comments(const json& value) {
  if (value.is_object()) {
    json clean = json::object();
    for (const auto& [name, item] : value.items()) {
      if (name != comment_key) clean[name] = without_comments(item);
    }
    return clean;
  }
  if (!value.is_array()) return value;
  json clean = json::array();
  for (const json& item : value) clean.push_back(without_comments(item));
  return clean;
}

json make_document(const std::string& kind, const std::string& name, json spec, const std::vector<Origin>& origins) {
  std::string places;
  for (const Origin& origin : origins) {
    if (!origin.known()) continue;
    const std::string place = origin.line_text();
    if (places.find(place) == std::string::npos) places += (places.empty() ? "" : ", ") + place;
  }
  json document = json::object();
  if (!places.empty()) document[comment_key] = json::array({places});
  document["apiVersion"] = api_version;
  document["kind"] = kind;
  document["metadata"] = {{"name", name}};
  document["spec"] = std::move(spec);
  return document;
}

namespace {

bool knows_sync_daemon() {
  for (const KindInfo& kind : kinds()) {
    if (kind.name != "Director") continue;
    return std::any_of(kind.spec->fields.begin(), kind.spec->fields.end(),
                       [](const FieldInfo& field) { return field.name == "syncDaemon"; });
  }
  return false;
}

json sync_daemon_spec(const NodeConfig& node, const RouterNames& routers, Remarks& remarks) {
  const SyncDaemon& daemon = *node.sync_daemon;
  const auto router = std::find_if(routers.begin(), routers.end(), [&](const auto& each) {
    return each.first.first == node.node && each.first.second == daemon.instance;
  });
  const auto lose = [&](std::string_view why) {
    remarks.add(RemarkKind::lost, daemon.origin, cat("lvs_sync_daemon: ", why));
    return json();
  };
  if (!knows_sync_daemon()) return lose("connections are not handed to the other directors");
  if (daemon.instance.empty())
    return lose("without an instance keepalived runs both daemons; name a VirtualRouter in syncDaemon");
  if (router == routers.end()) return lose(cat("there is no vrrp_instance ", shown(daemon.instance)));
  json spec = {{"router", router->second}, {"interface", daemon.interface}};
  const auto instance = std::find_if(node.instances.begin(), node.instances.end(),
                                     [&](const Instance& each) { return each.name == daemon.instance; });
  spec["syncId"] = daemon.id.value_or(instance->vrid);
  for (const auto& [name, value] : daemon.more.items()) spec[name] = value;
  return spec;
}

/// Documents that are equal on several nodes are one.
struct Shared {
  std::string name;
  json spec;
  std::vector<Origin> origins;
  std::vector<std::string> nodes;
};

void share(std::vector<Shared>& all, const std::string& name, const json& spec, const Origin& origin,
           const std::string& node) {
  for (Shared& each : all) {
    if (each.spec != spec || each.nodes.empty()) continue;
    if (std::find(each.nodes.begin(), each.nodes.end(), node) != each.nodes.end()) continue;
    each.nodes.push_back(node);
    each.origins.push_back(origin);
    return;
  }
  all.push_back({name, spec, {origin}, {node}});
}

json with_nodes(const Shared& shared) {
  json spec = {{"nodes", shared.nodes}};
  for (const auto& [name, value] : shared.spec.items()) spec[name] = value;
  return spec;
}

}  // namespace

void merge_node_settings(const std::vector<NodeConfig>& nodes, const RouterNames& routers, Remarks& remarks,
                         std::vector<json>& documents) {
  std::vector<Shared> directors;
  std::vector<Shared> addresses;
  for (const NodeConfig& node : nodes) {
    json spec = json::object();
    if (!node.timeouts.is_null() && !node.timeouts.empty()) spec["timeouts"] = node.timeouts;
    if (node.sync_daemon) {
      if (json daemon = sync_daemon_spec(node, routers, remarks); !daemon.is_null()) spec["syncDaemon"] = daemon;
    }
    if (!node.email.is_null()) spec["notify"] = {{"email", node.email}};
    if (!spec.empty()) share(directors, "directors", spec, node.global_origin, node.node);
    for (const StaticAddress& address : node.addresses) {
      share(addresses, address.name, address.spec, address.origin, node.node);
    }
  }
  for (const Shared& each : directors) {
    const std::string name = directors.size() == 1 ? each.name : cat(each.name, "-", each.nodes.front());
    documents.push_back(make_document("Director", name, with_nodes(each), each.origins));
  }
  std::map<std::string, int> names;
  for (const Shared& each : addresses) {
    const int count = ++names[each.name];
    const std::string name = count == 1 ? each.name : cat(each.name, "-", count);
    documents.push_back(make_document("Address", name, with_nodes(each), each.origins));
  }
}

std::vector<json> merge(std::vector<NodeConfig>& nodes, Remarks& remarks) {
  std::vector<json> documents;
  const RouterNames routers = merge_routers(nodes, remarks, documents);
  merge_services(nodes, remarks, documents);
  merge_node_settings(nodes, routers, remarks, documents);
  return documents;
}

}  // namespace ballast::keepalived
