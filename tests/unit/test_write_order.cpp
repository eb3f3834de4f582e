// In which order the kernel is written: it may end in the middle, and clients are served all the while.
#include <doctest/doctest.h>

#include "fakes/fake_kernel.hpp"
#include "reconcilers/reconciler.hpp"

TEST_CASE("write order: a member that comes is there before another gets weight 0") {
  using namespace ballast;
  const ServiceKey service{*IpAddress::parse("192.0.2.1"), Protocol::tcp, 80, 0};
  const DestinationKey leaving{service, *IpAddress::parse("10.0.0.1"), 80};
  const DestinationKey coming{service, *IpAddress::parse("10.0.0.2"), 80};
  FakeKernel fake;
  fake.ipvs.services[service] = {"rr", 0, 0, host_granularity(Family::ipv4), ""};
  fake.ipvs.destinations[leaving] = {Forwarding::dr, 1, 0, 0, {}};
  State wanted;
  wanted.services[service] = {fake.ipvs.services[service], {}};
  wanted.destinations[leaving] = {{Forwarding::dr, 0, 0, 0, {}}, {}};
  wanted.destinations[coming] = {{Forwarding::dr, 1, 0, 0, {}}, {}};

  bool served = true;
  fake.ipvs.faults.refuse = [&](const IpvsWrite&) {
    bool somebody = false;
    for (const auto& [key, value] : fake.ipvs.destinations) somebody = somebody || value.weight > 0;
    served = served && somebody;
    return 0;
  };
  Kernel kernel = fake.kernel();
  const auto observed = observe(kernel, wanted, {});
  REQUIRE(observed.has_value());
  const ApplyReport report = apply(make_plan(wanted, *observed, {}), *observed, kernel);
  CHECK(report.done == 2);
  CHECK(served);
  CHECK(fake.ipvs.destinations.at(leaving).weight == 0);
}
