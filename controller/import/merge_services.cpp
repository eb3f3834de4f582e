// Services of several nodes: equal ones are one document; others are one for each node that has them so, with a remark.
#include <algorithm>
#include <map>
#include <set>

#include "controller/import/merge.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

/// A service as some nodes have it.
struct Variant {
  const Service* service = nullptr;
  std::vector<std::string> nodes;
  std::vector<Origin> origins;
};

bool is_equal(const Service& a, const Service& b) {
  return without_comments(a.spec) == without_comments(b.spec) && without_comments(a.pool) == without_comments(b.pool);
}

/// "real servers, scheduler": what differs.
std::string difference(const Service& a, const Service& b) {
  std::string text;
  const auto compare = [&](const json& first, const json& second) {
    std::set<std::string> fields;
    for (const auto& [name, value] : first.items()) fields.insert(name);
    for (const auto& [name, value] : second.items()) fields.insert(name);
    for (const std::string& field : fields) {
      const bool both = first.contains(field) && second.contains(field);
      if (both && without_comments(first[field]) == without_comments(second[field])) continue;
      text += (text.empty() ? "" : ", ") + (field == "members" ? std::string("real servers") : field);
    }
  };
  compare(a.spec, b.spec);
  compare(a.pool, b.pool);
  return text;
}

class ServiceMerger {
 public:
  ServiceMerger(const std::vector<NodeConfig>& nodes, Remarks& remarks, std::vector<json>& documents)
      : nodes_(nodes), remarks_(remarks), documents_(documents) {
    find_holders();
  }

  void merge() {
    std::map<std::string, std::vector<Variant>> by_key;
    std::vector<std::string> order;
    for (const NodeConfig& node : nodes_) {
      for (const Service& service : node.services) {
        auto& variants = by_key[service.key];
        if (variants.empty()) order.push_back(service.key);
        add(variants, service, node.node);
      }
    }
    for (const std::string& key : order) {
      const auto& variants = by_key[key];
      tell_of_differences(variants);
      for (const Variant& variant : variants) {
        add_documents(variant, variants.size() > 1 ? cat(variant.service->name, "-", variant.nodes.front())
                                                   : variant.service->name);
      }
    }
  }

 private:
  static void add(std::vector<Variant>& variants, const Service& service, const std::string& node) {
    for (Variant& variant : variants) {
      if (!is_equal(*variant.service, service)) continue;
      variant.nodes.push_back(node);
      variant.origins.push_back(service.origin);
      return;
    }
    variants.push_back({&service, {node}, {service.origin}});
  }

  /// The nodes that hold each address, as the documents that are there say; peers of no file are no such nodes.
  void find_holders() {
    std::set<std::string> imported;
    for (const NodeConfig& node : nodes_) imported.insert(node.node);
    for (const json& document : documents_) {
      const json& spec = document["spec"];
      for (const json& address : spec["addresses"]) {
        const std::string text =
            address.is_string() ? address.get<std::string>() : address["address"].get<std::string>();
        for (const json& router : spec["routers"]) {
          const std::string node = router["node"].get<std::string>();
          if (imported.contains(node)) holders_[text.substr(0, text.find('/'))].insert(node);
        }
      }
    }
    for (const NodeConfig& node : nodes_) {
      for (const StaticAddress& address : node.addresses) {
        const std::string text = address.spec["address"].get<std::string>();
        holders_[text.substr(0, text.find('/'))].insert(node.node);
      }
    }
  }

  void tell_of_differences(const std::vector<Variant>& variants) {
    const Variant& first = variants.front();
    std::size_t count = 0;
    for (const Variant& variant : variants) count += variant.nodes.size();
    for (std::size_t i = 1; i < variants.size(); ++i) {
      remarks_.add(RemarkKind::contradiction, variants[i].service->origin,
                   cat(first.service->name, " differs between ", variants[i].nodes.front(), " and ",
                       first.nodes.front(), " (", first.service->origin.line_text(), "): ",
                       difference(*variants[i].service, *first.service), "; each node has its own in the manifest"));
    }
    if (variants.size() > 1 || count == nodes_.size()) return;
    for (const NodeConfig& node : nodes_) {
      const bool has = std::find(first.nodes.begin(), first.nodes.end(), node.node) != first.nodes.end();
      if (has || node.services.empty()) continue;
      remarks_.add(RemarkKind::contradiction, first.service->origin,
                   cat(first.service->name, " is not on ", node.node));
    }
  }

  void add_documents(const Variant& variant, const std::string& wanted) {
    const Service& service = *variant.service;
    std::string name = wanted;
    for (int i = 2; !names_.insert(name).second; ++i) name = cat(wanted, "-", i);
    const auto [pool, added] = pools_.emplace(without_comments(service.pool).dump(), name);
    json spec = json::object();
    for (const auto& [field, value] : service.spec.items()) {
      if (field == "sorryServer" || field == "notify") continue;
      spec[field] = value;
    }
    spec["pool"] = pool->second;
    for (const char* field : {"sorryServer", "notify"}) {
      if (service.spec.contains(field)) spec[field] = service.spec[field];
    }
    const std::set<std::string> serving(variant.nodes.begin(), variant.nodes.end());
    const bool follows = service.address && holders_[service.address->text()] == serving;
    if (!follows) spec["nodes"] = variant.nodes;
    documents_.push_back(make_document("VirtualService", name, spec, variant.origins));
    if (added) documents_.push_back(make_document("Pool", name, service.pool, {}));
  }

  const std::vector<NodeConfig>& nodes_;
  Remarks& remarks_;
  std::vector<json>& documents_;
  std::map<std::string, std::set<std::string>> holders_;
  std::set<std::string> names_;
  std::map<std::string, std::string> pools_;  // contents, name
};

}  // namespace

void merge_services(const std::vector<NodeConfig>& nodes, Remarks& remarks, std::vector<json>& documents) {
  ServiceMerger(nodes, remarks, documents).merge();
}

}  // namespace ballast::keepalived
