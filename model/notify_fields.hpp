// The tables of what VirtualService and Director have as `notify`.
#pragma once

#include "model/read_object.hpp"

namespace ballast {

extern const ObjectInfo service_notify_info;
extern const ObjectInfo node_notify_info;

template <>
inline constexpr const ObjectInfo* object_info<ServiceNotify> = &service_notify_info;
template <>
inline constexpr const ObjectInfo* object_info<NodeNotify> = &node_notify_info;

}  // namespace ballast
