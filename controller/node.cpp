#include "controller/node.hpp"

#include <algorithm>
#include <cctype>
#include <climits>

#include <fmt/format.h>
#include <unistd.h>

#include "model/render.hpp"

namespace ballast {
namespace {

Result<void> check_routers(const Manifest& manifest, const std::vector<std::string>& routers, const std::string& node) {
  std::vector<std::string_view> names;
  for (const VirtualRouter& group : manifest.virtual_routers) names.push_back(group.header.name);
  for (const std::string& router : routers) {
    const auto group = std::find_if(manifest.virtual_routers.begin(), manifest.virtual_routers.end(),
                                    [&](const VirtualRouter& item) { return item.header.name == router; });
    if (group == manifest.virtual_routers.end()) {
      return Error{fmt::format("--as-master {}: no VirtualRouter has that name{}", router, suggestion(router, names)),
                   0};
    }
    const bool member = std::any_of(group->routers.begin(), group->routers.end(),
                                    [&](const Router& item) { return item.node.value == node; });
    if (member && group->virtual_mac.value) {
      return Error{
          fmt::format("--as-master {}: its VIPs live on the device of its virtual MAC, which only `ballast run` "
                      "makes; preview or hold them without virtualMac ({})",
                      router, group->virtual_mac.origin.line_text()),
          0};
    }
    if (!member) {
      return Error{fmt::format("--as-master {}: node '{}' is none of its routers ({})", router, node,
                               group->header.origin.line_text()),
                   0};
    }
  }
  return {};
}

/// VIPs that this node may hold but does not: without this an operator would look for them in vain.
std::vector<std::string> make_notes(const Manifest& manifest, const Conditions& conditions, std::string_view node) {
  std::vector<std::string> notes;
  for (const VirtualRouter& group : manifest.virtual_routers) {
    const bool routes = std::any_of(group.routers.begin(), group.routers.end(),
                                    [&](const Router& item) { return item.node.value == node; });
    if (!routes || conditions.master_of.contains(group.header.name)) continue;
    notes.push_back(
        fmt::format("VirtualRouter {}: its VIPs are not held here, as only its MASTER holds them; "
                    "--as-master {} holds them without VRRP",
                    group.header.name, group.header.name));
  }
  return notes;
}

}  // namespace

ReadOutcome load_manifest(const std::vector<std::string>& paths) {
  return load_manifest(read_files(paths));
}

ReadOutcome load_manifest(const SourceFiles& files) {
  ReadOutcome outcome = read_and_validate(files.texts);
  outcome.diagnostics.insert(outcome.diagnostics.begin(), files.problems.begin(), files.problems.end());
  const bool blank = std::all_of(files.texts.begin(), files.texts.end(), [](const SourceText& text) {
    return text.text.find_first_not_of(" \t\r\n") == std::string::npos;
  });
  if (outcome.diagnostics.empty() && blank) {
    outcome.diagnostics.push_back(
        {Origin{}, "the manifest is empty; `ballast get` prints what is in the kernel as one"});
  } else if (outcome.diagnostics.empty() && node_names(outcome.manifest).empty()) {
    outcome.diagnostics.push_back({Origin{},
                                   "the manifest names no node: nothing would be done anywhere (VirtualRouter, "
                                   "Director, RealServer, Address, Sysctl and VirtualService name nodes)"});
  }
  return outcome;
}

Result<std::string> find_node(const Manifest& manifest, const NodeOptions& options) {
  const std::vector<std::string_view> known = node_names(manifest);
  const auto is_known = [&](std::string_view name) {
    return std::find(known.begin(), known.end(), name) != known.end();
  };
  const std::string name = options.node.empty() ? host_name() : options.node;
  if (is_known(name) || options.absent) return Result<std::string>(name);
  const std::string shorter = name.substr(0, name.find('.'));
  if (options.node.empty() && is_known(shorter)) return Result<std::string>(shorter);

  constexpr std::size_t listed = 12;
  const std::size_t count = std::min(known.size(), listed);
  return Error{
      fmt::format("no document names node '{}'{}; the manifest knows {}{}. Say which one this machine is with "
                  "--node NAME{}",
                  name, suggestion(name, known),
                  fmt::join(known.begin(), known.begin() + static_cast<long>(count), ", "),
                  known.size() > count ? fmt::format(" and {} more", known.size() - count) : "",
                  options.may_be_absent ? ", or give --absent to remove from it everything that Ballast made" : ""),
      0};
}

Result<NodeState> make_node_state(const Manifest& manifest, const NodeOptions& options, Kernel& kernel) {
  auto node = find_node(manifest, options);
  if (!node) return node.error();
  if (auto checked = check_routers(manifest, options.as_master, *node); !checked) return checked.error();

  Conditions conditions;
  conditions.master_of.insert(options.as_master.begin(), options.as_master.end());
  const auto addresses = kernel.network.dump_addresses();
  if (!addresses) return addresses.error();
  for (const ObservedAddress& address : *addresses) conditions.local_addresses.insert(address.key.prefix.address);
  State wanted = render(manifest, conditions, *node);
  auto notes = make_notes(manifest, conditions, *node);
  DrainRules drains = drain_rules(manifest, conditions, *node);
  return NodeState{std::move(*node), std::move(wanted), std::move(drains), std::move(notes)};
}

std::string host_name() {
  char name[HOST_NAME_MAX + 1] = {};
  const bool named = ::gethostname(name, sizeof name - 1) == 0 && std::isalnum(static_cast<unsigned char>(*name)) != 0;
  return named ? name : "localhost";  // a machine without a name calls itself "(none)"
}

}  // namespace ballast
