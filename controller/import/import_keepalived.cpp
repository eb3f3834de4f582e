#include "controller/import/import_keepalived.hpp"

#include <algorithm>
#include <map>

#include "controller/import/globals.hpp"
#include "controller/import/lvs.hpp"
#include "controller/import/merge.hpp"
#include "controller/import/vrrp.hpp"
#include "controller/report/annotated_yaml.hpp"
#include "model/manifest.hpp"
#include "model/report.hpp"

namespace ballast::keepalived {
namespace {

void read_static_addresses(Section& root, const Globals& globals, NodeConfig& node) {
  for (const Statement* block : root.each("static_ipaddress")) {
    for (const Statement& line : block->children) {
      const auto address = read_address_line(line, root.remarks(), true);
      if (!address) continue;
      const std::string interface = address->device.empty() ? globals.default_interface : address->device;
      StaticAddress found;
      found.origin = line.origin;
      found.name = name_from(cat(node.node, "-", interface, "-", address->prefix.text()), "address");
      found.spec = {{"interface", interface}, {"address", address->prefix.text()}};
      const bool known = address->scope == "link" || address->scope == "host" || address->scope == "site";
      if (known && address->prefix.address.is_ipv4()) found.spec["scope"] = address->scope;
      if (!known && !address->scope.empty() && address->scope != "global") {
        root.remarks().add(RemarkKind::lost, line.origin, cat("scope ", shown(address->scope)));
      }
      const bool fits = address->prefix.address.is_ipv4() && address->label.starts_with(interface + ":") &&
                        address->label.size() <= 15 && address->label.size() > interface.size() + 1;
      if (fits) found.spec["label"] = address->label;
      if (!fits && !address->label.empty()) {
        root.remarks().add(RemarkKind::lost, line.origin, cat("label ", shown(address->label)));
      }
      node.addresses.push_back(std::move(found));
    }
  }
}

NodeConfig read_node(const NodeFiles& files, ConfigFiles& disk, const Environment& environment, Remarks& remarks) {
  NodeConfig node;
  node.node = files.node;
  Definitions definitions(files.node, environment);
  LineReader reader(disk, definitions, remarks);
  for (const std::string& path : files.paths) reader.read(path);
  Statement top;
  if (!remarks.has_errors()) top.children = make_tree(reader.take(), remarks);
  if (remarks.has_errors()) return node;
  Section root(top, remarks);
  const Globals globals = read_globals(root, node);
  Programs programs(remarks, globals.script_user);
  read_vrrp(root, globals, programs, node);
  read_lvs(root, programs, node);
  read_static_addresses(root, globals, node);
  root.finish({""});
  return node;
}

std::string file_name(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

/// "/etc/keepalived/keepalived.conf:41, ..." without the directories.
std::string shortened(std::string_view places) {
  std::string text;
  while (!places.empty()) {
    const std::string_view place = places.substr(0, places.find(", "));
    text += (text.empty() ? "" : ", ") + file_name(std::string(place));
    places.remove_prefix(std::min(place.size() + 2, places.size()));
  }
  return text;
}

void shorten_comments(json& value) {
  if (value.is_object() && value.contains(comment_key)) {
    json& comment = value[comment_key];
    for (json& line : comment.is_array() ? comment : comment = json::array({comment})) {
      line = shortened(line.get<std::string>());
    }
    if (!value.contains("apiVersion")) comment = comment.front();
  }
  for (auto& [name, item] : value.items()) {
    if (item.is_structured() && name != comment_key) shorten_comments(item);
  }
}

/// Files of one name in several directories keep them in comments.
bool have_names_of_their_own(const std::vector<NodeFiles>& nodes) {
  std::map<std::string, std::string> seen;
  for (const NodeFiles& node : nodes) {
    for (const std::string& path : node.paths) {
      if (seen.emplace(file_name(path), path).first->second != path) return false;
    }
  }
  return true;
}

std::string head_comment(const std::vector<NodeFiles>& nodes, const Imported& imported) {
  std::string text = "# Made by `ballast import keepalived` from";
  for (const NodeFiles& node : nodes) {
    for (const std::string& path : node.paths) text += cat(" ", shown(path));
    if (nodes.size() > 1) text += cat(" (", node.node, ")", &node == &nodes.back() ? "" : ",");
  }
  text += ".\n";
  for (const std::string& note : imported.notes) text += cat("# ", note, "\n");
  if (imported.remarks.empty()) return text;
  text += "# What is not here, or not as it stood there:\n";
  for (const Remark& remark : imported.remarks) text += cat("#   ", remark.line(), "\n");
  return text;
}

}  // namespace

bool Imported::has_errors() const {
  return std::any_of(remarks.begin(), remarks.end(),
                     [](const Remark& remark) { return remark.kind == RemarkKind::error; });
}

bool Imported::is_complete() const {
  return invalid.empty() && std::all_of(remarks.begin(), remarks.end(),
                                        [](const Remark& remark) { return remark.kind == RemarkKind::needless; });
}

Imported import_keepalived(const std::vector<NodeFiles>& nodes, ConfigFiles& files, const Environment& environment) {
  Imported imported;
  Remarks remarks;
  std::vector<NodeConfig> configs;
  for (const NodeFiles& node : nodes) configs.push_back(read_node(node, files, environment, remarks));
  std::vector<json> documents;
  if (!remarks.has_errors()) {
    documents = merge(configs, remarks);
    if (documents.empty()) {
      remarks.add(RemarkKind::error, {},
                  "nothing was found that a manifest could say: no vrrp_instance, virtual_server or "
                  "static_ipaddress that keepalived itself would use");
    }
  }
  imported.remarks = remarks.take();
  if (imported.has_errors()) return imported;
  const bool secret = std::any_of(documents.begin(), documents.end(),
                                  [](const json& document) { return document["spec"].contains("authentication"); });
  if (secret) {
    imported.notes.emplace_back(
        "It holds the VRRP password in clear, as keepalived.conf does: keep it from others "
        "(chmod 600), or name a passwordFile.");
  }
  if (have_names_of_their_own(nodes)) {
    for (json& document : documents) shorten_comments(document);
  }
  const std::string body = annotated_yaml(documents);
  imported.manifest = head_comment(nodes, imported) + "\n" + body;
  imported.invalid = read_and_validate({{"manifest", imported.manifest}}).diagnostics;
  return imported;
}

}  // namespace ballast::keepalived
