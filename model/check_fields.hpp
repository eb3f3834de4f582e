// How kind Pool reads its checks.
#pragma once

#include "model/read_object.hpp"

namespace ballast {

extern const ObjectInfo check_info;

template <>
inline constexpr const ObjectInfo* object_info<Check> = &check_info;

/// Exactly one kind of check, and its schedule.
bool read_value(ReadContext& context, const FieldInfo& field, yaml::Node node, Check& out);

}  // namespace ballast
