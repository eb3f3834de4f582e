// Marks of probes that go to the VIP through a member: one for each way, and hardly ever another one.
#include <set>

#include "model/probe_path.hpp"
#include "tests/unit/manifest_text.hpp"

namespace {

using namespace ballast;
using ballast::testing::document;
using ballast::testing::texts_of;

Manifest manifest_of(const std::string& text) {
  auto outcome = read_and_validate({{"m", text}});
  REQUIRE(texts_of(outcome.diagnostics) == std::vector<std::string>{});
  return std::move(outcome.manifest);
}

std::string service(const std::string& name, const std::string& fields = "address: 192.0.2.1, port: 80") {
  return document("VirtualService", name, fields + ", forwarding: DR, pool: p, nodes: [a]");
}

/// An address for each number, scattered over 10.0.0.0/8: neighbours have different hashes anyway.
std::string address_of(int number) {
  const std::uint32_t host = static_cast<std::uint32_t>(number) * 2654435761U >> 8;
  const std::uint8_t bytes[] = {10, static_cast<std::uint8_t>(host >> 16), static_cast<std::uint8_t>(host >> 8),
                                static_cast<std::uint8_t>(host)};
  return IpAddress::from_bytes(Family::ipv4, bytes).text();
}

/// A member for each number.
std::string pool(int first, int last, const std::string& via = "vip") {
  std::string members;
  for (int i = first; i <= last; ++i) {
    members += (i > first ? ", {address: " : "{address: ") + address_of(i) + "}";
  }
  return document("Pool", "p", "members: [" + members + "], checks: [{tcp: {}, via: " + via + "}]");
}

}  // namespace

TEST_CASE("probe path: no marks without via: vip, nor for a node that does not program the service") {
  CHECK(probe_marks(manifest_of(service("s") + pool(1, 3, "member")), "a").empty());
  const Manifest manifest = manifest_of(service("s") + pool(1, 3));
  CHECK(probe_marks(manifest, "a").size() == 3);
  CHECK(probe_marks(manifest, "b").empty());
}

TEST_CASE("probe path: services of one pool share a member's mark, but not over different tunnels or forwardings") {
  const auto shared = manifest_of(service("s") + service("t", "address: 192.0.2.1, port: 443") + pool(1, 3));
  CHECK(probe_marks(shared, "a").size() == 3);
  const auto apart = manifest_of(
      service("s") +
      document("VirtualService", "t", "address: 192.0.2.2, port: 80, forwarding: TUN, pool: p, nodes: [a]") +
      pool(1, 3));
  const auto marks = probe_marks(apart, "a");
  CHECK(marks.size() == 6);
  const ThroughMember direct = through_member(apart.virtual_services[0], apart.pools[0].members[0]);
  const ThroughMember tunnel = through_member(apart.virtual_services[1], apart.pools[0].members[0]);
  CHECK(marks.at(direct) != marks.at(tunnel));
}

TEST_CASE("probe path: thousands of members have marks of their own, within the range that is kept for them") {
  const auto marks = probe_marks(manifest_of(service("s") + pool(1, 5000)), "a");
  std::set<std::uint32_t> different;
  for (const auto& [through, mark] : marks) {
    different.insert(mark);
    CHECK_MESSAGE((mark >= first_probe_mark && mark <= last_probe_mark), mark);
  }
  CHECK(marks.size() == 5000);
  CHECK(different.size() == 5000);
}

TEST_CASE("probe path: marks stay when other members come and go") {
  const auto before = probe_marks(manifest_of(service("s") + pool(1, 5000)), "a");
  const auto after = probe_marks(manifest_of(service("s") + pool(2, 5001)), "a");
  int changed = 0;
  for (const auto& [through, mark] : after) {
    const auto found = before.find(through);
    if (found != before.end() && found->second != mark) ++changed;
  }
  CHECK(changed <= 2);
  const auto few = probe_marks(manifest_of(service("s") + pool(7, 7)), "a");
  REQUIRE(few.size() == 1);
  CHECK(probe_marks(manifest_of(service("s") + pool(1, 20)), "a").at(few.begin()->first) == few.begin()->second);
}
