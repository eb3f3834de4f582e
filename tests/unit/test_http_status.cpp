// What `ballast status` prints, and the JSON that it is made from.
#include <doctest/doctest.h>

#include "controller/http/node_status.hpp"
#include "controller/report/status_text.hpp"

using namespace ballast;
using namespace std::chrono_literals;
using http::NodeStatus;
using http::RouterStatus;

namespace {

constexpr std::chrono::sys_time<std::chrono::milliseconds> noon =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 12h;

RouterStatus web() {
  RouterStatus router;
  router.name = "web";
  router.role = "MASTER";
  router.priority = 100;
  router.base_priority = 100;
  router.interface = "eth0";
  router.virtual_router_id = 41;
  router.since = noon - 3min - 12s;
  router.reason = "no MASTER was heard for 3.6 s";
  router.addresses = {"192.0.2.1/24 on eth0", "2001:db8::1/64 on eth0"};
  router.advertisements_sent = 192;
  return router;
}

RouterStatus database() {
  RouterStatus router;
  router.name = "database";
  router.role = "BACKUP";
  router.priority = 80;
  router.base_priority = 100;
  router.interface = "eth1";
  router.virtual_router_id = 42;
  router.protocol_version = 2;
  router.since = noon - 5h - 3min;
  router.reason = "started";
  router.master = http::MasterSeen{"192.0.2.9", 150};
  router.addresses = {"192.0.2.65/26 on eth1"};
  router.advertisements_received = 18180;
  router.refusals = {{"checksum", 3}, {"ttl", 0}, {"vips", 12}};
  return router;
}

NodeStatus node(std::vector<RouterStatus> routers) {
  NodeStatus status{"lvs-128", "0.1.0", false, true, "", std::move(routers), {}, {}, {}};
  status.manifest.revision = "0123456789ab";
  return status;
}

std::string text_of(const NodeStatus& status) {
  return status_text(status, noon, Palette(false));
}

}  // namespace

TEST_CASE("status: all is well") {
  RouterStatus quiet = database();
  quiet.refusals.clear();
  const NodeStatus status = node({web(), quiet});
  CHECK(text_of(status) ==
        "node lvs-128: ready  (ballast 0.1.0)\n"
        "\n"
        "ROUTER    ROLE    PRIORITY   SINCE  MASTER           VIPS\n"
        "web       MASTER  100        3m12s  this node        192.0.2.1/24 on eth0\n"
        "                                                     2001:db8::1/64 on eth0\n"
        "database  BACKUP  80 of 100  5h03m  192.0.2.9 (150)  192.0.2.65/26 on eth1\n");
  CHECK(status.ready());
}

TEST_CASE("status: what is wrong stands in the headline and beneath its router") {
  RouterStatus mail = web();
  mail.name = "mail";
  mail.role = "FAULT";
  mail.since = noon - 12s;
  mail.reason = "interface eth0 is down";
  RouterStatus disputed = database();
  disputed.conflict = "192.0.2.77 sends other addresses on VRID 42";
  const NodeStatus status = node({mail, disputed});
  CHECK(text_of(status) ==
        "node lvs-128: NOT READY, 2 of 2 routers not ready  (ballast 0.1.0)\n"
        "\n"
        "ROUTER    ROLE    PRIORITY   SINCE  MASTER           VIPS\n"
        "mail      FAULT   100        12s    none seen        192.0.2.1/24 on eth0\n"
        "                                                     2001:db8::1/64 on eth0\n"
        "  ! interface eth0 is down\n"
        "database  BACKUP  80 of 100  5h03m  192.0.2.9 (150)  192.0.2.65/26 on eth1\n"
        "  ! conflict: 192.0.2.77 sends other addresses on VRID 42\n"
        "  ! advertisements refused: checksum 3, vips 12\n");
  CHECK_FALSE(status.ready());
}

TEST_CASE("status: a MASTER that cannot advertise is not ready") {
  RouterStatus mute = web();
  CHECK(mute.ready());
  mute.trouble = "cannot advertise: operation not permitted (EPERM)";
  CHECK_FALSE(mute.ready());
  CHECK(text_of(node({mute})).find("\n  ! cannot advertise: operation not permitted (EPERM)\n") != std::string::npos);
}

TEST_CASE("status: maintenance and ineligibility are the headline, and not ready") {
  NodeStatus status = node({});
  status.eligible = false;
  status.reason = "the first reconcile is not complete";
  CHECK(text_of(status) ==
        "node lvs-128: NOT ELIGIBLE, stands for no election: the first reconcile is not complete  (ballast 0.1.0)\n"
        "no VirtualRouter or VirtualService of the manifest is this node's\n");
  CHECK_FALSE(status.ready());
  status.eligible = true;
  status.maintenance = true;
  CHECK(text_of(status) ==
        "node lvs-128: MAINTENANCE, holds no VIPs until `ballast maintenance off`  (ballast 0.1.0)\n"
        "no VirtualRouter or VirtualService of the manifest is this node's\n");
  CHECK_FALSE(status.ready());
  status.maintenance = false;
  CHECK(status.ready());
}

TEST_CASE("status: a router that waits in INIT is not ready") {
  RouterStatus router = web();
  router.role = "INIT";
  CHECK_FALSE(node({router}).ready());
}

TEST_CASE("status: of a thousand VIPs five are shown") {
  RouterStatus router = web();
  router.addresses.assign(1000, "192.0.2.1/32 on eth0");
  const std::string margin(43, ' ');
  CHECK(text_of(node({router})) ==
        "node lvs-128: ready  (ballast 0.1.0)\n\n"
        "ROUTER  ROLE    PRIORITY  SINCE  MASTER     VIPS\n"
        "web     MASTER  100       3m12s  this node  192.0.2.1/32 on eth0\n" +
            margin + " 192.0.2.1/32 on eth0\n" + margin + " 192.0.2.1/32 on eth0\n" + margin +
            " 192.0.2.1/32 on eth0\n" + margin + " 192.0.2.1/32 on eth0\n" + margin + " and 995 more\n");
}

TEST_CASE("status: colour marks roles without moving the columns") {
  CHECK(status_text(node({web()}), noon, Palette(true)) ==
        "node lvs-128: \033[32mready\033[0m\033[2m  (ballast 0.1.0)\033[0m\n"
        "\n"
        "ROUTER  ROLE    PRIORITY  SINCE  MASTER     VIPS\n"
        "web     \033[32mMASTER\033[0m  100       3m12s  this node  192.0.2.1/24 on eth0\n" +
            std::string(44, ' ') + "2001:db8::1/64 on eth0\n");
}

TEST_CASE("status: ages are read at a glance") {
  CHECK(age_text(0s) == "0s");
  CHECK(age_text(59s) == "59s");
  CHECK(age_text(60s) == "1m00s");
  CHECK(age_text(3min + 12s) == "3m12s");
  CHECK(age_text(5h + 3min) == "5h03m");
  CHECK(age_text(24h * 12 + 4h + 59min) == "12d4h");
  CHECK(age_text(-5s) == "0s");
}

TEST_CASE("status: the JSON says all, and is read back as it was") {
  RouterStatus disputed = database();
  disputed.conflict = "192.0.2.77 sends other addresses on VRID 42";
  disputed.trouble = "cannot advertise: operation not permitted (EPERM)";
  disputed.since = noon + 250ms;
  const NodeStatus status = node({web(), disputed});
  const std::string json = http::status_json(status);
  CHECK(json.find(R"("since": "2026-11-21T12:00:00.250Z")") != std::string::npos);
  CHECK(json.find(R"("master": null)") != std::string::npos);
  CHECK(json.find(R"("refusals": {
        "checksum": 3,
        "ttl": 0,
        "vips": 12
      })") != std::string::npos);
  const auto read = http::read_status(json);
  REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().text));
  CHECK((*read == status));
}

TEST_CASE("status: bytes that are no UTF-8 do not break the JSON") {
  RouterStatus router = web();
  router.interface = "eth\xff";
  const auto read = http::read_status(http::status_json(node({router})));
  REQUIRE(read.has_value());
  CHECK(read->routers.front().interface == "eth\xef\xbf\xbd");
}

TEST_CASE("status: what a newer controller adds is ignored; what no controller says is an error") {
  std::string json = http::status_json(node({web()}));
  json.replace(0, 1, R"({"moods": [1, 2],)");
  CHECK(http::read_status(json).has_value());
  const auto error_of = [](const std::string& text) {
    const auto read = http::read_status(text);
    return read ? std::string("no error") : read.error().text;
  };
  CHECK(error_of("").starts_with("the controller's status is not understood: "));
  CHECK(error_of("[]").starts_with("the controller's status is not understood: "));
  CHECK(error_of(R"({"node": 7})").starts_with("the controller's status is not understood: "));
  for (const std::string wrong : {"2026-13-21T12:00:00Z", "2026-11-21T12:00:00", "2026-11-21T25:00:00Z", "noon"}) {
    std::string text = http::status_json(node({web()}));
    const auto at = text.find("2026-");
    text.replace(at, text.find('"', at) - at, wrong);
    CHECK(error_of(text).find("'" + wrong + "' is no time") != std::string::npos);
  }
}

TEST_CASE("status: suspended, with what waits and since when") {
  NodeStatus status = node({web()});
  status.suspended = http::SuspensionStatus{noon - 5min - 12s, "new switch", 2, {"~ sysctl a: 1 -> 0", "+ address b"}};
  CHECK_FALSE(status.ready());
  const std::string text = text_of(status);
  CHECK(text.find("NOT READY, applying is suspended") != std::string::npos);
  CHECK(text.find("! suspended 5m12s ago, new switch: 2 changes are not applied until `ballast resume`\n"
                  "    ~ sysctl a: 1 -> 0\n    + address b\n") != std::string::npos);
  CHECK(http::read_status(http::status_json(status)).value() == status);

  status.suspended = http::SuspensionStatus{noon - 3s, "", 0, {}};
  CHECK(text_of(status).find("! suspended 3s ago: no change is waiting, none is applied until `ballast resume`\n") !=
        std::string::npos);
}

TEST_CASE("status: what others changed and made stands below, and checks that cannot be made above") {
  NodeStatus status = node({web()});
  status.impeded_checks = http::ImpededChecks{4, "too many open files", 72};
  status.drift.repaired = {{"address", 3}, {"destination", 9}};
  for (int i = 0; i < 7; ++i) {
    status.drift.objects.push_back(
        {"destination", "10.0.0." + std::to_string(i) + ":80 of tcp 192.0.2.1:80", "weight: 7 -> 3", 1, noon - 12s});
  }
  status.drift.objects[0].times = 5;
  for (int i = 0; i < 6; ++i) status.foreign.first.push_back({"service tcp 192.0.2.9:" + std::to_string(i), ""});
  status.foreign.first[0].detail = "2 destinations";
  status.foreign.total = 9;
  CHECK(text_of(status) ==
        "node lvs-128: ready  (ballast 0.1.0)\n"
        "! 4 checks cannot be made on this node for 1m12s, their members stay as they are: too many open files\n"
        "\n"
        "ROUTER  ROLE    PRIORITY  SINCE  MASTER     VIPS\n"
        "web     MASTER  100       3m12s  this node  192.0.2.1/24 on eth0\n" +
            std::string(44, ' ') +
            "2001:db8::1/64 on eth0\n"
            "\n"
            "changed by others and put back: 12 times since the start (address 3, destination 9)\n"
            "      12s ago  destination 10.0.0.0:80 of tcp 192.0.2.1:80: weight: 7 -> 3 (5 times)\n"
            "      12s ago  destination 10.0.0.1:80 of tcp 192.0.2.1:80: weight: 7 -> 3\n"
            "      12s ago  destination 10.0.0.2:80 of tcp 192.0.2.1:80: weight: 7 -> 3\n"
            "      12s ago  destination 10.0.0.3:80 of tcp 192.0.2.1:80: weight: 7 -> 3\n"
            "      12s ago  destination 10.0.0.4:80 of tcp 192.0.2.1:80: weight: 7 -> 3\n"
            "  `ballast events` has more\n"
            "\n"
            "made by others and left alone: 9 objects\n"
            "  service tcp 192.0.2.9:0 (2 destinations)\n"
            "  service tcp 192.0.2.9:1\n"
            "  service tcp 192.0.2.9:2\n"
            "  service tcp 192.0.2.9:3\n"
            "  service tcp 192.0.2.9:4\n"
            "  and 4 more; -o json has them\n");
  const auto read = http::read_status(http::status_json(status));
  REQUIRE_MESSAGE(read.has_value(), (read ? "" : read.error().text));
  CHECK((*read == status));
}

TEST_CASE("status: very many troubles are counted, and hide nothing below them") {
  NodeStatus status = node({web()});
  for (int i = 0; i < 1000; ++i) {
    const std::string text = "add service tcp 192.0.2.1:" + std::to_string(i) + ": no such scheduler (web.yaml:18)";
    status.problems.push_back(text);
    status.missing.first.push_back({"service", "tcp 192.0.2.1:" + std::to_string(i), "add", text, "web.yaml:18:5"});
  }
  status.missing.total = 5000;
  status.manifest.refused = "ba9876543210";
  for (int i = 0; i < 30; ++i) status.manifest.error += (i == 0 ? "" : "\n") + std::string("web.yaml:3:7: no");
  const std::string text = text_of(status);
  CHECK(text.find("and 20 more; `ballast validate` shows them\n") != std::string::npos);
  CHECK(text.find("! add service tcp 192.0.2.1:19: no such scheduler (web.yaml:18)\n! and 4,980 more; -o json has "
                  "them\n") != std::string::npos);
  CHECK(text.find("ROUTER") < 3000);
  const auto read = http::read_status(http::status_json(status));
  REQUIRE(read.has_value());
  CHECK((*read == status));
}

TEST_CASE("status: a manifest that was handed over, waits to be confirmed, or was rolled back") {
  NodeStatus status = node({});
  status.manifest.revision = "0123456789ab";
  status.manifest.handed = true;
  status.manifest.confirm_until = noon + 42500ms;
  status.manifest.rolled_back = "ba9876543210";
  status.manifest.rolled_back_reason = "not confirmed within 60 s";
  const auto read = http::read_status(http::status_json(status));
  REQUIRE(read.has_value());
  CHECK(*read == status);
  const std::string text = text_of(status);
  CHECK(text.find("manifest 0123456789ab was handed over by `ballast apply`") != std::string::npos);
  CHECK(text.find("! manifest 0123456789ab is rolled back in 43s unless `ballast confirm` comes\n") !=
        std::string::npos);
  CHECK(text.find("! manifest ba9876543210 was rolled back: not confirmed within 60 s\n") != std::string::npos);
  CHECK(status.ready());
}
