// What `get` says of a kernel: all that is ours, and nothing that apply would refuse.
#include <doctest/doctest.h>

#include "controller/report/observed_manifest.hpp"
#include "controller/report/yaml_text.hpp"
#include "model/manifest.hpp"

namespace {

using namespace ballast;

struct Seen {
  Observation observed;
  Ownership owned;

  void address(const std::string& prefix, const std::string& interface, std::uint8_t protocol) {
    const AddressKey key{interface, *Prefix::parse(prefix)};
    observed.state.addresses.emplace(key, Entry<Address>{Address{}, {}});
    observed.address_facts.emplace(key, AddressFacts{protocol, false, false});
  }
  ServiceKey service(const std::string& text, const std::string& scheduler, const std::string& engine = "") {
    const ServiceKey key = *ServiceKey::parse(text);
    Service value{scheduler, 0, engine.empty() ? 0U : 60U, host_granularity(key.family()), engine};
    observed.state.services.emplace(key, Entry<Service>{value, {}});
    return key;
  }
  void destination(const ServiceKey& service, const std::string& address, std::uint32_t weight) {
    const DestinationKey key{service, *IpAddress::parse(address), 80};
    observed.state.destinations.emplace(key, Entry<Destination>{Destination{Forwarding::dr, weight, 0, 0, {}}, {}});
  }
  [[nodiscard]] ObservedManifest manifest() const { return observed_manifest(observed, owned, "a"); }
};

/// Interface and address of each Address document, and the names of all others.
std::string listed(const ObservedManifest& manifest) {
  std::string text;
  for (const auto& document : manifest.documents) {
    const auto& spec = document.at("spec");
    text += document.at("kind") == "Address"
                ? spec.at("interface").get<std::string>() + " " + spec.at("address").get<std::string>() + "\n"
                : document.at("metadata").at("name").get<std::string>() + "\n";
  }
  return text;
}

std::string omitted(const ObservedManifest& manifest) {
  std::string text;
  for (const std::string& each : manifest.omitted) text += each + "\n";
  return text;
}

/// What apply says of it.
std::string problems(const ObservedManifest& manifest) {
  std::string text;
  for (const Diagnostic& diagnostic : read_and_validate({{"got", yaml_text(manifest.documents)}}).diagnostics) {
    text += diagnostic.text() + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("get: link-local addresses that are Ballast's are its own as any other, the kernel's are not") {
  Seen seen;
  seen.address("169.254.7.1/24", "eth0", address_protocol);
  seen.address("fe80::53/64", "eth0", address_protocol);
  seen.address("fe80::1/64", "eth0", 0);
  seen.address("169.254.9.9/16", "eth0", 0);
  seen.address("fe80::9/128", "lo", 0);
  CHECK(listed(seen.manifest()) == "eth0 169.254.7.1/24\neth0 fe80::53/64\n");
  CHECK(problems(seen.manifest()).empty());
}

TEST_CASE("get: a link-local address of a service is part of it, whoever made it") {
  Seen seen;
  seen.service("tcp [fe80::80]:80", "rr");
  seen.address("fe80::80/64", "eth0", 0);
  seen.address("fe80::1/64", "eth0", 0);
  CHECK(listed(seen.manifest()) == "tcp-fe80-80-80\ntcp-fe80-80-80\neth0 fe80::80/64\n");
}

TEST_CASE("get: what apply would refuse is left out, and said") {
  Seen seen;
  const ServiceKey web = seen.service("tcp 10.0.0.1:80", "rr");
  seen.destination(web, "10.0.1.1", 65535);
  seen.destination(web, "10.0.1.2", 65536);
  seen.service("tcp 10.0.0.2:80", "none");
  seen.service("tcp 10.0.0.3:80", "twos");
  seen.service("tcp 10.0.0.4:5060", "rr", "sip");
  seen.service("udp 10.0.0.4:5060", "rr", "sip");
  const ObservedManifest manifest = seen.manifest();
  CHECK(omitted(manifest) ==
        "destination 10.0.1.2:80 of tcp 10.0.0.1:80: weight 65536\n"
        "service tcp 10.0.0.2:80: scheduler 'none'\n"
        "service tcp 10.0.0.3:80: scheduler 'twos'\n"
        "service tcp 10.0.0.4:5060: persistence engine 'sip' of TCP\n");
  CHECK(listed(manifest) == "tcp-10-0-0-1-80\ntcp-10-0-0-1-80\nudp-10-0-0-4-5060\nudp-10-0-0-4-5060\n");
  CHECK(problems(manifest).empty());
}
