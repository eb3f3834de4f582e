// The IPVS driver against a scripted kernel: what only happens when a table changes or a socket breaks at the wrong
// moment.
#include <cerrno>
#include <string>

#include <doctest/doctest.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <netlink/attr.h>

#include "drivers/ipvs.hpp"
#include "tests/unit/scripted_kernel.hpp"

namespace {

using namespace ballast;

constexpr int family_id = 30;

std::string payload(const Message& message) {
  const auto* begin = static_cast<const char*>(nlmsg_data(message.header()));
  return {begin, static_cast<std::size_t>(nlmsg_datalen(message.header()))};
}

ServiceKey key_of_port(std::uint16_t port) {
  return {*IpAddress::parse("192.0.2.1"), Protocol::tcp, port, 0};
}

std::string service_payload(std::uint16_t port) {
  const ServiceKey key = key_of_port(port);
  const Service service{"rr", 0, 0, 0xffffffffU, ""};
  Message message;
  REQUIRE(put_write(message.begin(family_id, 0), ServiceWrite{Verb::add, &key, &service}));
  return payload(message);
}

std::string destination_payload(std::uint16_t service_port, const char* address) {
  const DestinationKey key{key_of_port(service_port), *IpAddress::parse(address), 80};
  const Destination destination{Forwarding::dr, 1, 0, 0, {}};
  Message message;
  REQUIRE(put_write(message.begin(family_id, 0), DestinationWrite{Verb::add, &key, &destination}));
  return payload(message);
}

/// Requests 1 and 2 of every dump: the family's number and the timeouts.
void answer_beginning(ScriptedKernel& kernel) {
  Message message;
  REQUIRE(put_command(message.begin(GENL_ID_CTRL, 0), CTRL_CMD_NEWFAMILY));
  REQUIRE(nla_put_u16(message.get(), CTRL_ATTR_FAMILY_ID, family_id) == 0);
  kernel.answer(1, GENL_ID_CTRL, 0, payload(message));
  REQUIRE(put_write(message.begin(family_id, 0), TimeoutWrite{Timer::tcp, 900}));
  kernel.answer(2, family_id, 0, payload(message));
}

/// Request 3: the services with these ports.
void answer_services(ScriptedKernel& kernel, std::initializer_list<std::uint16_t> ports) {
  for (const std::uint16_t port : ports) kernel.answer(3, family_id, NLM_F_MULTI, service_payload(port));
  kernel.answer_done(3, 0);
}

}  // namespace

TEST_CASE("ipvs driver: a service that vanished while its destinations were asked for is left out") {
  ScriptedKernel kernel;
  answer_beginning(kernel);
  answer_services(kernel, {80, 81, 82});
  kernel.answer(4, family_id, NLM_F_MULTI, destination_payload(80, "10.0.0.1"));
  kernel.answer_done(4, 0);
  kernel.answer_done(5, 0);  // 81: an empty service, or none
  kernel.answer_done(6, 0);  // 82: likewise
  kernel.answer_error(7, ESRCH);
  kernel.answer(8, family_id, 0, service_payload(82));
  kernel.answer_error(8, 0);
  kernel.answer_done(9, 0);  // no daemons
  kernel.run();
  NetlinkIpvs ipvs(std::move(kernel.socket));
  const auto table = ipvs.dump();
  REQUIRE_MESSAGE(table.has_value(), table.error().text);
  REQUIRE(table->services.size() == 2);
  CHECK(table->services[0].key == key_of_port(80));
  CHECK(table->services[1].key == key_of_port(82));
  CHECK(table->destinations.size() == 1);
  CHECK(table->tcp_timeout_seconds == 900);
}

TEST_CASE("ipvs driver: what a dump repeats is there once, in order") {
  ScriptedKernel kernel;
  answer_beginning(kernel);
  answer_services(kernel, {81, 80, 81});
  for (const std::uint32_t request : {4U, 5U}) {
    const auto port = static_cast<std::uint16_t>(request + 76);
    for (const char* address : {"10.0.0.2", "10.0.0.1", "10.0.0.2"}) {
      kernel.answer(request, family_id, NLM_F_MULTI, destination_payload(port, address));
    }
    kernel.answer_done(request, 0);
  }
  kernel.answer_done(6, 0);  // no daemons
  kernel.run();
  NetlinkIpvs ipvs(std::move(kernel.socket));
  const auto table = ipvs.dump();
  REQUIRE(table.has_value());
  CHECK(table->services.size() == 2);
  std::string text;
  for (const ObservedDestination& destination : table->destinations) {
    text += destination.key.service.text() + " " + destination.key.address.text() + "\n";
  }
  CHECK(text ==
        "tcp 192.0.2.1:80 10.0.0.1\ntcp 192.0.2.1:80 10.0.0.2\ntcp 192.0.2.1:81 10.0.0.1\n"
        "tcp 192.0.2.1:81 10.0.0.2\n");
}

TEST_CASE("ipvs driver: a dump of destinations that fails makes the whole dump an error") {
  ScriptedKernel kernel;
  answer_beginning(kernel);
  answer_services(kernel, {80, 81});
  kernel.answer(4, family_id, NLM_F_MULTI, destination_payload(80, "10.0.0.1"));
  SUBCASE("refused") {
    kernel.answer_done(4, 0);
    kernel.answer_error(5, EBUSY);
    kernel.run();
    NetlinkIpvs ipvs(std::move(kernel.socket));
    const auto table = ipvs.dump();
    REQUIRE(table.has_error());
    CHECK(table.error().text == "read IPVS: device or resource busy (EBUSY)");
    CHECK(table.error().retryable());
  }
  SUBCASE("the daemons are refused") {
    kernel.answer_done(4, 0);
    kernel.answer(5, family_id, NLM_F_MULTI, destination_payload(81, "10.0.0.1"));
    kernel.answer_done(5, 0);
    kernel.answer_error(6, EBUSY);
    kernel.run();
    NetlinkIpvs ipvs(std::move(kernel.socket));
    CHECK(ipvs.dump().has_error());
  }
  SUBCASE("the socket breaks in the middle") {
    kernel.hang_up_after(4);
    kernel.run();
    NetlinkIpvs ipvs(std::move(kernel.socket));
    const auto table = ipvs.dump();
    REQUIRE(table.has_error());
    CHECK(table.error().errnum == ENOTCONN);
    CHECK(table.error().text == "read IPVS: the kernel's answer was cut off; try again (ENOTCONN)");
  }
  SUBCASE("the answer is no destination") {
    kernel.answer(4, family_id, NLM_F_MULTI, service_payload(80));
    kernel.answer_done(4, 0);
    kernel.run();
    NetlinkIpvs ipvs(std::move(kernel.socket));
    const auto table = ipvs.dump();
    REQUIRE(table.has_error());
    CHECK(table.error().errnum == EBADMSG);
  }
}

TEST_CASE("ipvs driver: no IPVS and no permission say what to do") {
  ScriptedKernel kernel;
  std::string text;
  SUBCASE("no IPVS") {
    kernel.answer_error(1, ENOENT);
    kernel.run();
    NetlinkIpvs ipvs(std::move(kernel.socket));
    text = ipvs.dump().error().text;
    CHECK(text == "this kernel has no IPVS: load it with \"modprobe ip_vs\"");
  }
  SUBCASE("no permission") {
    Message message;
    REQUIRE(put_command(message.begin(GENL_ID_CTRL, 0), CTRL_CMD_NEWFAMILY));
    REQUIRE(nla_put_u16(message.get(), CTRL_ATTR_FAMILY_ID, family_id) == 0);
    kernel.answer(1, GENL_ID_CTRL, 0, payload(message));
    kernel.answer_error(2, EPERM);
    kernel.run();
    NetlinkIpvs ipvs(std::move(kernel.socket));
    text = ipvs.dump().error().text;
    CHECK(text == "reading IPVS needs CAP_NET_ADMIN: run as root");
  }
}

TEST_CASE("ipvs driver: where the kernel has no IPVS every command says so") {
  ScriptedKernel kernel;
  kernel.answer_error(1, ENOENT);
  kernel.run();
  NetlinkIpvs ipvs(std::move(kernel.socket));
  const ServiceKey key = key_of_port(80);
  const std::vector<IpvsWrite> writes(3, ServiceWrite{Verb::remove, &key, nullptr});
  CHECK(ipvs.write(writes) == std::vector<int>(3, ENOPROTOOPT));
}
