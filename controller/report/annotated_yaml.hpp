// Documents as YAML text in the way in which operators write them, with comments that say where each object comes from.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace ballast {

/// The member of an object that is no field but a comment: of a document it stands above it, of others behind them.
inline constexpr const char* yaml_comment = "#";

/// What is small stands on one line in flow style; texts are quoted where YAML would take them for something else.
/// Strings must be UTF-8.
std::string annotated_yaml(const std::vector<nlohmann::ordered_json>& documents);

}  // namespace ballast
