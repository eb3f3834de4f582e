// The netlink codecs: what is put is what is read, and hostile bytes are refused without a crash.
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include <doctest/doctest.h>
#include <linux/ip_vs.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>

#include "drivers/ipvs_codec.hpp"
#include "drivers/netlink_socket.hpp"
#include "drivers/network_codec.hpp"

namespace {

using namespace ballast;

const ServiceKey web{*IpAddress::parse("192.0.2.1"), Protocol::tcp, 80, 0};
const ServiceKey mark6 = ServiceKey::of_fwmark(Family::ipv6, 7);

std::vector<char> bytes_of(const Message& message) {
  const auto* begin = reinterpret_cast<const char*>(message.header());
  return {begin, begin + message.header()->nlmsg_len};
}

/// Each beginning of the message as a message of its own, in memory of just that size; and the whole with each byte
/// changed.
void for_each_mutilation(const std::vector<char>& whole, const std::function<void(nlmsghdr&)>& visit) {
  const auto show = [&](const std::vector<char>& bytes) {
    const auto copy = std::make_unique<char[]>(bytes.size());
    std::memcpy(copy.get(), bytes.data(), bytes.size());
    auto* header = reinterpret_cast<nlmsghdr*>(copy.get());
    header->nlmsg_len = static_cast<std::uint32_t>(bytes.size());
    visit(*header);
  };
  for (std::size_t size = NLMSG_HDRLEN; size < whole.size(); ++size) {
    show({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
  }
  for (std::size_t i = NLMSG_HDRLEN; i < whole.size(); ++i) {
    for (const int change : {0x01, 0x80, 0xff}) {
      std::vector<char> bytes = whole;
      bytes[i] = static_cast<char>(bytes[i] ^ change);
      show(bytes);
    }
  }
}

Message service_message(const ServiceKey& key, const Service& service) {
  Message message;
  REQUIRE(put_write(message.begin(100, 0), ServiceWrite{Verb::add, &key, &service}));
  return message;
}

Message destination_message(const DestinationKey& key, const Destination& destination) {
  Message message;
  REQUIRE(put_write(message.begin(100, 0), DestinationWrite{Verb::add, &key, &destination}));
  return message;
}

Message daemon_message(const SyncDaemon& daemon) {
  Message message;
  REQUIRE(put_write(message.begin(100, 0), DaemonWrite{Verb::add, DaemonRole::backup, &daemon}));
  return message;
}

Message address_message(const AddressKey& key, const Address& address) {
  Message message;
  REQUIRE(put_write(message.begin(RTM_NEWADDR, 0), AddressWrite{Verb::add, &key, &address}, 3));
  return message;
}

}  // namespace

TEST_CASE("codec: a service that was put is read") {
  const Service service{"mh", ServiceFlag::persistent | ServiceFlag::scheduler1, 300, 0xffffff00U, "sip"};
  const Message message = service_message(web, service);
  const auto read = read_service(*message.header());
  REQUIRE(read.has_value());
  CHECK(read->key == web);
  CHECK(read->value == service);

  const Service plain{"rr", 0, 0, 128, ""};
  const Message mark_message = service_message(mark6, plain);
  const auto read_mark = read_service(*mark_message.header());
  REQUIRE(read_mark.has_value());
  CHECK(read_mark->key == mark6);
  CHECK(read_mark->value == plain);
}

TEST_CASE("codec: the kernel's own flag of a service is not a difference") {
  const Service hashed{"rr", IP_VS_SVC_F_HASHED, 0, 0xffffffffU, ""};
  const Message message = service_message(web, hashed);
  const auto read = read_service(*message.header());
  REQUIRE(read.has_value());
  CHECK(read->value.flags == 0);
}

TEST_CASE("codec: a destination that was put is read, of another family than its service too") {
  const DestinationKey key{web, *IpAddress::parse("2001:db8::1"), 8080};
  const Destination destination{Forwarding::tun, 5, 9, 3, {TunnelType::gue, 6080, TunnelChecksum::remote}};
  const Message message = destination_message(key, destination);
  const auto read = read_destination(*message.header(), web);
  REQUIRE(read.has_value());
  CHECK(read->key == key);
  CHECK(read->value == destination);
  CHECK(read->connections == Connections{});
}

TEST_CASE("codec: tunnel settings that have no effect are no difference") {
  const DestinationKey key{web, *IpAddress::parse("10.0.0.1"), 80};
  const Tunnel gue{TunnelType::gue, 6080, TunnelChecksum::full};
  const auto tunnel_read = [&](const Destination& put) {
    const Message message = destination_message(key, put);
    return read_destination(*message.header(), web)->value.tunnel;
  };
  CHECK(tunnel_read({Forwarding::dr, 1, 0, 0, gue}) == Tunnel{});
  CHECK(tunnel_read({Forwarding::tun, 1, 0, 0, {TunnelType::ipip, 6080, TunnelChecksum::full}}) == Tunnel{});
  CHECK(tunnel_read({Forwarding::tun, 1, 0, 0, {TunnelType::gre, 6080, TunnelChecksum::full}}) ==
        Tunnel{TunnelType::gre, 0, TunnelChecksum::full});
}

TEST_CASE("codec: what a message lacks makes it unreadable, not a default") {
  Message only_key;
  REQUIRE(put_service_command(only_key.begin(100, 0), IPVS_CMD_NEW_SERVICE, web));
  CHECK_FALSE(read_service(*only_key.header()).has_value());
  CHECK_FALSE(read_destination(*only_key.header(), web).has_value());
  Message empty;
  REQUIRE(put_command(empty.begin(100, 0), IPVS_CMD_NEW_SERVICE));
  CHECK_FALSE(read_service(*empty.header()).has_value());
  Message nothing;
  nothing.begin(100, 0);
  CHECK_FALSE(read_service(*nothing.header()).has_value());
  CHECK_FALSE(read_timeouts(*nothing.header()).has_value());
  CHECK_FALSE(read_daemon(*nothing.header()).has_value());
  CHECK_FALSE(read_daemon(*only_key.header()).has_value());
  CHECK_FALSE(read_address(*nothing.header()).has_value());
  CHECK_FALSE(read_link(*nothing.header()).has_value());
}

TEST_CASE("codec: a daemon that was put is read, and what an old kernel does not say is its default") {
  const SyncDaemon daemon{"eth0", 51, *IpAddress::parse("ff02::51"), 9000, 3, 1400};
  const auto read = read_daemon(*daemon_message(daemon).header());
  REQUIRE(read.has_value());
  CHECK(read->role == DaemonRole::backup);
  CHECK(read->value == daemon);

  Message old;
  REQUIRE(put_command(old.begin(100, 0), IPVS_CMD_NEW_DAEMON));
  nlattr* nest = nla_nest_start(old.get(), IPVS_CMD_ATTR_DAEMON);
  nla_put_u32(old.get(), IPVS_DAEMON_ATTR_STATE, IP_VS_STATE_MASTER);
  nla_put_string(old.get(), IPVS_DAEMON_ATTR_MCAST_IFN, "eth1");
  nla_put_u32(old.get(), IPVS_DAEMON_ATTR_SYNC_ID, 7);
  nla_nest_end(old.get(), nest);
  const auto read_old = read_daemon(*old.header());
  REQUIRE(read_old.has_value());
  CHECK(read_old->role == DaemonRole::master);
  CHECK(read_old->value == SyncDaemon{"eth1", 7, *IpAddress::parse("224.0.0.81"), 8848, 1, 0});
}

TEST_CASE("codec: timeouts") {
  Message message;
  REQUIRE(put_write(message.begin(100, 0), TimeoutWrite{Timer::tcp_fin, 60}));
  const auto read = read_timeouts(*message.header());
  REQUIRE(read.has_value());
  CHECK(read->tcp == 0);
  CHECK(read->tcp_fin == 60);
}

TEST_CASE("codec: an address that was put is read") {
  const AddressKey key{"", *Prefix::parse("192.0.2.1/24")};
  const Message message = address_message(key, {Scope::link, "eth0:1"});
  const auto read = read_address(*message.header());
  REQUIRE(read.has_value());
  CHECK(read->interface_index == 3);
  CHECK(read->observed.key == key);
  CHECK(read->observed.value == Address{Scope::link, "eth0:1"});
  CHECK(read->observed.protocol == address_protocol);
  CHECK(read->observed.finite);  // the kernel, not the request, says that it is permanent
}

TEST_CASE("codec: hostile bytes are refused or read, and nothing else") {
  const DestinationKey key{web, *IpAddress::parse("10.0.0.1"), 80};
  const Message service = service_message(web, {"wrr", 1, 5, 0xffffffffU, "sip"});
  const Message destination = destination_message(key, {Forwarding::tun, 5, 9, 3, {TunnelType::gue, 1, {}}});
  const Message address = address_message({"", *Prefix::parse("192.0.2.1/24")}, {Scope::global, "eth0:1"});
  const Message sync = daemon_message({"eth0", 51, *IpAddress::parse("ff02::51"), 8848, 1, 1400});
  Message link;
  REQUIRE(put_new_link(link.begin(RTM_NEWLINK, 0), "tunl0", "ipip"));
  std::size_t readable = 0;
  for (const Message* message : {&service, &destination, &address, &sync, &std::as_const(link)}) {
    for_each_mutilation(bytes_of(*message), [&](nlmsghdr& header) {
      readable += read_service(header).has_value() + read_destination(header, web).has_value() +
                  read_timeouts(header).has_value() + read_daemon(header).has_value() +
                  read_address(header).has_value() + read_link(header).has_value();
    });
  }
  CHECK(readable > 0);
}
