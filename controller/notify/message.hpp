// Events in the words of those who are told: the environment of a script and the JSON of a webhook.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/notify/backlog.hpp"

namespace ballast::notify {

/// BALLAST_NODE, BALLAST_EVENT, BALLAST_REASON, BALLAST_TIME and BALLAST_MORE (earlier events that no script is run
/// for, as the target could not keep up); of services BALLAST_SERVICE, BALLAST_ADDRESS (the VIP) and, of members,
/// BALLAST_MEMBER; of routers BALLAST_ROUTER, BALLAST_ROLE, BALLAST_PREVIOUS_ROLE, BALLAST_PRIORITY and
/// BALLAST_ADDRESSES.
std::vector<std::pair<std::string, std::string>> environment_of(const Event& event, std::string_view node,
                                                                std::size_t more);

/// An object: `node`; `event`, `service`, `address`, `member`, `reason` and `time` of the event that matters most (of
/// VirtualRouters `router`, `addresses`, `role` and `previousRole` instead of service, address and member); `more`: how
/// many others it stands for; `events`: those that have room, oldest first, each with the same members; `lost`: earlier
/// ones that could not be delivered.
std::string json_of(const Digest& digest, std::string_view node);

}  // namespace ballast::notify
