// Random keepalived configurations: the manifest is valid, and wants each real server, weight and VIP of the source.
#include <random>
#include <set>

#include "controller/import/section.hpp"
#include "model/render.hpp"
#include "tests/unit/importing.hpp"

using namespace ballast;
using namespace ballast::testing;

namespace {

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  std::string make() {
    std::string text = maybe("global_defs {\n  router_id lb" + maybe("\n  vrrp_version 3") + "\n}\n");
    const int instances = number(0, 3);
    for (int i = 0; i < instances; ++i) text += instance(i);
    const int services = number(instances == 0 ? 1 : 0, 4);
    for (int i = 0; i < services; ++i) text += service(i);
    return text;
  }

  std::set<std::string> vips;                               ///< "10.0.1.1/24"
  std::set<std::pair<std::string, std::uint32_t>> members;  ///< "tcp 10.1.0.1:80 10.2.0.1:80", weight

 private:
  int number(int least, int most) { return std::uniform_int_distribution<int>(least, most)(random_); }
  bool coin() { return number(0, 1) == 1; }
  std::string maybe(const std::string& text) { return coin() ? text : std::string(); }
  std::string pick(std::initializer_list<const char*> words) {
    return *(words.begin() + number(0, static_cast<int>(words.size()) - 1));
  }

  std::string instance(int i) {
    const std::string n = std::to_string(i);
    std::string text =
        "vrrp_instance VI_" + n + " {\n  state " + pick({"MASTER", "BACKUP"}) + "\n  interface eth" + n +
        "\n  virtual_router_id " + std::to_string(10 + i) + "\n  priority " + std::to_string(number(1, 254)) +
        maybe("\n  advert_int " + pick({"1", "2", "0.5"})) + maybe("\n  nopreempt") + maybe("\n  preempt_delay 7") +
        maybe("\n  authentication {\n  auth_type PASS\n  auth_pass " +
              pick({"1111", "k@l42", "averylongpassword", "\"a b\""}) + "\n  }") +
        maybe("\n  use_vmac") + maybe("\n  garp_master_delay 10") + "\n  virtual_ipaddress {" + maybe(" # VIPs") + "\n";
    const int count = number(1, 4);
    for (int j = 0; j < count; ++j) {
      const std::string vip = "10.0." + std::to_string(i + 1) + "." + std::to_string(j + 1) + "/" + pick({"24", "32"});
      vips.insert(vip);
      text += "    " + vip + maybe(" dev eth" + n) + maybe(" scope global") + "\n";
    }
    return text + "  }\n" + maybe("  track_interface {\n    eth9 weight -10\n  }\n") +
           maybe("  notify \"/bin/n x\"\n") + "}\n";
  }

  std::string service(int i) {
    const bool mark = number(0, 5) == 0;
    const std::string method = pick({"DR", "NAT", "TUN"});
    const std::string protocol = pick({"TCP", "UDP"});
    const int port = number(1, 3) * 100 + i;
    const std::string address = "10.1.0." + std::to_string(i + 1);
    const std::string key = mark ? "fwmark " + std::to_string(i + 1)
                                 : (protocol == "TCP" ? "tcp " : "udp ") + address + ":" + std::to_string(port);
    std::string text = "virtual_server " + (mark ? key : address + " " + std::to_string(port)) + " {\n  lvs_sched " +
                       pick({"rr", "wrr", "lc", "wlc", "sh", "mh"}) + "\n  lvs_method " + method + "\n" +
                       (mark ? "" : "  protocol " + protocol + "\n") + maybe("  persistence_timeout 50\n") +
                       maybe("  delay_loop 6\n") + maybe("  alpha\n") + maybe("  quorum 2\n  hysteresis 1\n") +
                       maybe("  inhibit_on_failure\n") +
                       maybe("  sorry_server 10.9.0.1 " + std::to_string(port) + "\n");
    const std::string checker = pick({"", "TCP_CHECK {\n connect_timeout 3\n connect_port 80\n }", "PING_CHECK {\n }",
                                      "HTTP_GET {\n url {\n path /\n status_code 200\n }\n connect_port 80\n }",
                                      "MISC_CHECK {\n misc_path \"/bin/c x\"\n }"});
    const int count = number(1, 4);
    for (int j = 0; j < count; ++j) {
      const std::string server = "10.2." + std::to_string(i) + "." + std::to_string(j + 1);
      const auto weight = static_cast<std::uint32_t>(number(0, 100));
      const int own = mark ? 0 : method == "NAT" && coin() ? 8080 : port;
      members.emplace(key + " " + server + ":" + std::to_string(own), weight);
      text += "  real_server " + server + (mark ? "" : " " + std::to_string(own)) + " {\n    weight " +
              std::to_string(weight) + "\n    " + checker + "\n  }\n";
    }
    return text + "}\n";
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("import: 200 random configurations lose no real server, no weight and no VIP") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    Generator generator(seed);
    const std::string source = generator.make();
    CAPTURE(seed);
    CAPTURE(source);
    const auto text = import_text(source);
    const Manifest manifest = manifest_of(text);
    Conditions masters;
    for (const auto& router : manifest.virtual_routers) masters.master_of.insert(router.header.name);
    const State state = render(manifest, masters, "a");
    std::set<std::pair<std::string, std::uint32_t>> members;
    for (const auto& [key, entry] : state.destinations) {
      if (key.address.text() == "10.9.0.1") continue;
      members.emplace(key.service.text() + " " + endpoint_text(key.address, key.port), entry.value.weight);
    }
    CHECK(members == generator.members);
    // Addresses on a virtual MAC's device are no part of the state.
    std::set<std::string> vips;
    for (const auto& router : manifest.virtual_routers) {
      for (const auto& address : router.addresses) vips.insert(address.address.value.text());
    }
    CHECK(vips == generator.vips);
    for (const auto& remark : text.imported.remarks) {
      CAPTURE(remark.line());
      CHECK(remark.kind != keepalived::RemarkKind::unknown);
    }
  }
}
