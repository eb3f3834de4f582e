// Documents as YAML text, through libyaml's emitter.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace ballast {

/// One YAML document for each value, separated by "---". Maps and lists are written in block style; maps within lists
/// on one line.
std::string yaml_text(const std::vector<nlohmann::ordered_json>& documents);

}  // namespace ballast
