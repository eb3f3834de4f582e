// rtnetlink messages about addresses and devices: values to attributes and back.
// Pure: no sockets. What comes in is hostile until every length was checked; a message that lacks something is nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <linux/netlink.h>
#include <netlink/msg.h>

#include "drivers/kernel.hpp"

namespace ballast {

/// An address as the kernel tells it: with its device's index, not name.
struct ReadAddress {
  int interface_index = 0;
  ObservedAddress observed;  ///< key.interface is empty
};

/// Parts of a dump of addresses; nullopt where malformed. Families other than IPv4 and IPv6 are the caller's to skip.
std::optional<ReadAddress> read_address(nlmsghdr& message);
/// RTM_NEWLINK, in dumps and as an answer.
std::optional<ObservedLink> read_link(nlmsghdr& message);
/// AF_INET, AF_INET6, ... of an address message.
int family_of_address(nlmsghdr& message);

// Each of these completes a message that carries only the netlink header; false where it does not fit.
bool put_address_dump(nl_msg* message);
bool put_link_dump(nl_msg* message);
/// RTM_GETLINK of one device.
bool put_link_question(nl_msg* message, const std::string& name);
/// RTM_NEWADDR or RTM_DELADDR; `write.key->interface` is not looked at.
bool put_write(nl_msg* message, const AddressWrite& write, int interface_index);
/// RTM_NEWLINK that sets a device up or down.
bool put_link_state(nl_msg* message, int interface_index, bool up);
/// RTM_NEWLINK that creates a device.
bool put_new_link(nl_msg* message, const std::string& name, const char* kind);

}  // namespace ballast
