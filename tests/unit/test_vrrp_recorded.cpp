// Packets recorded from keepalived (tests/vrrp_packets): each is understood, and our encoder makes the same bytes.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "controller/vrrp/packet.hpp"

namespace {

using namespace ballast;
using namespace ballast::vrrp;
namespace fs = std::filesystem;

struct Recorded {
  int priority = -1;
  Group group;
  Bytes packet;
  IpHeaderFacts facts;
  std::span<const std::uint8_t> payload;
};

std::vector<IpAddress> read_addresses(std::istream& words) {
  std::vector<IpAddress> addresses;
  for (std::string word; words >> word;) addresses.push_back(*IpAddress::parse(word));
  return addresses;
}

void read_line(const std::string& line, Recorded& recorded) {
  std::istringstream words(line);
  std::string key, value;
  words >> key;
  Group& group = recorded.group;
  if (key == "addresses") {
    group.addresses = read_addresses(words);
    group.family = group.addresses.front().family();
    return;
  }
  if (key == "peers") {
    group.unicast_peers = read_addresses(words);
    group.least_hop_limit = 1;
    return;
  }
  words >> value;
  if (key == "priority") recorded.priority = std::stoi(value);
  if (key == "version") group.version = static_cast<std::uint8_t>(std::stoi(value));
  if (key == "interval") group.interval = Centiseconds{std::stoi(value)};
  if (key == "authentication") group.authentication = value == "ah" ? Authentication::ah : Authentication::pass;
  if (key == "password") group.password = value;
  if (key != "packet") return;
  for (std::size_t at = 0; at + 1 < value.size(); at += 2) {
    recorded.packet.push_back(static_cast<std::uint8_t>(std::stoi(value.substr(at, 2), nullptr, 16)));
  }
}

Recorded read_case(const fs::path& path) {
  Recorded recorded;
  recorded.group.vrid = 41;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) read_line(line, recorded);
  const Bytes& ip = recorded.packet;
  const bool ipv4 = ip.at(0) == 0x45;
  IpHeaderFacts& facts = recorded.facts;
  const Family family = ipv4 ? Family::ipv4 : Family::ipv6;
  facts.identification = ipv4 ? static_cast<std::uint16_t>(ip[4] << 8 | ip[5]) : std::uint16_t{0};
  facts.hop_limit = ip[ipv4 ? 8 : 7];
  facts.protocol = ip[ipv4 ? 9 : 6];
  facts.source = IpAddress::from_bytes(family, &ip[ipv4 ? 12 : 8]);
  facts.destination = IpAddress::from_bytes(family, &ip[ipv4 ? 16 : 24]);
  recorded.payload = std::span(ip).subspan(ipv4 ? 20 : 40);
  return recorded;
}

std::vector<fs::path> cases() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(fs::path(BALLAST_SOURCE_DIR) / "tests/vrrp_packets/cases")) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

TEST_CASE("vrrp recorded: keepalived's packets are understood and made again, byte for byte") {
  REQUIRE(cases().size() >= 16);
  for (const fs::path& path : cases()) {
    CAPTURE(path.filename().string());
    const Recorded recorded = read_case(path);
    const Group& group = recorded.group;
    const Decoding decoding = decode(recorded.payload, recorded.facts, group);
    if (const auto* refused = std::get_if<Refused>(&decoding)) {
      FAIL_CHECK(refused->text);
      continue;
    }
    const auto& [advertisement, difference] = std::get<Decoded>(decoding);
    CHECK(difference.empty());
    CHECK(advertisement.addresses == group.addresses);
    CHECK(advertisement.interval == group.interval);
    CHECK(int{advertisement.priority} == recorded.priority);

    const Bytes ours = encode(advertisement, group, recorded.facts);
    CHECK(std::equal(ours.begin(), ours.end(), recorded.payload.begin(), recorded.payload.end()));
    if (group.family != Family::ipv4) continue;
    const Bytes header = make_ipv4_header(recorded.facts, ours.size());
    CHECK(std::equal(header.begin(), header.end(), recorded.packet.begin()));
  }
}

TEST_CASE("vrrp recorded: any flipped bit of an authenticated packet is refused") {
  const Recorded recorded =
      read_case(fs::path(BALLAST_SOURCE_DIR) / "tests/vrrp_packets/cases/rfc2338-5.3.6-ah-multicast.txt");
  for (std::size_t bit = 0; bit < recorded.payload.size() * 8; ++bit) {
    CAPTURE(bit);
    Bytes bent(recorded.payload.begin(), recorded.payload.end());
    bent[bit / 8] = static_cast<std::uint8_t>(bent[bit / 8] ^ 1U << bit % 8);
    CHECK(std::holds_alternative<Refused>(decode(bent, recorded.facts, recorded.group)));
  }
  IpHeaderFacts forged = recorded.facts;
  forged.source = *IpAddress::parse("10.9.0.7");
  CHECK(std::holds_alternative<Refused>(decode(recorded.payload, forged, recorded.group)));
}
