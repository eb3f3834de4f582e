// Synchronisation daemons: one of each role, what they run with, and the errno of what cannot be.
#include <cerrno>

#include "contract/world.hpp"

namespace ballast::contract {
namespace {

SyncDaemon plain_daemon(const std::string& interface = "d0") {
  return {interface, 51, *IpAddress::parse("224.0.0.81"), 8848, 1, 0};
}

}  // namespace

TEST_SUITE_BEGIN("ipvs");

TEST_CASE_FIXTURE(Case, "daemons: a master and a backup run beside each other, one of each") {
  CHECK(daemons().empty());
  CHECK(start(DaemonRole::backup, plain_daemon()) == 0);
  CHECK(daemons() == "backup d0 id 51 to 224.0.0.81 port 8848 ttl 1 length 1472\n");
  CHECK(start(DaemonRole::master, {"d1.5", 0, *IpAddress::parse("239.1.2.3"), 9000, 5, 1100}) == 0);
  CHECK(daemons() ==
        "master d1.5 id 0 to 239.1.2.3 port 9000 ttl 5 length 1100\n"
        "backup d0 id 51 to 224.0.0.81 port 8848 ttl 1 length 1472\n");
  CHECK(start(DaemonRole::backup, plain_daemon("d1.5")) == EEXIST);
  CHECK(start(DaemonRole::master, plain_daemon()) == EEXIST);
  CHECK(stop(DaemonRole::backup) == 0);
  CHECK(daemons() == "master d1.5 id 0 to 239.1.2.3 port 9000 ttl 5 length 1100\n");
  CHECK(stop(DaemonRole::backup) == ESRCH);
  CHECK(stop(DaemonRole::master) == 0);
  CHECK(daemons().empty());
}

TEST_CASE_FIXTURE(Case, "daemons: a change is a stop and a start in one batch") {
  CHECK(start(DaemonRole::master, plain_daemon()) == 0);
  SyncDaemon other = plain_daemon("d1.5");
  other.sync_id = 255;
  const std::vector<IpvsWrite> writes{DaemonWrite{Verb::remove, DaemonRole::master, nullptr},
                                      DaemonWrite{Verb::add, DaemonRole::master, &other}};
  CHECK(kernel.ipvs.write(writes) == std::vector<int>{0, 0});
  CHECK(daemons() == "master d1.5 id 255 to 224.0.0.81 port 8848 ttl 1 length 1472\n");
}

TEST_CASE_FIXTURE(Case, "daemons: a group of IPv6") {
  SyncDaemon daemon = plain_daemon();
  daemon.group = *IpAddress::parse("ff02::51");
  CHECK(start(DaemonRole::backup, daemon) == 0);
  CHECK(daemons() == "backup d0 id 51 to ff02::51 port 8848 ttl 1 length 1452\n");
}

TEST_CASE_FIXTURE(Case, "daemons: those that run are read whichever services are asked for") {
  CHECK(start(DaemonRole::master, plain_daemon()) == 0);
  const auto part = kernel.ipvs.dump(std::span<const ServiceKey>{});
  REQUIRE(part.has_value());
  REQUIRE(part->daemons.size() == 1);
  CHECK(part->daemons[0].role == DaemonRole::master);
}

TEST_CASE_FIXTURE(Case, "daemons: errno of what cannot be") {
  CHECK(start(DaemonRole::master, plain_daemon("nonesuch")) == ENODEV);
  SyncDaemon unicast = plain_daemon();
  unicast.group = *IpAddress::parse("192.0.2.1");
  CHECK(start(DaemonRole::backup, unicast) == EINVAL);
  CHECK(daemons().empty());
}

TEST_CASE_FIXTURE(Case, "daemons: none beside destinations of another family than their service's") {
  const ServiceKey web = service_key("tcp 192.0.2.1:80");
  const DestinationKey other = destination_key(web, "2001:db8::11", 80);
  const Destination tunnel{Forwarding::tun, 1, 0, 0, {}};
  CHECK(add(web, plain(web)) == 0);
  CHECK(add(other, tunnel) == 0);
  CHECK(start(DaemonRole::backup, plain_daemon()) == EINVAL);
  CHECK(remove(other) == 0);
  CHECK(start(DaemonRole::backup, plain_daemon()) == 0);
  CHECK(add(other, tunnel) == EINVAL);
}

TEST_CASE_FIXTURE(Case, "daemons: ipvsadm and the driver agree") {
  if (!world()->is_real()) return;
  CHECK(start(DaemonRole::master, {"d0", 51, *IpAddress::parse("239.1.2.3"), 9000, 5, 1100}) == 0);
  CHECK(world()->run("ipvsadm -l --daemon") ==
        "master sync daemon (mcast=d0, syncid=51, maxlen=1100, group=239.1.2.3, port=9000, ttl=5)\n");
  CHECK(world()->run("exec 2>&1; ipvsadm --start-daemon backup --mcast-interface d1.5 --syncid 7") == "");
  CHECK(daemons() ==
        "master d0 id 51 to 239.1.2.3 port 9000 ttl 5 length 1100\n"
        "backup d1.5 id 7 to 224.0.0.81 port 8848 ttl 1 length 1472\n");
}

TEST_SUITE_END();

}  // namespace ballast::contract
