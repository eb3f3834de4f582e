// What apply and diff say of a plan, and of what became of it.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "controller/report/apply_text.hpp"
#include "controller/report/plan_text.hpp"

namespace {

using namespace ballast;

const Source file{intern("web.yaml"), intern("VirtualService/web")};
const Origin line_18{&file, 18, 5};
const ServiceKey web = *ServiceKey::parse("tcp 192.0.2.1:80");
const ServiceKey old = *ServiceKey::parse("tcp 192.0.2.9:80");

DestinationKey member(const ServiceKey& service, const std::string& address) {
  return {service, *IpAddress::parse(address), 80};
}

Destination of_weight(std::uint32_t weight) {
  return {Forwarding::dr, weight, 0, 0, {}};
}

/// A service that comes with two members, one that goes, an address, and a member that drains.
Convergence work() {
  Convergence work;
  const Service rr{"rr", 0, 0, host_granularity(Family::ipv4), ""};
  work.plan.services.push_back({Verb::add, web, std::nullopt, rr, line_18});
  work.plan.services.push_back({Verb::remove, old, rr, std::nullopt, {}, false});
  work.before.state.destinations.emplace(member(old, "10.0.0.9"), Entry<Destination>{of_weight(1), {}});
  for (const char* address : {"10.0.0.1", "10.0.0.2"}) {
    work.plan.destinations.push_back({Verb::add, member(web, address), std::nullopt, of_weight(1), line_18});
  }
  work.plan.destinations.push_back({Verb::update, member(web, "10.0.0.3"), of_weight(1), of_weight(0), {}});
  const AddressKey vip{"eth0", *Prefix::parse("192.0.2.1/24")};
  work.plan.addresses.push_back({Verb::add, vip, std::nullopt, Address{}, line_18});
  work.drains.emplace(member(web, "10.0.0.3"), BootTime{1});
  work.report.writes = 3;
  work.report.done = 3;
  work.applied = Milliseconds(1.25);
  return work;
}

const std::vector<Failure> failures = {{Kind::service, "tcp 192.0.2.9:80", "remove service: no", 1},
                                       {Kind::destination, "10.0.0.2:80 of tcp 192.0.2.1:80", "add destination: no", 1},
                                       {Kind::address, "192.0.2.1/24 on eth0", "add address: no", 19}};

const Ownership owned{{}, {}, {web, old}, {}, {}, {}, {}};

const NodeState node{"a", {}, {}, {"VirtualRouter web: its VIPs are not held here"}};

const std::string note =
    "1 member leaves at weight 0 until the connections have ended or the pool's drain time is over; `ballast run` "
    "removes them then, or the next `ballast apply`";

}  // namespace

TEST_CASE("apply: a change that failed is marked, and the last line counts them") {
  Convergence result = work();
  result.report.failures = failures;
  CHECK(apply_text(node, result, owned, Palette(false)) ==
        "  + service tcp 192.0.2.1:80 (web): rr                                  web.yaml:18\n"
        "      + destination 10.0.0.1:80: DR, weight 1                           web.yaml:18\n"
        "      x destination 10.0.0.2:80: DR, weight 1                           web.yaml:18\n"
        "      ~ destination 10.0.0.3:80: weight: 1 -> 0                         drains: no manifest wants it"
        "  0 active, 0 inactive connections\n"
        "  x service tcp 192.0.2.9:80: rr                                        no manifest wants it\n"
        "      x destination 10.0.0.9:80: DR, weight 1                           no manifest wants it"
        "  0 active, 0 inactive connections\n"
        "  x address 192.0.2.1/24 on eth0                                        web.yaml:18\n"
        "note: VirtualRouter web: its VIPs are not held here\n"
        "note: " +
            note +
            "\n\n"
            "node a: 4 to add, 1 to change, 1 to remove in 3 kernel writes, 1.2 ms; 3 of 6 failed, marked x\n");
}

TEST_CASE("apply: JSON says what the text says: notes, reasons and failures") {
  Convergence result = work();
  result.report.failures = failures;
  const auto whole = nlohmann::json::parse(apply_json(node, result, owned));
  CHECK(whole.at("notes") == nlohmann::json{node.notes.front(), note});
  CHECK(whole.at("failures").size() == 3);
  CHECK(whole.at("writes") == 3);
  std::string reasons;
  for (const auto& change : whole.at("changes")) {
    reasons += change.at("object").get<std::string>() + ": " + change.value("why", change.value("manifest", "")) + "\n";
  }
  CHECK(reasons ==
        "tcp 192.0.2.1:80: web.yaml:18:5\n"
        "tcp 192.0.2.9:80: no manifest wants it\n"
        "10.0.0.9:80 of tcp 192.0.2.9:80: no manifest wants it\n"
        "10.0.0.1:80 of tcp 192.0.2.1:80: web.yaml:18:5\n"
        "10.0.0.2:80 of tcp 192.0.2.1:80: web.yaml:18:5\n"
        "10.0.0.3:80 of tcp 192.0.2.1:80: drains: no manifest wants it\n"
        "192.0.2.1/24 on eth0: web.yaml:18:5\n");
  Prospect prospect;
  prospect.plan = result.plan;
  prospect.drains = result.drains;
  CHECK(nlohmann::json::parse(diff_json(node, prospect)).at("notes") == whole.at("notes"));
}

TEST_CASE("apply: what failed is no change for the log") {
  const Convergence result = work();
  std::string text;
  for (const std::string& line : plan_lines(carried_out(result.plan, failures), 10)) text += line + "\n";
  CHECK(text ==
        "+ service tcp 192.0.2.1:80: rr (web.yaml:18)\n"
        "+ destination 10.0.0.1:80 of tcp 192.0.2.1:80: DR, weight 1 (web.yaml:18)\n"
        "~ destination 10.0.0.3:80 of tcp 192.0.2.1:80: weight: 1 -> 0 (drains: no manifest wants it)\n");
}

TEST_CASE("apply: what somebody else had made and is wanted is told once, by text and JSON") {
  Convergence result;
  const Service rr{"rr", 0, 0, host_granularity(Family::ipv4), ""};
  const AddressKey vip{"eth0", *Prefix::parse("192.0.2.1/24")};
  const AddressKey marked{"eth0", *Prefix::parse("192.0.2.2/24")};
  for (const ServiceKey& key : {web, old}) {
    result.wanted.services.emplace(key, Entry<Service>{rr, {}});
    result.before.state.services.emplace(key, Entry<Service>{rr, {}});
  }
  for (const AddressKey& key : {vip, marked}) {
    result.wanted.addresses.emplace(key, Entry<Address>{});
    result.before.state.addresses.emplace(key, Entry<Address>{});
  }
  result.before.address_facts.emplace(vip, AddressFacts{});
  result.before.address_facts.emplace(marked, AddressFacts{address_protocol, false, false});
  Ownership before;
  before.services.insert(old);
  const std::vector<std::string> expected = {"service tcp 192.0.2.1:80", "address 192.0.2.1/24 on eth0"};
  CHECK(adopted(result.wanted, result.before, before) == expected);
  CHECK(apply_text({"a", result.wanted, {}, {}}, result, before, Palette(false)) ==
        "takes over, as the manifest wants it and somebody else made it:\n"
        "    service tcp 192.0.2.1:80\n"
        "    address 192.0.2.1/24 on eth0\n\n"
        "node a: nothing to do, the kernel has all that the manifest wants (2 services, 2 addresses)\n");
  CHECK(nlohmann::json::parse(apply_json(node, result, before)).at("takenOver") == nlohmann::json(expected));
  const Ownership after = take_ownership(before, result.wanted, result.before);
  CHECK(adopted(result.wanted, result.before, after).empty());
}
