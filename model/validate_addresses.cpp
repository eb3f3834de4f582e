// Who holds which address: labels, Address documents, and that a node has each address once.
#include "model/validate_rules.hpp"

namespace ballast {

bool check_label(Validation& validation, const Located<std::string>& label, const Located<Prefix>& address,
                 std::string_view interface) {
  constexpr std::size_t longest = 15;  // IFNAMSIZ - 1
  if (address.origin.known() && !address.value.address.is_ipv4()) {
    validation.report.add(label.origin, "only IPv4 addresses have labels; remove it");
    return true;
  }
  const std::string& text = label.value;
  const bool shaped =
      text.size() > interface.size() + 1 && text.starts_with(interface) && text[interface.size()] == ':';
  const bool plain = text.find_first_of("/ \t\r\n") == std::string::npos && text.find('\0') == std::string::npos;
  if (shaped && plain && text.size() <= longest) return false;
  validation.report.add(label.origin, cat("label '", shown(text), "' must be '", interface, ":' and a word, ", longest,
                                          " characters at most"));
  return true;
}

namespace {

/// Each address has one holder on a node. Reports each pair of holders once.
void check_holders(Validation& validation) {
  for (const auto& [address, holders] : validation.holders) {
    if (holders.size() < 2) continue;
    std::unordered_map<std::string_view, const Holder*> seen;
    for (const Holder& holder : holders) {
      for (const std::string_view node : holder.nodes) {
        const auto [first, added] = seen.emplace(node, &holder);
        if (added) continue;
        if (first->second->origin.line == holder.origin.line && first->second->origin.column == holder.origin.column &&
            first->second->origin.file() == holder.origin.file()) {
          continue;  // the node is listed twice, which has been said
        }
        validation.report.add(holder.origin, cat(address.text(), " is also held by ", object_of(first->second->origin),
                                                 " on node '", node, "'", first_at(first->second->origin)));
        break;
      }
    }
  }
}

}  // namespace

void validate_addresses(Validation& validation) {
  for (const AddressDocument& document : validation.manifest.addresses) {
    check_nodes(validation, document.nodes);
    if (document.label && document.interface.origin.known()) {
      check_label(validation, *document.label, document.address, document.interface.value);
    }
    if (!document.address.origin.known()) continue;
    check_vip(validation, document.address);
    auto& nodes = validation.node_lists.emplace_back();
    for (const auto& node : document.nodes) nodes.push_back(node.value);
    validation.holders[document.address.value.address].push_back({&document.header, document.address.origin, nodes});
  }
  check_holders(validation);
}

}  // namespace ballast
