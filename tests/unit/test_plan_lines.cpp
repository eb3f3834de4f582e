// A plan as lines of a log, and counted.
#include <doctest/doctest.h>

#include "controller/report/plan_text.hpp"

namespace {

using namespace ballast;

const Source file{intern("web.yaml"), intern("VirtualService/web")};
const Origin line_18{&file, 18, 5};
const ServiceKey web = *ServiceKey::parse("tcp 192.0.2.1:80");

Change<DestinationKey, Destination> update(int number, std::uint32_t before, std::uint32_t after) {
  const DestinationKey key{web, *IpAddress::parse("10.0.0." + std::to_string(number)), 80};
  return {Verb::update, key, Destination{Forwarding::dr, before, 0, 0, {}},
          Destination{Forwarding::dr, after, 0, 0, {}}, line_18};
}

Plan plan_of(int updates) {
  Plan plan;
  Service service;
  service.scheduler = "wrr";
  plan.services.push_back({Verb::add, web, std::nullopt, service, line_18});
  for (int i = 1; i <= updates; ++i) plan.destinations.push_back(update(i, 1, 3));
  const AddressKey vip{"eth0", *Prefix::parse("192.0.2.1/24")};
  plan.addresses.push_back({Verb::remove, vip, Address{}, std::nullopt, {}, false});
  return plan;
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

}  // namespace

TEST_CASE("plan: each change is a line that says what, from what to what, and who wants it") {
  CHECK(text_of(plan_lines(plan_of(1), 10)) ==
        "+ service tcp 192.0.2.1:80: wrr (web.yaml:18)\n"
        "~ destination 10.0.0.1:80 of tcp 192.0.2.1:80: weight: 1 -> 3 (web.yaml:18)\n"
        "- address 192.0.2.1/24 on eth0 (no longer wanted)\n");
  CHECK(plan_lines({}, 10).empty());
}

TEST_CASE("plan: of very many changes the first lines, and how many more there are") {
  const auto lines = plan_lines(plan_of(1000), 2);
  REQUIRE(lines.size() == 3);
  CHECK(lines[1] == "~ destination 10.0.0.1:80 of tcp 192.0.2.1:80: weight: 1 -> 3 (web.yaml:18)");
  CHECK(lines[2] == "and 1000 more");
  CHECK(plan_lines(plan_of(1), 3).size() == 3);
  CHECK(text_of(plan_lines(plan_of(1), 0)) == "and 3 more\n");
}

TEST_CASE("plan: counted") {
  CHECK(plan_counts(plan_of(4)) == "1 to add, 4 to change, 1 to remove");
  CHECK(plan_counts({}) == "0 to add, 0 to change, 0 to remove");
}
