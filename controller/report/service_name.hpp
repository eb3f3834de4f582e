// The name of a service that has none of its own: in the kernel, in rules of ipvsadm, in keepalived's configuration.
#pragma once

#include <string>

#include "model/state.hpp"

namespace ballast {

/// One that no other service has: "tcp-192-0-2-1-80", "fwmark-7".
std::string service_name(const ServiceKey& key);

}  // namespace ballast
