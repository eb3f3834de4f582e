// One manifest of several nodes' configurations: what they have in common once, what differs by node, and remarks where
// they contradict one another.
#pragma once

#include <vector>

#include "controller/import/node_config.hpp"

namespace ballast::keepalived {

/// The manifest's documents, in an operator's order.
std::vector<json> merge(std::vector<NodeConfig>& nodes, Remarks& remarks);

/// Without the comments, which are no part of a comparison.
json without_comments(const json& value);

/// A document; `origins` become its comment.
json make_document(const std::string& kind, const std::string& name, json spec, const std::vector<Origin>& origins);

// The parts; each appends documents.

/// The names that the instances' VirtualRouters got: by node and instance.
using RouterNames = std::vector<std::pair<std::pair<std::string, std::string>, std::string>>;
RouterNames merge_routers(std::vector<NodeConfig>& nodes, Remarks& remarks, std::vector<json>& documents);
void merge_services(const std::vector<NodeConfig>& nodes, Remarks& remarks, std::vector<json>& documents);
void merge_node_settings(const std::vector<NodeConfig>& nodes, const RouterNames& routers, Remarks& remarks,
                         std::vector<json>& documents);

}  // namespace ballast::keepalived
