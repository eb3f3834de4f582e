// The kernel's counters: read whole or not at all, and dumped for every service.
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include <doctest/doctest.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>

#include "drivers/ipvs_codec.hpp"
#include "drivers/ipvs_statistics.hpp"
#include "drivers/netlink_socket.hpp"

namespace {

using namespace ballast;

const ServiceKey web{*IpAddress::parse("192.0.2.1"), Protocol::tcp, 80, 0};
const DestinationKey first{web, *IpAddress::parse("10.0.0.1"), 8080};

/// Counters from `from` on, one more each, in the order of Traffic.
void put_traffic(nl_msg* message, int type, std::uint64_t from, int last = IPVS_STATS_ATTR_OUTBPS) {
  nlattr* nest = nla_nest_start(message, type);
  for (int attribute = IPVS_STATS_ATTR_CONNS; attribute <= last; ++attribute) {
    const std::uint64_t value = from + static_cast<std::uint64_t>(attribute - IPVS_STATS_ATTR_CONNS);
    nla_put_u64(message, attribute, value);
  }
  nla_nest_end(message, nest);
}

/// As put_write makes it, with the counters in the same nest; these follow in it as the message's last attribute.
void append_in_last_nest(Message& message, int outer, const std::function<void(nl_msg*)>& put) {
  nlattr* nest = nlmsg_find_attr(message.header(), GENL_HDRLEN, outer);
  REQUIRE(nest != nullptr);
  put(message.get());
  nest->nla_len =
      static_cast<std::uint16_t>(reinterpret_cast<char*>(nlmsg_tail(message.header())) - reinterpret_cast<char*>(nest));
}

Message service_message(std::uint64_t from, int last = IPVS_STATS_ATTR_OUTBPS) {
  Message message;
  const Service service{"rr", 0, 0, 0xffffffffU, ""};
  REQUIRE(put_write(message.begin(100, 0), ServiceWrite{Verb::add, &web, &service}));
  append_in_last_nest(message, IPVS_CMD_ATTR_SERVICE,
                      [&](nl_msg* to) { put_traffic(to, IPVS_SVC_ATTR_STATS64, from, last); });
  return message;
}

Message destination_message(std::uint64_t from) {
  Message message;
  const Destination destination{Forwarding::nat, 3, 0, 0, {}};
  REQUIRE(put_write(message.begin(100, 0), DestinationWrite{Verb::add, &first, &destination}));
  append_in_last_nest(message, IPVS_CMD_ATTR_DEST, [&](nl_msg* to) {
    nla_put_u32(to, IPVS_DEST_ATTR_ACTIVE_CONNS, 5);
    nla_put_u32(to, IPVS_DEST_ATTR_INACT_CONNS, 6);
    put_traffic(to, IPVS_DEST_ATTR_STATS64, from);
  });
  return message;
}

}  // namespace

TEST_CASE("ipvs statistics: every counter of a service is in its place, beyond 32 bits") {
  const std::uint64_t large = std::uint64_t{1} << 40;
  const Message message = service_message(large);
  const auto service = read_service_statistics(*message.header());
  REQUIRE(service.has_value());
  CHECK(service->key == web);
  CHECK(service->traffic == Traffic{large, large + 1, large + 2, large + 3, large + 4, large + 5, large + 6, large + 7,
                                    large + 8, large + 9});
}

TEST_CASE("ipvs statistics: a destination has its connections and weight beside the counters") {
  const Message message = destination_message(100);
  const auto destination = read_destination_statistics(*message.header(), web);
  REQUIRE(destination.has_value());
  CHECK(destination->key == first);
  CHECK(destination->weight == 3);
  CHECK(destination->connections == Connections{5, 6, 0});
  CHECK(destination->traffic.connections == 100);
  CHECK(destination->traffic.bytes_out_per_second == 109);
}

TEST_CASE("ipvs statistics: an answer that lacks a counter, or all, is refused") {
  const Message message = service_message(1, IPVS_STATS_ATTR_INBPS);
  CHECK_FALSE(read_service_statistics(*message.header()).has_value());
  Message bare;
  const Service service{"rr", 0, 0, 0xffffffffU, ""};
  REQUIRE(put_write(bare.begin(100, 0), ServiceWrite{Verb::add, &web, &service}));
  CHECK_FALSE(read_service_statistics(*bare.header()).has_value());
}

TEST_CASE("ipvs statistics: no mutilated answer is read beyond its end") {
  const Message message = destination_message(7);
  const auto* begin = reinterpret_cast<const char*>(message.header());
  const std::size_t whole = message.header()->nlmsg_len;
  for (std::size_t size = NLMSG_HDRLEN; size < whole; ++size) {
    const auto copy = std::make_unique<char[]>(size);
    std::memcpy(copy.get(), begin, size);
    auto* header = reinterpret_cast<nlmsghdr*>(copy.get());
    header->nlmsg_len = static_cast<std::uint32_t>(size);
    CHECK_FALSE(read_destination_statistics(*header, web).has_value());
  }
}
