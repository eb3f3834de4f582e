// What an operator who waits for a large apply is told.
#include <doctest/doctest.h>

#include "controller/commands/progress.hpp"
#include "fakes/fake_ipvs.hpp"

namespace ballast {
namespace {

TEST_CASE("progress: says what is done, how much of it, and the percentage") {
  CHECK(progress_text("writing destinations", 0, 9) == "writing destinations: 0 of 9 (0 %)");
  CHECK(progress_text("writing destinations", 40960, 100000) == "writing destinations: 40,960 of 100,000 (40 %)");
  CHECK(progress_text("writing", 1234567, 1234567) == "writing: 1,234,567 of 1,234,567 (100 %)");
}

TEST_CASE("progress: writes go in portions, each command's own error comes back, and every portion is told") {
  FakeIpvs fake;
  const Service value{"rr", 0, 0, host_granularity(Family::ipv4), ""};
  std::vector<ServiceKey> keys;
  for (std::uint16_t port = 1; port <= 2 * ProgressIpvs::portion + 7; ++port) {
    keys.push_back({*IpAddress::parse("192.0.2.1"), Protocol::tcp, port, 0});
  }
  fake.services[keys[ProgressIpvs::portion + 1]] = value;
  std::vector<IpvsWrite> writes;
  for (const ServiceKey& key : keys) writes.push_back(ServiceWrite{Verb::add, &key, &value});

  std::vector<std::string> told;
  ProgressIpvs ipvs(fake, [&](std::string_view text) { told.emplace_back(text); });
  const std::vector<int> errnums = ipvs.write(writes);

  REQUIRE(errnums.size() == keys.size());
  for (std::size_t i = 0; i < errnums.size(); ++i) {
    CHECK(errnums[i] == (i == ProgressIpvs::portion + 1 ? EEXIST : 0));
  }
  CHECK(fake.services.size() == keys.size());
  CHECK(told == std::vector<std::string>{"writing services: 0 of 4,103 (0 %)",
                                         "writing services: 2,048 of 4,103 (49 %)",
                                         "writing services: 4,096 of 4,103 (99 %)"});
}

}  // namespace
}  // namespace ballast
