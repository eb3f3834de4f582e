// What is refused on the wire, and why (RFC 9568 section 7.1, RFC 3768 section 7.1, RFC 2338 for authentication).
#include <doctest/doctest.h>

#include "controller/vrrp/packet.hpp"
#include "tests/unit/vrrp_text.hpp"

namespace {

using namespace ballast;
using namespace ballast::vrrp;

struct Sent {
  Sent() {
    group.vrid = 41;
    group.addresses = {address("10.0.0.100"), address("10.0.0.101")};
    facts = {address("10.0.0.9"), multicast_group(Family::ipv4)};
    mine = {3, 41, 100, Centiseconds{100}, group.addresses};
  }
  static Sent version2(Authentication authentication, const std::string& password) {
    Sent sent;
    sent.group.version = sent.mine.version = 2;
    sent.group.authentication = sent.mine.authentication = authentication;
    sent.group.password = password;
    sent.facts.protocol = protocol_of(sent.group);
    return sent;
  }
  [[nodiscard]] Bytes bytes() const { return encode(mine, group, facts); }
  [[nodiscard]] std::string judged_by(const Group& receiver) const { return judged(bytes(), receiver, facts); }
  static std::string judged(const Bytes& bytes, const Group& receiver, const IpHeaderFacts& facts) {
    const Decoding decoding = decode(bytes, facts, receiver);
    if (const auto* refused = std::get_if<Refused>(&decoding)) {
      return std::string(text_of(refused->reason)) + ": " + refused->text;
    }
    const auto& decoded = std::get<Decoded>(decoding);
    return decoded.difference.empty() ? "ok" : "ok, but " + decoded.difference;
  }

  Group group;
  IpHeaderFacts facts;
  Advertisement mine;
};

}  // namespace

TEST_CASE("vrrp packet: RFC 9568 section 7.1, a packet that came through a router is refused by its TTL") {
  Sent sent;
  sent.facts.hop_limit = 254;
  CHECK(sent.judged_by(sent.group) == "ttl: ttl is 254 and not 255: it came through a router");
}

TEST_CASE("vrrp packet: RFC 9568 section 7.1, the version must be the configured one") {
  const Sent v2 = Sent::version2(Authentication::none, "");
  CHECK(v2.judged_by(Sent().group) == "version: version 2 and not 3");
  CHECK(Sent().judged_by(v2.group) == "version: version 3 and not 2");
}

TEST_CASE("vrrp packet: RFC 9568 section 5.2.2, unknown types are dropped") {
  const Sent sent;
  Bytes bytes = sent.bytes();
  bytes[0] = 0x32;
  CHECK(Sent::judged(bytes, sent.group, sent.facts) == "type: packet type 2 is unknown");
}

TEST_CASE("vrrp packet: RFC 9568 section 7.1, the packet must be whole") {
  const Sent sent;
  Bytes bytes = sent.bytes();
  bytes.pop_back();
  CHECK(Sent::judged(bytes, sent.group, sent.facts) == "length: 15 bytes and not the 16 of 2 addresses");
  bytes.resize(7);
  CHECK(Sent::judged(bytes, sent.group, sent.facts) == "length: 7 bytes are too few for a VRRP header");
  CHECK(Sent::judged({}, sent.group, sent.facts) == "length: 0 bytes are too few for a VRRP header");
  bytes = sent.bytes();
  bytes.push_back(0);
  CHECK(Sent::judged(bytes, sent.group, sent.facts) == "length: 17 bytes and not the 16 of 2 addresses");
}

TEST_CASE("vrrp packet: RFC 9568 section 5.2.8, the checksum") {
  Sent sent;
  Bytes bytes = sent.bytes();
  bytes[2] ^= 1;
  CHECK(Sent::judged(bytes, sent.group, sent.facts) == "checksum: the checksum is wrong");

  // over IPv4 with and without the pseudo-header; over IPv6 with it
  sent.group.checksum = Ipv4Checksum::message_only;
  CHECK(sent.bytes() != Sent().bytes());
  CHECK(sent.judged_by(Sent().group) == "ok");
  IpHeaderFacts elsewhere = sent.facts;
  elsewhere.source = address("10.0.0.8");
  CHECK(Sent::judged(sent.bytes(), Sent().group, elsewhere) == "ok");
  CHECK(Sent::judged(Sent().bytes(), Sent().group, elsewhere) == "checksum: the checksum is wrong");

  Sent six;
  six.group.family = Family::ipv6;
  six.group.addresses = six.mine.addresses = {address("fe80::100")};
  six.facts = {address("fe80::9"), multicast_group(Family::ipv6)};
  CHECK(six.judged_by(six.group) == "ok");
  elsewhere = six.facts;
  elsewhere.source = address("fe80::8");
  CHECK(Sent::judged(six.bytes(), six.group, elsewhere) == "checksum: the checksum is wrong");
}

TEST_CASE("vrrp packet: RFC 9568 section 7.1, the VRID must be configured here") {
  Sent sent;
  sent.mine.vrid = 42;
  CHECK(sent.judged_by(sent.group) == "vrid: virtual router id 42 and not 41");
  CHECK(peek_vrid(sent.bytes(), vrrp_protocol) == 42);
  CHECK(peek_vrid(Bytes{0x31}, vrrp_protocol) == std::nullopt);
}

TEST_CASE("vrrp packet: RFC 9568 section 5.2.5, no addresses") {
  Sent sent;
  sent.mine.addresses.clear();
  CHECK(sent.judged_by(sent.group) == "address-count: it carries no addresses");
}

TEST_CASE("vrrp packet: RFC 9568 section 7.1, a foreign group is not heard, a differing list is heard and told") {
  Sent sent;
  sent.mine.addresses = {address("10.0.0.101"), address("10.0.0.100")};
  CHECK(sent.judged_by(sent.group) == "ok");
  sent.mine.addresses = {address("10.0.0.100"), address("10.0.0.7")};
  CHECK(sent.judged_by(sent.group) == "ok, but it lacks 10.0.0.101 and it also has 10.0.0.7");
  sent.mine.addresses = {address("10.0.0.7")};
  CHECK(sent.judged_by(sent.group) ==
        "address-list: a foreign group uses this virtual router id: it advertises 10.0.0.7 and none of ours");
}

TEST_CASE("vrrp packet: RFC 9568 section 5.2.7, twelve bits of centiseconds; the reserved bits mean nothing") {
  Sent sent;
  sent.mine.interval = Centiseconds{4095};
  Bytes bytes = sent.bytes();
  CHECK(std::get<Decoded>(decode(bytes, sent.facts, sent.group)).advertisement == sent.mine);
  sent.mine.interval = Centiseconds{0};
  CHECK(sent.judged_by(sent.group) == "interval: an advertisement interval of 0");
  // a packet whose reserved bits are set, and whose checksum allows for it
  sent.mine.interval = Centiseconds{100};
  bytes = sent.bytes();
  bytes[4] |= 0xf0;
  const int sum = (bytes[6] << 8 | bytes[7]) - 0xf000;
  const int wrapped = sum < 0 ? sum + 0xffff : sum;
  bytes[6] = static_cast<std::uint8_t>(wrapped >> 8);
  bytes[7] = static_cast<std::uint8_t>(wrapped);
  CHECK(Sent::judged(bytes, sent.group, sent.facts) == "ok");
}

TEST_CASE("vrrp packet: RFC 3768 section 7.1, another interval is refused in VRRPv2") {
  Sent sent = Sent::version2(Authentication::none, "");
  CHECK(sent.judged_by(sent.group) == "ok");
  sent.mine.interval = Centiseconds{300};
  CHECK(sent.judged_by(sent.group) == "interval: it advertises every 3s and we every 1s");
}

TEST_CASE("vrrp packet: RFC 2338 section 5.3.6, authentication must be of our type and with our password") {
  const Sent none = Sent::version2(Authentication::none, "");
  const Sent pass = Sent::version2(Authentication::pass, "secret");
  const Sent ah = Sent::version2(Authentication::ah, "secret");
  const Sent other_pass = Sent::version2(Authentication::pass, "secret1");
  const Sent other_ah = Sent::version2(Authentication::ah, "secret1");
  CHECK(pass.judged_by(pass.group) == "ok");
  CHECK(ah.judged_by(ah.group) == "ok");
  CHECK(none.judged_by(pass.group) == "auth-type: authentication is none and not pass");
  CHECK(pass.judged_by(none.group) == "auth-type: authentication is pass and not none");
  CHECK(pass.judged_by(ah.group) == "auth-type: authentication is not ah and ours ah");
  CHECK(ah.judged_by(pass.group) == "auth-type: authentication is ah and ours pass");
  CHECK(other_pass.judged_by(pass.group) == "auth-mismatch: the password is not ours");
  CHECK(other_ah.judged_by(ah.group) == "auth-mismatch: the digest is not one of our password");
  CHECK(Sent::judged(Bytes(23), ah.group, ah.facts) == "length: too short for an authentication header");
}

TEST_CASE("vrrp packet: unicast peers are known by their address") {
  Sent sent;
  sent.facts.destination = address("10.0.0.5");
  CHECK(sent.judged_by(sent.group) == "header: sent to 10.0.0.5 and this group is multicast");
  sent.group.unicast_peers = {address("10.0.0.9")};
  CHECK(sent.judged_by(sent.group) == "ok");
  sent.group.unicast_peers = {address("10.0.0.8")};
  CHECK(sent.judged_by(sent.group) == "source: the sender is not one of the unicast peers");
}

TEST_CASE("vrrp packet: how many addresses fit") {
  Group group;
  CHECK(most_addresses(group, 1500) == 255);
  CHECK(most_addresses(group, 576) == 137);
  group.family = Family::ipv6;
  CHECK(most_addresses(group, 1500) == 90);
  CHECK(most_addresses(group, 40) == 0);
  group.family = Family::ipv4;
  group.version = 2;
  CHECK(most_addresses(group, 576) == 135);
  group.authentication = Authentication::ah;
  CHECK(most_addresses(group, 576) == 129);
}

TEST_CASE("vrrp packet: what is overheard is read whoever's group it is of, but not what is no advertisement") {
  for (const Sent& sent :
       {Sent(), Sent::version2(Authentication::pass, "secret"), Sent::version2(Authentication::ah, "x")}) {
    const auto heard = overhear(sent.bytes(), sent.facts);
    REQUIRE(heard);
    CHECK(heard->vrid == 41);
    CHECK(heard->version == sent.mine.version);
    CHECK(heard->priority == 100);
    CHECK(heard->addresses == sent.group.addresses);
    CHECK(heard->authentication == sent.mine.authentication);
    const Bytes bytes = sent.bytes();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CHECK_FALSE(overhear(std::span(bytes).first(size), sent.facts));
    }
  }
  Bytes wrong = Sent().bytes();
  wrong.back() ^= 1;
  CHECK_FALSE(overhear(wrong, Sent().facts));
}
