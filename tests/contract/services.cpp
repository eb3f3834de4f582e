// IPVS services: what is written is what is read, whatever the kind, and the errno of what cannot be.
#include <cerrno>

#include "contract/world.hpp"

namespace ballast::contract {

TEST_SUITE_BEGIN("ipvs");

TEST_CASE_FIXTURE(Case, "services: an empty table is empty, with the kernel's default timeouts") {
  const IpvsTable dumped = table();
  CHECK(dumped.services.empty());
  CHECK(dumped.destinations.empty());
  CHECK(dumped.tcp_timeout_seconds == 900);
  CHECK(dumped.tcp_fin_timeout_seconds == 120);
  CHECK(dumped.udp_timeout_seconds == 300);
  CHECK(kernel.ipvs.present());
}

TEST_CASE_FIXTURE(Case, "services: every protocol, both families and firewall marks are read back sorted by key") {
  const std::vector<std::string> keys{"fwmark 7",          "udp 192.0.2.1:53",     "tcp 192.0.2.1:80",
                                      "sctp 192.0.2.1:99", "tcp [2001:db8::1]:80", "udp [2001:db8::1]:53",
                                      "fwmark 7 (IPv6)",   "fwmark 4294967295",    "sctp [2001:db8::1]:99",
                                      "tcp 192.0.2.1:443", "tcp 192.0.2.1:65535"};
  for (const std::string& text : keys) {
    CAPTURE(text);
    CHECK(add(service_key(text), plain(service_key(text))) == 0);
  }
  CHECK(ipvs() ==
        "fwmark 7 rr\nfwmark 4294967295 rr\ntcp 192.0.2.1:80 rr\ntcp 192.0.2.1:443 rr\ntcp 192.0.2.1:65535 rr\n"
        "udp 192.0.2.1:53 rr\nsctp 192.0.2.1:99 rr\nfwmark 7 (IPv6) rr\ntcp [2001:db8::1]:80 rr\n"
        "udp [2001:db8::1]:53 rr\nsctp [2001:db8::1]:99 rr\n");
  for (const std::string& text : keys) {
    CAPTURE(text);
    CHECK(remove(service_key(text)) == 0);
  }
  CHECK(ipvs().empty());
}

TEST_CASE_FIXTURE(Case, "services: some are read without the others, and without those that do not exist") {
  const ServiceKey web = service_key("tcp 192.0.2.1:80");
  const ServiceKey other = service_key("tcp 192.0.2.2:80");
  const ServiceKey mark = service_key("fwmark 7 (IPv6)");
  for (const ServiceKey& key : {web, other, mark}) CHECK(add(key, plain(key)) == 0);
  CHECK(add(destination_key(web, "10.0.0.1", 80), direct(3)) == 0);
  CHECK(add(destination_key(other, "10.0.0.1", 80), direct()) == 0);
  const std::vector<ServiceKey> asked{web, mark, service_key("udp 192.0.2.1:80")};
  const auto part = kernel.ipvs.dump(asked);
  REQUIRE_MESSAGE(part.has_value(), part.error().text);
  REQUIRE(part->services.size() == 2);
  CHECK(part->services[0].key == web);
  CHECK(part->services[1].key == mark);
  REQUIRE(part->destinations.size() == 1);
  CHECK(part->destinations[0].key == destination_key(web, "10.0.0.1", 80));
  CHECK(part->destinations[0].value.weight == 3);
  CHECK(part->tcp_timeout_seconds == 900);
}

TEST_CASE_FIXTURE(Case, "services: those of IPv4 are counted, and each can be asked for by itself") {
  const auto count = [&] {
    const auto counted = kernel.ipvs.count_ipv4_services();
    REQUIRE_MESSAGE(counted.has_value(), counted.error().text);
    return *counted;
  };
  const auto has = [&](const std::string& text) {
    const auto answer = kernel.ipvs.has(service_key(text));
    REQUIRE_MESSAGE(answer.has_value(), answer.error().text);
    return *answer;
  };
  CHECK(count() == 0);
  for (const char* text :
       {"tcp 192.0.2.1:80", "udp 192.0.2.1:80", "fwmark 7", "fwmark 7 (IPv6)", "tcp [2001:db8::1]:80"}) {
    CAPTURE(text);
    CHECK_FALSE(has(text));
    CHECK(add(service_key(text), plain(service_key(text))) == 0);
    CHECK(has(text));
  }
  CHECK(count() == 3);
  CHECK_FALSE(has("tcp 192.0.2.1:81"));
  CHECK_FALSE(has("fwmark 8"));
  CHECK(remove(service_key("fwmark 7")) == 0);
  CHECK(remove(service_key("fwmark 7 (IPv6)")) == 0);
  CHECK(count() == 2);
  CHECK_FALSE(has("fwmark 7 (IPv6)"));
}

TEST_CASE_FIXTURE(Case, "services: every scheduler of the kernel, with its flags") {
  std::string expected;
  std::uint16_t port = 1;
  const auto try_one = [&](const char* scheduler, std::uint32_t flags, const char* printed) {
    CAPTURE(scheduler);
    const ServiceKey key{*IpAddress::parse("192.0.2.1"), Protocol::udp, port++, 0};
    Service service = plain(key, scheduler);
    service.flags = flags;
    CHECK(add(key, service) == 0);
    expected += key.text() + " " + scheduler + printed + "\n";
  };
  for (const char* scheduler :
       {"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "mh", "sed", "nq", "fo", "ovf", "none"}) {
    try_one(scheduler, 0, "");
  }
  try_one("sh", ServiceFlag::scheduler1, " flags 0x8");
  try_one("sh", ServiceFlag::scheduler2, " flags 0x10");
  try_one("mh", ServiceFlag::scheduler1 | ServiceFlag::scheduler2, " flags 0x18");
  try_one("mh", ServiceFlag::scheduler3, " flags 0x20");
  try_one("wlc", ServiceFlag::one_packet, " flags 0x4");
  CHECK(ipvs() == expected);
}

TEST_CASE_FIXTURE(Case, "services: persistence with timeout, granularity and engine") {
  const ServiceKey ipv4 = service_key("udp 192.0.2.1:5060");
  CHECK(add(ipv4, {"wlc", ServiceFlag::persistent, 5, 0xffffff00U, "sip"}) == 0);
  const ServiceKey ipv6 = service_key("tcp [2001:db8::1]:0");
  CHECK(add(ipv6, {"wlc", ServiceFlag::persistent, 86400, 64, ""}) == 0);
  const ServiceKey mark = service_key("fwmark 1");
  CHECK(add(mark, {"rr", ServiceFlag::persistent, 300, 0xffffffffU, ""}) == 0);
  CHECK(ipvs() ==
        "fwmark 1 rr flags 0x1 persistent 300 0xffffffff\n"
        "udp 192.0.2.1:5060 wlc flags 0x1 persistent 5 0xffffff00 engine sip\n"
        "tcp [2001:db8::1]:0 wlc flags 0x1 persistent 86400 0x40\n");

  // An update replaces everything: what it does not name is gone.
  CHECK(update(ipv4, plain(ipv4, "rr")) == 0);
  CHECK(update(ipv6, {"sh", ServiceFlag::persistent | ServiceFlag::scheduler1, 10, 128, ""}) == 0);
  CHECK(ipvs() ==
        "fwmark 1 rr flags 0x1 persistent 300 0xffffffff\nudp 192.0.2.1:5060 rr\n"
        "tcp [2001:db8::1]:0 sh flags 0x9 persistent 10 0x80\n");
}

TEST_CASE_FIXTURE(Case, "services: what persistence leaves behind makes no difference") {
  const ServiceKey key = service_key("tcp 192.0.2.1:80");
  CHECK(add(key, {"rr", 0, 77, 0xff000000U, ""}) == 0);
  CHECK(table().services.at(0).value == plain(key));
}

TEST_CASE_FIXTURE(Case, "services: an update keeps the destinations") {
  const ServiceKey key = service_key("tcp 192.0.2.1:80");
  CHECK(add(key, plain(key)) == 0);
  CHECK(add(destination_key(key, "10.0.0.1", 80), direct(3)) == 0);
  CHECK(update(key, plain(key, "wlc")) == 0);
  CHECK(ipvs() == "tcp 192.0.2.1:80 wlc\n  10.0.0.1:80 DR 3\n");
}

TEST_CASE_FIXTURE(Case, "services: a removed one takes its destinations along") {
  const ServiceKey one = service_key("tcp 192.0.2.1:80");
  const ServiceKey two = service_key("tcp 192.0.2.1:81");
  for (const ServiceKey& key : {one, two}) {
    CHECK(add(key, plain(key)) == 0);
    CHECK(add(destination_key(key, "10.0.0.1", 80), direct()) == 0);
  }
  CHECK(remove(one) == 0);
  CHECK(ipvs() == "tcp 192.0.2.1:81 rr\n  10.0.0.1:80 DR 1\n");
}

TEST_CASE_FIXTURE(Case, "services: errno of what cannot be written") {
  const ServiceKey key = service_key("tcp 192.0.2.1:80");
  const ServiceKey ipv6 = service_key("tcp [2001:db8::1]:80");
  CHECK(update(key, plain(key)) == ESRCH);
  CHECK(remove(key) == ESRCH);
  CHECK(add(key, plain(key)) == 0);
  CHECK(add(key, plain(key, "wrr")) == EEXIST);
  CHECK(update(key, plain(key, "nonesuch")) == ENOENT);
  CHECK(update(key, {"rr", ServiceFlag::persistent, 5, 0xffffffffU, "nonesuch"}) == ENOENT);
  CHECK(update(key, plain(key, "a-name-that-is-too-long")) == EINVAL);
  CHECK(add(ipv6, plain(ipv6, "nonesuch")) == ENOENT);
  CHECK(add(ipv6, {"rr", ServiceFlag::persistent, 5, 0, ""}) == EINVAL);
  CHECK(add(ipv6, {"rr", ServiceFlag::persistent, 5, 129, ""}) == EINVAL);
  CHECK(ipvs() == "tcp 192.0.2.1:80 rr\n");
}

TEST_CASE_FIXTURE(Case, "timeouts: each is set by itself") {
  CHECK(set(Timer::tcp, 1000) == 0);
  CHECK(table().tcp_timeout_seconds == 1000);
  CHECK(set(Timer::tcp_fin, 60) == 0);
  CHECK(set(Timer::udp, 1) == 0);
  CHECK(set(Timer::udp, 0) == 0);
  const IpvsTable dumped = table();
  CHECK(dumped.tcp_timeout_seconds == 1000);
  CHECK(dumped.tcp_fin_timeout_seconds == 60);
  CHECK(dumped.udp_timeout_seconds == 1);
  CHECK(set(Timer::tcp, 0xffffffffU) == EINVAL);
  CHECK(table().tcp_timeout_seconds == 1000);
}

TEST_SUITE_END();

}  // namespace ballast::contract
