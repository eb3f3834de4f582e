// The table of VirtualRouter's fields, for the list of kinds.
#pragma once

#include "model/fields.hpp"

namespace ballast {

extern const ObjectInfo virtual_router_info;

}  // namespace ballast
