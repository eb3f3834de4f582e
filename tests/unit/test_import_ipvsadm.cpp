// Rules of `ipvsadm -Sn` as a manifest that wants the same table.
#include <doctest/doctest.h>

#include "controller/import/ipvsadm_rules.hpp"
#include "controller/report/observed_manifest.hpp"
#include "controller/report/yaml_text.hpp"
#include "model/render.hpp"
#include "tests/unit/manifest_text.hpp"

using namespace ballast;

namespace {

const std::string rules_of_all_kinds = R"(-A -t 10.0.0.1:80 -s wrr -p 300 -M 255.255.255.0
-a -t 10.0.0.1:80 -r 10.0.0.11:80 -g -w 3
-a -t 10.0.0.1:80 -r 10.0.0.12:80 -g -w 0
-A -t 10.0.0.1:0 -s rr -p 360
-a -t 10.0.0.1:0 -r 10.0.0.11:0 -g -w 1
-A -u 10.0.0.1:53 -s mh -b mh-fallback,mh-port -o
-a -u 10.0.0.1:53 -r 10.0.0.11:5353 -m -w 1 -x 20 -y 10
-A -u 10.0.0.1:5060 -s rr -p 60 --pe sip
-A --sctp-service 10.0.0.1:99 -s sh -b sh-port
-a --sctp-service 10.0.0.1:99 -r 10.0.0.11:99 -i -w 1
-a --sctp-service 10.0.0.1:99 -r 10.0.0.12:99 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum
-a --sctp-service 10.0.0.1:99 -r 10.0.0.13:99 -i -w 1 --tun-type gre
-A -t [2001:db8::1]:80 -s nq -p 60 -M 64
-a -t [2001:db8::1]:80 -r [2001:db8::11]:80 -g -w 1
-A -f 7 -s sed
-a -f 7 -r 10.0.0.11:0 -g -w 1
-A -f 8 -6 -s lc
-a -f 8 -6 -r [2001:db8::11]:0 -g -w 1
)";

std::vector<std::string> mistakes(const std::string& text) {
  return testing::texts_of(parse_ipvsadm_rules(text, "r").diagnostics);
}
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("import ipvsadm: the manifest wants the table that the rules make") {
  IpvsRules rules = parse_ipvsadm_rules(rules_of_all_kinds, "r");
  REQUIRE(testing::texts_of(rules.diagnostics).empty());
  CHECK(rules.state.services.size() == 8);
  CHECK(rules.state.destinations.size() == 10);
  Observation observation;
  observation.state = rules.state;
  const auto observed = observed_manifest(observation, {}, "a");
  CHECK(observed.omitted.empty());
  const auto outcome = read_and_validate({{"m", yaml_text(observed.documents)}});
  REQUIRE(testing::texts_of(outcome.diagnostics).empty());
  const State wanted = render(outcome.manifest, {}, "a");
  REQUIRE(wanted.services.size() == rules.state.services.size());
  for (const auto& [key, entry] : rules.state.services) {
    CAPTURE(key.text());
    REQUIRE(wanted.services.contains(key));
    Service there = wanted.services.at(key).value;
    Service here = entry.value;
    normalise(key, there);
    normalise(key, here);
    CHECK(there == here);
  }
  REQUIRE(wanted.destinations.size() == rules.state.destinations.size());
  for (const auto& [key, entry] : rules.state.destinations) {
    REQUIRE(wanted.destinations.contains(key));
    CHECK(wanted.destinations.at(key).value == entry.value);
  }
}

TEST_CASE("import ipvsadm: rules as people write them") {
  const auto rules = parse_ipvsadm_rules(
      "# by hand\nipvsadm -C\n/sbin/ipvsadm -A -t 10.0.0.1:80 -p\nipvsadm --add-server --tcp-service=10.0.0.1:80 "
      "--real-server 10.0.0.5 --masquerading --weight=7\n-a -t 10.0.0.1:80 -r 10.0.0.6\n",
      "r");
  REQUIRE(rules.diagnostics.empty());
  const auto& [key, service] = *rules.state.services.begin();
  CHECK(service.value.scheduler == "wlc");
  CHECK(service.value.persistence_seconds == 300);
  const auto nat = rules.state.destinations.at({key, *IpAddress::parse("10.0.0.5"), 80});
  CHECK(nat.value.forwarding == Forwarding::nat);
  CHECK(nat.value.weight == 7);
  CHECK(rules.state.destinations.at({key, *IpAddress::parse("10.0.0.6"), 80}).value.forwarding == Forwarding::dr);
}

TEST_CASE("import ipvsadm: what is no rule is told with its line") {
  CHECK(mistakes("-A -t web:http -s rr") ==
        Lines{"r:1:1: 'web:http' is no address and port; save the rules with ipvsadm -Sn"});
  CHECK(mistakes("\n-a -t 10.0.0.1:80 -r 10.0.0.2:80") ==
        Lines{"r:2:1: tcp 10.0.0.1:80 is not added before its destinations"});
  CHECK(mistakes("-A -t 10.0.0.1:80 -q") == Lines{"r:1:1: '-q' is no option of ipvsadm -A and -a"});
  CHECK(mistakes("-A -t") == Lines{"r:1:1: -t has no value"});
  CHECK(mistakes("-A -t 10.0.0.1:80\n-A -t 10.0.0.1:80") == Lines{"r:2:1: tcp 10.0.0.1:80 is added twice"});
  CHECK(mistakes("hello") == Lines{"r:1:1: 'hello' is no option of ipvsadm -A and -a"});
  CHECK(mistakes("-A -t 10.0.0.1:80 -p 0") == Lines{"r:1:1: -p 0 is not a number 1..2678400"});
}
