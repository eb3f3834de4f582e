// `ballast import keepalived` and `ballast import ipvsadm`: what other tools are configured with, as a manifest.
#include <cstdlib>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/import/import_keepalived.hpp"
#include "controller/import/ipvsadm_rules.hpp"
#include "controller/import/section.hpp"
#include "controller/report/observed_manifest.hpp"
#include "controller/report/yaml_text.hpp"
#include "drivers/state_dir.hpp"
#include "model/manifest.hpp"

namespace ballast {
namespace {

namespace ka = keepalived;
using json = nlohmann::ordered_json;

/// A name that the manifest takes.
bool check_node(std::string_view command, const std::string& node) {
  if (ka::name_from(node, "") == node) return true;
  print_error(command, fmt::format("'{}' is no node's name; it may have letters, digits, '-', '.' and '_'", node));
  return false;
}

/// Which files are whose: FILE... of one node, or --node NAME=FILE of several.
std::optional<std::vector<ka::NodeFiles>> read_nodes(const ImportOptions& options) {
  std::vector<ka::NodeFiles> nodes;
  std::string single;
  for (const std::string& text : options.nodes) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (!check_node("import", name)) return std::nullopt;
    if (equals == std::string::npos) {
      if (!single.empty()) {
        print_error("import", fmt::format("--node {} and --node {}: say which files are whose, as --node {}=FILE",
                                          single, name, name));
        return std::nullopt;
      }
      single = name;
      continue;
    }
    auto known = std::find_if(nodes.begin(), nodes.end(), [&](const ka::NodeFiles& each) { return each.node == name; });
    if (known == nodes.end()) known = nodes.insert(nodes.end(), {name, {}});
    known->paths.push_back(text.substr(equals + 1));
  }
  if (!options.files.empty()) {
    const std::string name = single.empty() ? host_name() : single;
    if (!check_node("import", name)) return std::nullopt;
    nodes.insert(nodes.begin(), {name, options.files});
  } else if (!single.empty()) {
    print_error("import", fmt::format("--node {} has no file; give one, or write --node {}=FILE", single, single));
    return std::nullopt;
  }
  if (!nodes.empty()) return nodes;
  print_error("import", "name a configuration file, like /etc/keepalived/keepalived.conf");
  return std::nullopt;
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

json report_json(const ka::Imported& imported) {
  json remarks = json::array();
  for (const ka::Remark& remark : imported.remarks) {
    json object = {{"kind", ka::text_of(remark.kind)}, {"file", nullptr}, {"line", nullptr}, {"text", remark.text}};
    if (remark.origin.known()) {
      object["file"] = *remark.origin.file();
      object["line"] = remark.origin.line;
    }
    remarks.push_back(object);
  }
  json invalid = json::array();
  for (const Diagnostic& diagnostic : imported.invalid) invalid.push_back(diagnostic.text());
  return {{"complete", imported.is_complete() && !imported.has_errors()},
          {"valid", imported.invalid.empty() && !imported.has_errors()},
          {"remarks", remarks},
          {"notes", imported.notes},
          {"diagnostics", invalid},
          {"manifest", imported.manifest}};
}

void print_report(const ka::Imported& imported) {
  for (const ka::Remark& remark : imported.remarks) fmt::print(stderr, "{}\n", remark.line());
  for (const std::string& note : imported.notes) fmt::print(stderr, "note: {}\n", note);
  if (imported.has_errors()) {
    print_error("import", "no manifest was made");
  } else if (!imported.invalid.empty()) {
    print_diagnostics(imported.invalid);
    print_error("import", "ballast validate will refuse the manifest for the reasons above; repair it by hand");
  }
}

std::optional<std::string> read_rules(const std::string& path) {
  auto text = read_file(path == "-" ? "/proc/self/fd/0" : path, largest_manifest);
  if (text) return std::move(*text);
  print_error("import", text.error().text);
  return std::nullopt;
}

}  // namespace

int run_import_keepalived(const ImportOptions& options) {
  const auto nodes = read_nodes(options);
  if (!nodes) return exit_error;
  ka::DiskFiles disk;
  const ka::Imported imported = ka::import_keepalived(*nodes, disk, environment);
  bool printed = true;
  if (options.json) {
    printed = print(report_json(imported).dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  } else {
    print_report(imported);
    if (!imported.has_errors()) printed = print(imported.manifest);
  }
  if (!printed || imported.has_errors()) return exit_error;
  return imported.is_complete() ? exit_ok : exit_changes;
}

int run_import_ipvsadm(const ImportOptions& options) {
  const std::string path = options.files.empty() ? "-" : options.files.front();
  const std::string node = options.nodes.empty() ? host_name() : options.nodes.front();
  if (options.nodes.size() > 1) {
    print_error("import", "rules of ipvsadm are those of one node; give --node once");
    return exit_error;
  }
  if (!check_node("import", node)) return exit_error;
  const auto text = read_rules(path);
  if (!text) return exit_error;
  IpvsRules rules = parse_ipvsadm_rules(*text, path);
  print_diagnostics(rules.diagnostics);
  if (rules.diagnostics.empty() && rules.state.services.empty()) {
    print_error("import",
                fmt::format("{} has no rules; `ipvsadm -Sn` writes them", path == "-" ? "standard input" : path));
    return exit_error;
  }
  if (!rules.diagnostics.empty()) {
    print_error("import", "no manifest was made");
    return exit_error;
  }
  Observation observation;
  observation.state = std::move(rules.state);
  const ObservedManifest manifest = observed_manifest(observation, {}, node);
  for (const std::string& omitted : manifest.omitted) {
    print_error("import", omitted + ": a manifest cannot say this; it was left out");
  }
  const std::string body = yaml_text(manifest.documents);
  const Diagnostics invalid = read_and_validate({{"manifest", body}}).diagnostics;
  print_diagnostics(invalid);
  if (!invalid.empty()) {
    print_error("import", "ballast validate will refuse the manifest for the reasons above; repair it by hand");
  }
  const json documents = manifest.documents;
  const std::string output = options.json ? documents.dump(2, ' ', false, json::error_handler_t::replace) + "\n" : body;
  if (!print(output)) return exit_error;
  return invalid.empty() && manifest.omitted.empty() ? exit_ok : exit_changes;
}

}  // namespace ballast
