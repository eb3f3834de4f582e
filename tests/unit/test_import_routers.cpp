// keepalived's routers as manifests: tracking, groups, peers, and who is told of what happens.
#include "tests/unit/importing.hpp"

using namespace ballast;
using namespace ballast::testing;
using Lines = std::vector<std::string>;

TEST_CASE("import: VRRP version 3, IPv6, virtual MACs, sync groups, tracking and programs") {
  const auto text = import_text(R"(
global_defs { vrrp_version 3
 vrrp_garp_master_repeat 2
 vrrp_garp_master_refresh 60
 script_user nobody
}
vrrp_script nginx { script "/usr/bin/pgrep nginx"
 interval 2
 weight -5
 fall 2
 rise 3
 init_fail }
vrrp_script shell { script "[ -f /down ] && exit 1 || exit 0" }
vrrp_track_process haproxy { process haproxy
 weight 10 }
track_file maintenance { file /etc/maintenance
 weight 0 }
vrrp_instance A { interface eth0
 virtual_router_id 1
 priority 150
 advert_int 0.25
 nopreempt
 use_vmac
 mcast_src_ip 10.0.0.2
 track_interface { eth1 weight -20
  eth0 }
 track_script { nginx
  shell }
 track_process { haproxy weight 5 }
 track_file { maintenance }
 virtual_ipaddress { 10.0.0.1/24 dev eth0 label eth0:1
  10.0.0.3/24 dev eth1 }
 virtual_ipaddress_excluded { 10.0.0.4/32 }
 notify_master "/bin/up now" root
 notify /bin/any
}
vrrp_instance B { interface eth0
 virtual_router_id 2
 virtual_ipaddress { 2001:db8::1/64 } }
vrrp_sync_group G { group { A
 B } 
 sync_group_tracking_weight
 notify_fault /bin/fault }
)");
  const auto manifest = manifest_of(text);
  REQUIRE(manifest.virtual_routers.size() == 2);
  const auto& a = manifest.virtual_routers[0];
  CHECK(a.version.value == 3);
  CHECK(a.advertisement_interval.value == std::chrono::milliseconds(250));
  CHECK_FALSE(a.preempt);
  CHECK(a.virtual_mac.value);
  CHECK(a.routers[0].source->value.text() == "10.0.0.2");
  REQUIRE(a.addresses.size() == 3);
  CHECK(a.addresses[0].label->value == "eth0:1");
  CHECK(a.addresses[1].interface->value == "eth1");
  CHECK_FALSE(a.addresses[2].advertised.value);
  CHECK(a.announce.count.value == 2);
  CHECK(a.announce.refresh.value == std::chrono::seconds(60));
  CHECK(a.sync_group->value == "G");
  REQUIRE(a.track.size() == 5);
  CHECK(a.track[0].weight.value == -20);
  CHECK(a.track[1].script->argv() == Lines{"/usr/bin/pgrep", "nginx"});
  CHECK(a.track[1].script->user->value == "nobody");
  CHECK(a.track[1].weight.value == -5);
  CHECK(a.track[1].fall.value == 2);
  CHECK(a.track[1].initial.value == InitialState::failed);
  CHECK(a.track[2].script->argv() == Lines{"/bin/sh", "-c", "[ -f /down ] && exit 1 || exit 0"});
  CHECK(a.track[3].process->value == "haproxy");
  CHECK(a.track[3].weight.value == 5);
  CHECK(a.track[4].script->argv().back() == "n=$(cat /etc/maintenance); test \"${n:-0}\" -eq 0");
  CHECK(a.notify->argv().back() ==
        "case \"$BALLAST_ROLE\" in MASTER) /bin/up now;; esac; /bin/any INSTANCE A \"$BALLAST_ROLE\" "
        "\"$BALLAST_PRIORITY\"");
  CHECK(manifest.virtual_routers[1].sync_group->value == "G");
  CHECK(says(text, "track_interface eth0 is the router's own"));
  CHECK(says(text, "programs of vrrp_sync_group G: its instance A has its own"));
}

TEST_CASE("import: what keepalived 2.2.7 makes of scripts and of weights in sync groups") {
  auto text =
      import_text("vrrp_script s { script /bin/echo -0 x\nweight 3 }\nvrrp_script t { script \"killall -0 x\" }\n" +
                  instance("track_script {\ns\nt\n}\ntrack_interface {\neth1 weight -7\n}"));
  auto tracks = manifest_of(text).virtual_routers[0].track;
  REQUIRE(tracks.size() == 3);
  CHECK(tracks[0].weight.value == -7);
  CHECK(tracks[1].script->argv() == Lines{"/bin/echo"});
  CHECK(says(text, "1: repaired by keepalived: script: keepalived drops '-0' and what follows"));
  CHECK(tracks[2].script->argv() == Lines{"/usr/bin/env", "killall", "-0", "x"});
  text = import_text("vrrp_script s { script /bin/echo\nweight 3 }\n" +
                     instance("track_script {\ns\n}\ntrack_interface {\neth1 weight -7\n}") +
                     "vrrp_sync_group G {\ngroup {\nV\n}\n}\n");
  tracks = manifest_of(text).virtual_routers[0].track;
  REQUIRE(tracks.size() == 1);
  CHECK(tracks[0].weight.value == 0);
  CHECK(says(text, "keepalived passes over track_script with a weight there"));
  CHECK(says(text, "keepalived takes weights there as 0"));
}

TEST_CASE("import: unicast needs each other's sources, and peers of no file stand in by address") {
  const auto node = [](int own, int peer, int priority) {
    return instance("unicast_src_ip 10.0.0." + std::to_string(own) + "\nunicast_peer { 10.0.0." + std::to_string(peer) +
                    " }\npriority " + std::to_string(priority));
  };
  const auto two = import_files({{"x", {"a"}}, {"y", {"b"}}}, {{"a", node(2, 3, 150)}, {"b", node(3, 2, 100)}});
  auto manifest = manifest_of(two);
  REQUIRE(manifest.virtual_routers.at(0).routers.size() == 2);
  CHECK(manifest.virtual_routers[0].unicast.value);
  CHECK(manifest.virtual_routers[0].routers[1].source->value.text() == "10.0.0.3");
  const auto one = import_text(node(2, 3, 150));
  manifest = manifest_of(one);
  CHECK(manifest.virtual_routers.at(0).routers.at(1).node.value == "peer-10.0.0.3");
  CHECK(says(one, "unicast_peer 10.0.0.3 is of no imported file"));
}

TEST_CASE("import: addresses of both families are two routers that change roles together") {
  const auto text = import_text(instance("virtual_ipaddress_excluded { 2001:db8::1/64 }"));
  const auto manifest = manifest_of(text);
  REQUIRE(manifest.virtual_routers.size() == 2);
  CHECK(manifest.virtual_routers[1].header.name == "V-ipv6");
  CHECK(manifest.virtual_routers[1].version.value == 3);
  CHECK(manifest.virtual_routers[0].sync_group->value == manifest.virtual_routers[1].sync_group->value);
  CHECK(says(text, "addresses of both families"));
}

TEST_CASE("import: mail, timeouts and static addresses") {
  const auto text = import_text(R"(global_defs {
 notification_email { ops@example.com nonsense
   two@example.com }
 notification_email_from lb@example.com
 smtp_server 192.0.2.25 587
 smtp_connect_timeout 10
 smtp_alert on
 lvs_timeouts tcp 900 tcpfin 30
 default_interface eth3 }
static_ipaddress { 10.9.9.1/24 scope link
 10.9.9.2/24 dev eth1 label eth1:a }
)" + server(""));
  const auto manifest = manifest_of(text);
  REQUIRE(manifest.directors.size() == 1);
  const auto& email = *manifest.directors[0].notify.email;
  CHECK(email.to.size() == 2);
  CHECK(email.server.value == "192.0.2.25:587");
  CHECK(manifest.directors[0].timeouts.size() == 2);
  REQUIRE(manifest.addresses.size() == 2);
  CHECK(manifest.addresses[0].interface.value == "eth3");
  CHECK(manifest.addresses[1].label->value == "eth1:a");
  CHECK(says(text, "'nonsense' is no mail address"));
}

TEST_CASE("import: the connections' synchronisation follows an instance") {
  const auto with = [](const std::string& options) {
    return import_text("global_defs { lvs_sync_daemon eth1" + options + " }\n" + instance("") + server(""));
  };
  const auto text = with(" inst V id 7 maxlen 1000 port 9000 ttl 3 group 239.1.1.1");
  const auto manifest = manifest_of(text);
  REQUIRE(manifest.directors.size() == 1);
  const auto& daemon = *manifest.directors[0].sync_daemon;
  CHECK(daemon.router->value == "V");
  CHECK(daemon.sync_id.value == 7);
  CHECK(text.manifest.find("maxLength: 1024, port: 9000, ttl: 3, group: 239.1.1.1") != std::string::npos);
  CHECK(says(text, "lvs_sync_daemon: maxlen 1000 became 1024"));
  CHECK(manifest_of(with(" V")).directors.at(0).sync_daemon->sync_id.value == 5);
  CHECK(says(with(" V group 10.0.0.9"), "keepalived ignores 'group 10.0.0.9'"));
  CHECK(manifest_of(with(" V group 10.0.0.9")).directors.size() == 1);
  CHECK(says(with(""), "without an instance keepalived runs both daemons"));
  CHECK(says(with(" W"), "there is no vrrp_instance W"));
}

TEST_CASE("import: what mail tells of is told where keepalived's tells of something else") {
  const std::string mail = "global_defs { notification_email { ops@example.com }\n smtp_server 192.0.2.25\n";
  const auto with = [&](const std::string& globals, const std::string& more, const std::string& services) {
    return import_text(mail + globals + "}\n" + instance(more) + services);
  };
  CHECK_FALSE(says(with("", "smtp_alert", ""), "mail tells of"));
  CHECK_FALSE(says(with("", "smtp_alert", server("")), "mail tells of"));
  CHECK(says(with("", "", server("")), "keepalived's tells of members only"));
  CHECK(says(with("smtp_alert on\n", "smtp_alert off", server("")), "keepalived's tells of members only"));
  CHECK(says(with("smtp_alert_checker off\n", "smtp_alert", server("")), "keepalived's tells of roles only"));
  const auto none = with("", "", "");
  CHECK(says(none, "nothing has smtp_alert: keepalived sends no mail"));
  CHECK(manifest_of(none).directors.empty());
}

TEST_CASE("import: programs at members' and quorums' changes are one, told apart by event and member") {
  const auto manifest = manifest_of(import_text(server("quorum_up /bin/good\nquorum_down \"/bin/bad 'x y'\"",
                                                       "real_server 10.0.0.5 80 { weight 1\nnotify_down \"/bin/d 5\" "
                                                       "}\n")));
  CHECK(manifest.virtual_services[0].notify.script->argv().back() ==
        "case \"$BALLAST_EVENT $BALLAST_MEMBER\" in 'member-down 10.0.0.5:'*) /bin/d 5;; 'quorum-gained '*) "
        "/bin/good;; 'quorum-lost '*) /bin/bad 'x y';; esac");
  CHECK(manifest.virtual_services[0].notify.script->user->value == "root");
}

TEST_CASE("import: nothing to carry over is an error, as is a file that is not there") {
  CHECK(
      import_text("global_defs { }\n").remarks ==
      Lines{"error: nothing was found that a manifest could say: no vrrp_instance, virtual_server or static_ipaddress "
            "that keepalived itself would use"});
  CHECK(import_files({{"a", {"gone"}}}, {}).remarks == Lines{"error: cannot read gone: no such file"});
}
