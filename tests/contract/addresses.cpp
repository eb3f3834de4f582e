// Addresses and devices.
#include <cerrno>

#include "contract/world.hpp"

namespace ballast::contract {

TEST_SUITE_BEGIN("network");

TEST_CASE_FIXTURE(Case, "addresses: IPv4 and IPv6, on lo with scope host, with a label") {
  CHECK(add(address_key("d0", "192.0.2.1/24")) == 0);
  CHECK(add(address_key("d0", "192.0.2.100/32"), {Scope::global, "d0:vip"}) == 0);
  CHECK(add(address_key("d0", "2001:db8::1/64")) == 0);
  CHECK(add(address_key("d1.5", "10.0.0.1/8"), {Scope::link, ""}) == 0);
  CHECK(add(address_key("lo", "192.0.2.100/32"), {Scope::host, ""}) == 0);
  CHECK(add(address_key("lo", "192.0.2.101/32"), {Scope::host, "lo:0"}) == 0);
  // An IPv6 address has the scope of its kind, whatever is asked for.
  CHECK(add(address_key("lo", "2001:db8::100/128"), {Scope::host, ""}) == 0);
  CHECK(addresses() ==
        "192.0.2.1/24 on d0 global proto 0xba\n"
        "192.0.2.100/32 on d0 global label d0:vip proto 0xba\n"
        "2001:db8::1/64 on d0 global proto 0xba\n"
        "10.0.0.1/8 on d1.5 link proto 0xba\n"
        "192.0.2.100/32 on lo host proto 0xba\n"
        "192.0.2.101/32 on lo host label lo:0 proto 0xba\n"
        "2001:db8::100/128 on lo global proto 0xba\n");
  for (const auto& [device, prefix] : std::vector<std::pair<std::string, std::string>>{{"d0", "192.0.2.1/24"},
                                                                                       {"d0", "192.0.2.100/32"},
                                                                                       {"d0", "2001:db8::1/64"},
                                                                                       {"d1.5", "10.0.0.1/8"},
                                                                                       {"lo", "192.0.2.100/32"},
                                                                                       {"lo", "192.0.2.101/32"},
                                                                                       {"lo", "2001:db8::100/128"}}) {
    CAPTURE(prefix);
    CHECK(remove(address_key(device, prefix)) == 0);
  }
  CHECK(addresses().empty());
}

TEST_CASE_FIXTURE(Case, "addresses: a label that is the device's name is none") {
  CHECK(add(address_key("d0", "192.0.2.1/24"), {Scope::global, "d0"}) == 0);
  CHECK(addresses() == "192.0.2.1/24 on d0 global proto 0xba\n");
}

TEST_CASE_FIXTURE(Case, "addresses: secondaries go with their primary") {
  for (const char* prefix : {"192.0.2.1/24", "192.0.2.2/24", "192.0.2.3/24", "192.0.2.4/25"}) {
    CAPTURE(prefix);
    CHECK(add(address_key("d0", prefix)) == 0);
  }
  CHECK(addresses() ==
        "192.0.2.1/24 on d0 global proto 0xba\n192.0.2.2/24 on d0 global proto 0xba secondary\n"
        "192.0.2.3/24 on d0 global proto 0xba secondary\n192.0.2.4/25 on d0 global proto 0xba\n");
  CHECK(remove(address_key("d0", "192.0.2.3/24")) == 0);
  CHECK(remove(address_key("d0", "192.0.2.1/24")) == 0);
  CHECK(addresses() == "192.0.2.4/25 on d0 global proto 0xba\n");
}

TEST_CASE_FIXTURE(Case, "addresses: secondaries are promoted where promote_secondaries says so") {
  CHECK(kernel.sysctls.write("net.ipv4.conf.d0.promote_secondaries", "1") == 0);
  for (const char* prefix : {"192.0.2.1/24", "192.0.2.2/24", "192.0.2.3/24"}) {
    CHECK(add(address_key("d0", prefix)) == 0);
  }
  CHECK(remove(address_key("d0", "192.0.2.1/24")) == 0);
  CHECK(addresses() == "192.0.2.2/24 on d0 global proto 0xba\n192.0.2.3/24 on d0 global proto 0xba secondary\n");
}

TEST_CASE_FIXTURE(Case, "addresses: errno of what cannot be written") {
  const AddressKey key = address_key("d0", "192.0.2.1/24");
  CHECK(add(address_key("nonesuch", "192.0.2.1/24")) == ENODEV);
  CHECK(add(address_key("a-name-that-is-too-long", "192.0.2.1/24")) == ENODEV);
  CHECK(add(address_key("", "192.0.2.1/24")) == ENODEV);
  CHECK(remove(address_key("nonesuch", "192.0.2.1/24")) == ENODEV);
  CHECK(remove(key) == EADDRNOTAVAIL);
  CHECK(add(key) == 0);
  CHECK(add(key) == EEXIST);
  CHECK(add(key, {Scope::global, "d0:1"}) == EEXIST);
  CHECK(add(address_key("d0", "192.0.2.2/24"), {Scope::link, ""}) == EINVAL);
  CHECK(add(address_key("d0", "192.0.2.7/32"), {Scope::global, "a-label-that-is-too-long"}) == ERANGE);
  CHECK(remove(address_key("d0", "192.0.2.1/25")) == EADDRNOTAVAIL);
  CHECK(addresses() == "192.0.2.1/24 on d0 global proto 0xba\n");
}

TEST_CASE_FIXTURE(Case, "addresses: one address with two lengths is two with IPv4, and refused with IPv6") {
  CHECK(add(address_key("d0", "192.0.2.1/24")) == 0);
  CHECK(add(address_key("d0", "192.0.2.1/32")) == 0);
  CHECK(add(address_key("d0", "2001:db8::1/64")) == 0);
  CHECK(add(address_key("d0", "2001:db8::1/128")) == EEXIST);
  CHECK(add(address_key("d1.5", "2001:db8::1/128")) == 0);
  CHECK(remove(address_key("d0", "2001:db8::1/128")) == EADDRNOTAVAIL);
  CHECK(remove(address_key("d0", "192.0.2.1/24")) == 0);
  CHECK(addresses() ==
        "192.0.2.1/32 on d0 global proto 0xba\n2001:db8::1/64 on d0 global proto 0xba\n"
        "2001:db8::1/128 on d1.5 global proto 0xba\n");
  CHECK(add(address_key("d0", "ff02::1234/128")) == EADDRNOTAVAIL);
}

TEST_CASE_FIXTURE(Case, "addresses: 2,000 in one call, each result in its place") {
  std::vector<AddressKey> keys;
  std::vector<int> expected;
  for (unsigned i = 0; i < 2000; ++i) {
    const std::uint8_t bytes[4] = {10, 2, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)};
    const bool no_device = i % 10 == 5;
    keys.push_back({no_device ? "nonesuch" : "d0", {IpAddress::from_bytes(Family::ipv4, bytes), 32}});
    expected.push_back(no_device ? ENODEV : 0);
  }
  keys.push_back(keys.front());
  expected.push_back(EEXIST);
  const Address value;
  std::vector<AddressWrite> writes;
  for (const AddressKey& key : keys) writes.push_back({Verb::add, &key, &value});
  CHECK(kernel.network.write(writes) == expected);
  const auto dumped = kernel.network.dump_addresses();
  REQUIRE(dumped.has_value());
  std::size_t count = 0;
  for (const ObservedAddress& address : *dumped) count += address.key.interface == "d0" && address.protocol == 0xba;
  CHECK(count == 1800);
  CHECK(kernel.network.write(std::span<const AddressWrite>{}).empty());
}

TEST_CASE_FIXTURE(Case, "links: up and down") {
  const auto is_up = [this](const std::string& name) {
    const auto links = kernel.network.dump_links();
    REQUIRE_MESSAGE(links.has_value(), links.error().text);
    for (const ObservedLink& link : *links) {
      if (link.name == name) return std::string(link.up ? "up" : "down") + (link.index > 0 ? "" : ", no index");
    }
    return std::string("absent");
  };
  CHECK(is_up("lo") == "up");
  CHECK(is_up("d1.5") == "up");
  CHECK(set_link(Verb::update, "d0", false) == 0);
  CHECK(is_up("d0") == "down");
  CHECK(set_link(Verb::add, "d0", true) == 0);
  CHECK(is_up("d0") == "up");
  CHECK(set_link(Verb::update, "nonesuch", true) == ENODEV);
  CHECK(set_link(Verb::add, "nonesuch", true) == ENODEV);
  CHECK(set_link(Verb::add, "a-name-that-is-too-long", true) == ENODEV);
  CHECK(is_up("nonesuch") == "absent");
}

TEST_CASE_FIXTURE(Case, "links: the fallback tunnel devices appear when they are asked for") {
  for (const char* name : {"tunl0", "gre0", "ip6tnl0", "ip6gre0", "sit0"}) {
    CAPTURE(name);
    CHECK(set_link(Verb::add, name, true) == 0);
    const auto links = kernel.network.dump_links();
    REQUIRE(links.has_value());
    bool is_up = false;
    for (const ObservedLink& link : *links) is_up = is_up || (link.name == name && link.up);
    CHECK(is_up);
    CHECK(kernel.sysctls.write("net.ipv4.conf." + std::string(name) + ".rp_filter", "0") == 0);
    CHECK(set_link(Verb::update, name, false) == 0);
  }
}

TEST_CASE_FIXTURE(Case, "links: a device that goes down loses its IPv6 addresses and keeps the IPv4 ones") {
  CHECK(add(address_key("d0", "192.0.2.1/24")) == 0);
  CHECK(add(address_key("d0", "2001:db8::1/64")) == 0);
  CHECK(set_link(Verb::update, "d0", false) == 0);
  CHECK(addresses() == "192.0.2.1/24 on d0 global proto 0xba\n");
}

TEST_SUITE_END();

}  // namespace ballast::contract
