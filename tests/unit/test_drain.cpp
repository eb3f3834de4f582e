// Members that leave keep their connections for a while: what stays wanted, how long, and what a successor knows.
#include <doctest/doctest.h>

#include "reconcilers/drain.hpp"

namespace {

using namespace ballast;
using namespace std::chrono_literals;

const ServiceKey service{*IpAddress::parse("192.0.2.1"), Protocol::tcp, 80, 0};

DestinationKey member(int number) {
  return {service, *IpAddress::parse("10.0.0." + std::to_string(number)), 80};
}

struct Scene {
  Scene() {
    wanted.services[service] = {};
    owned.services.insert(service);
    rules[service] = {60s, {}, {}};
  }

  /// In the kernel, with so many connections.
  void serve(int number, std::uint32_t weight, std::uint32_t connections) {
    observed.state.destinations[member(number)] = {{Forwarding::dr, weight, 0, 0, {}}, {}};
    observed.connections.erase(member(number));
    if (connections > 0) observed.connections[member(number)] = {0, connections, 0};
  }
  void want(int number, std::uint32_t weight) {
    wanted.destinations[member(number)] = {{Forwarding::dr, weight, 0, 0, {}}, {}};
  }

  /// The wanted destinations after draining: "1=0 2=5".
  std::string drain(BootTime now) {
    State copy = wanted;
    drains = apply_drains(copy, rules, observed, owned, drains, now);
    std::string text;
    for (const auto& [key, entry] : copy.destinations) {
      CHECK(entry.value.forwarding == Forwarding::dr);
      text += (text.empty() ? "" : " ") + key.address.text().substr(7) + "=" + std::to_string(entry.value.weight);
    }
    return text;
  }

  State wanted;
  Observation observed;
  Ownership owned;
  DrainRules rules;
  Drains drains;
};

}  // namespace

TEST_CASE("drain: a member that leaves stays at weight 0 until its connections end") {
  Scene scene;
  scene.want(1, 5);
  scene.serve(1, 5, 2);
  scene.serve(2, 5, 3);
  CHECK(scene.drain(100s) == "1=5 2=0");
  CHECK(next_deadline(scene.drains) == BootTime(160s));
  scene.serve(2, 0, 1);
  CHECK(scene.drain(120s) == "1=5 2=0");
  CHECK(next_deadline(scene.drains) == BootTime(160s));
  scene.serve(2, 0, 0);
  CHECK(scene.drain(121s) == "1=5");
  scene.observed.state.destinations.erase(member(2));
  CHECK(scene.drain(122s) == "1=5");
  CHECK(scene.drains.empty());
}

TEST_CASE("drain: without connections it gets weight 0 first, for one may be on its way") {
  Scene scene;
  scene.serve(2, 5, 0);
  CHECK(scene.drain(1s) == "2=0");
  scene.serve(2, 0, 0);
  CHECK(scene.drain(2s).empty());
}

TEST_CASE("drain: its time is over, and does not begin anew while the kernel keeps it") {
  Scene scene;
  scene.serve(2, 5, 3);
  CHECK(scene.drain(0s) == "2=0");
  scene.serve(2, 0, 3);
  CHECK(scene.drain(59s) == "2=0");
  CHECK(scene.drain(60s).empty());
  CHECK(scene.drain(61s).empty());
}

TEST_CASE("drain: one that returns is revived, and leaves with all its time again") {
  Scene scene;
  scene.serve(2, 5, 3);
  scene.drain(0s);
  scene.serve(2, 0, 3);
  scene.want(2, 5);
  CHECK(scene.drain(30s) == "2=5");
  CHECK(scene.drains.empty());
  scene.wanted.destinations.clear();
  scene.serve(2, 5, 3);
  CHECK(scene.drain(59s) == "2=0");
  CHECK(next_deadline(scene.drains) == BootTime(119s));
}

TEST_CASE("drain: what an operator drains goes when it has no connections") {
  Scene scene;
  scene.rules[service].drained = {{member(2).address, 80}};
  scene.want(2, 0);
  CHECK(scene.drain(0s).empty());  // it was not there
  scene.serve(2, 5, 1);
  CHECK(scene.drain(1s) == "2=0");
  scene.serve(2, 0, 1);
  CHECK(scene.drain(2s) == "2=0");
  scene.serve(2, 0, 0);
  CHECK(scene.drain(3s).empty());
}

TEST_CASE("drain: what an operator drains is not made with a new service, to go at the next look") {
  Scene scene;
  scene.owned.services.clear();
  scene.rules[service].drained = {{member(2).address, 80}};
  scene.want(1, 5);
  scene.want(2, 0);
  CHECK(scene.drain(0s) == "1=5");
}

TEST_CASE("drain: what is not drained") {
  Scene failed;
  failed.rules[service].failed = {{member(2).address, 80}};
  failed.serve(2, 5, 3);
  CHECK(failed.drain(0s).empty());
  Scene foreign;
  foreign.owned.services.clear();
  foreign.serve(2, 5, 3);
  CHECK(foreign.drain(0s).empty());
  Scene gone;
  gone.wanted.services.clear();
  gone.serve(2, 5, 3);
  CHECK(gone.drain(0s).empty());
  Scene none;
  none.rules.clear();
  none.serve(2, 5, 3);
  CHECK(none.drain(0s).empty());
}

TEST_CASE("drain: a successor goes on with the same deadlines") {
  const Drains drains{{member(1), 160s}, {member(2), 130s}};
  const std::string text = drains_text(drains, 100s);
  CHECK(parse_drains(text, 110s).value() == drains);
  // After another boot, whose clock began anew.
  CHECK(parse_drains(text, 5s).value() == Drains{{member(1), 65s}, {member(2), 35s}});
  CHECK(parse_drains("{}", 5s).has_error());
  CHECK(parse_drains("no", 5s).has_error());
  CHECK(
      parse_drains(
          R"({"version":1,"bootMilliseconds":1,"drains":[{"service":"x","address":"1.1.1.1","port":1,"leftMilliseconds":1}]})",
          5s)
          .error()
          .text == "not a record of drains: 'x' is no service");
}
