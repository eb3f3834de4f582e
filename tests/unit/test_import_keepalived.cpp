// keepalived configurations as manifests: the whole text of usual ones, and the remarks of those that say more.
#include "controller/import/keywords.hpp"
#include "model/render.hpp"
#include "tests/unit/importing.hpp"

using namespace ballast;
using namespace ballast::testing;
using Lines = std::vector<std::string>;

namespace {

const std::string two_nginx = R"(! two nginx behind one address
global_defs {
   router_id LVS_128
}
vrrp_instance VI_1 {
    state MASTER
    interface ens33
    virtual_router_id 41
    priority 100
    advert_int 1
    authentication {
        auth_type PASS
        auth_pass 1111
    }
    virtual_ipaddress {
        192.168.197.120/24
    }
}
virtual_server 192.168.197.120 80 {
    delay_loop 6
    lb_algo wrr
    lb_kind DR
    persistence_timeout 5
    protocol TCP
    real_server 192.168.197.130 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 2
            retry 2
            delay_before_retry 3
            connect_port 80
        }
    }
    real_server 192.168.197.131 80 {
        weight 1
        TCP_CHECK {
            connect_timeout 2
            retry 2
            delay_before_retry 3
            connect_port 80
        }
    }
}
)";

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  REQUIRE(at != std::string::npos);
  return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("import: a usual configuration is the manifest that an operator would write") {
  const auto text = import_text(two_nginx);
  CHECK(text.manifest == R"(# k:5
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: VI_1}
spec:
  virtualRouterId: 41
  interface: ens33
  version: 2
  addresses: [192.168.197.120/24]
  routers:
    - {node: a, priority: 100}  # k:5
  authentication: {type: PASS, password: "1111"}
---
# k:19
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: tcp-192-168-197-120-80}
spec:
  address: 192.168.197.120
  port: 80
  scheduler: wrr
  forwarding: DR
  persistence: {timeout: 5s}
  pool: tcp-192-168-197-120-80
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: tcp-192-168-197-120-80}
spec:
  members:
    - {address: 192.168.197.130, weight: 1}  # k:25
    - {address: 192.168.197.131, weight: 1}  # k:34
  checks:
    - # k:25
      tcp: {timeout: 2s}
      interval: 6s
      retries: 2
      retryDelay: 3s
  assumeUp: true
)");
  CHECK(text.remarks == Lines{"3: not needed: router_id: the node's name in the manifest stands in mail and status"});
  CHECK(text.imported.is_complete());
  CHECK(text.imported.notes.size() == 1);
  manifest_of(text);
}

TEST_CASE("import: two nodes' files are one manifest") {
  const std::string standby =
      replaced(replaced(two_nginx, "state MASTER", "state BACKUP"), "priority 100", "priority 50");
  const auto text = import_files({{"lvs-128", {"a"}}, {"lvs-129", {"b"}}}, {{"a", two_nginx}, {"b", standby}});
  const auto manifest = manifest_of(text);
  REQUIRE(manifest.virtual_routers.size() == 1);
  const auto& routers = manifest.virtual_routers[0].routers;
  REQUIRE(routers.size() == 2);
  CHECK(routers[0].node.value == "lvs-128");
  CHECK(routers[0].priority.value == 100);
  CHECK(routers[1].node.value == "lvs-129");
  CHECK(routers[1].priority.value == 50);
  CHECK(manifest.virtual_services.size() == 1);
  CHECK(manifest.pools.size() == 1);
  CHECK(text.manifest.find("# a:19, b:19\n") != std::string::npos);
  CHECK(text.imported.is_complete());
}

TEST_CASE("import: what nodes' files contradict one another in is told, with both places") {
  const auto compare = [](const std::string& from, const std::string& to) {
    const auto text =
        import_files({{"x", {"a"}}, {"y", {"b"}}}, {{"a", two_nginx}, {"b", replaced(two_nginx, from, to)}});
    manifest_of(text);
    CHECK_FALSE(text.imported.is_complete());
    std::string said;
    for (const auto& remark : text.imported.remarks) {
      if (remark.kind == keepalived::RemarkKind::contradiction) said += remark.line() + "\n";
    }
    return said;
  };
  CHECK(compare("virtual_router_id 41", "virtual_router_id 42") ==
        "b:5: contradiction: virtual_router_id is 42 on y but 41 on x (a:5); the manifest has the latter\n");
  CHECK(compare("120/24", "121/24")
            .find("the list of addresses is 192.168.197.121/24 on y but 192.168.197.120/24 on x") != std::string::npos);
  const std::string password = compare("auth_pass 1111", "auth_pass 2222");
  CHECK(password.find("auth_pass is another one on y") != std::string::npos);
  CHECK(password.find("2222") == std::string::npos);
  CHECK(
      compare("real_server 192.168.197.131", "real_server 192.168.197.132") ==
      "b:19: contradiction: tcp-192-168-197-120-80 differs between y and x (a:19): real servers; each node has its own "
      "in the manifest\n");
  CHECK(compare("connect_timeout 2", "connect_timeout 4").find("differs between") != std::string::npos);
  CHECK(compare("lb_algo wrr", "lb_algo rr").find("(a:19): scheduler;") != std::string::npos);
}

TEST_CASE("import: one file with @conditions serves several nodes") {
  const std::string file = replaced(two_nginx, "    priority 100", "@x priority 100\n@y priority 90");
  const auto manifest = manifest_of(import_files({{"x", {"k"}}, {"y", {"k"}}}, {{"k", file}}));
  REQUIRE(manifest.virtual_routers.at(0).routers.size() == 2);
  CHECK(manifest.virtual_routers[0].routers[1].priority.value == 90);
}

TEST_CASE("import: keepalived's silent repairs are made alike, and told of") {
  const auto router = [](const std::string& options) { return import_text(instance(options)); };
  auto text = router("priority 300");
  CHECK(says(text, "6: repaired by keepalived: priority 300 is not within 1..255: keepalived takes 100"));
  CHECK(manifest_of(text).virtual_routers[0].routers[0].priority.value == 100);
  text = router("authentication {\nauth_type PASS\nauth_pass 1234567890\n}");
  CHECK(says(text, "8: repaired by keepalived: keepalived cuts auth_pass to its first 8 bytes"));
  CHECK(manifest_of(text).virtual_routers[0].authentication->password->value == "12345678");
  CHECK_FALSE(says(text, "1234567890"));
  text = router("advert_int 1.5");
  CHECK(says(text, "keepalived rounds it to 2s"));
  CHECK(manifest_of(text).virtual_routers[0].advertisement_interval.value == std::chrono::seconds(2));
  text = router("version 3\nauthentication {\nauth_type PASS\nauth_pass x\n}");
  CHECK(says(text, "VRRPv3 knows no authentication"));
  text = router("state MASTER\nnopreempt");
  CHECK(says(text, "nopreempt does not work with state MASTER"));
  CHECK(manifest_of(text).virtual_routers[0].preempt);

  text = import_text(server("lvs_sched foo"));
  CHECK(says(text, "5: repaired by keepalived: scheduler foo is unknown: keepalived takes wlc"));
  CHECK(manifest_of(text).virtual_services[0].scheduler.value == "wlc");
  text = import_text(server("lvs_method DR", "real_server 10.0.0.5 8080 { TCP_CHECK { } }"));
  CHECK(says(text, "real_server 10.0.0.5:8080: DR cannot change the port: keepalived takes the virtual server's, 80"));
  CHECK_FALSE(manifest_of(text).pools[0].members[0].port);
  text = import_text(server("quorum 10\nhysteresis 12", "real_server 10.0.0.5 80 { weight 3\nTCP_CHECK { } }"));
  CHECK(says(text, "quorum 10 is above the weight of all real servers: keepalived takes 3"));
  CHECK(manifest_of(text).pools[0].health.hysteresis.value == 2);
  text = import_text("virtual_server 10.0.0.1 53 { lvs_sched rr\nlvs_method NAT\nreal_server 10.0.0.5 53 { } }");
  CHECK(says(text, "no protocol: keepalived takes UDP"));
  CHECK(manifest_of(text).virtual_services[0].protocol->value == Protocol::udp);
}

TEST_CASE("import: an unknown keyword is named, with a guess at what was meant") {
  CHECK(
      import_text(instance("virtual_ruoter_id 7")).remarks ==
      Lines{"6: unknown: keyword 'virtual_ruoter_id' of vrrp_instance (did you mean 'virtual_router_id'?); keepalived "
            "passes over it"});
  CHECK(says(import_text("vrrp_instnace V { }\n" + server("")), "keyword 'vrrp_instnace' of the file"));
  CHECK(says(import_text(server("", "real_server 10.0.0.5 80 { TCP_CHECK { nb_get_retry 3 } }")),
             "keyword 'nb_get_retry' of TCP_CHECK"));
}

TEST_CASE("import: all checkers") {
  const auto check = [](const std::string& checker) {
    return manifest_of(import_text(server("delay_loop 3", "real_server 10.0.0.5 80 { weight 1\n" + checker + "\n}")))
        .pools.at(0)
        .checks.at(0);
  };
  const auto http = check(
      "HTTP_GET { url { path /a?b\ndigest 9B3A0C85A887A256D6939DA88AABD8CD\nstatus_code 200 301-302 }\nurl { path "
      "/c\nvirtualhost www.example.com\nregex \"ok+\"\nregex_options caseless }\nnb_get_retry 4\nconnect_timeout 1.5 "
      "}");
  const auto& requests = std::get<HttpCheck>(http.kind).requests;
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].md5->value == "9b3a0c85a887a256d6939da88aabd8cd");
  CHECK(requests[0].status.size() == 2);
  CHECK(requests[1].host->value == "www.example.com");
  CHECK(requests[1].body_matches->value == "(?i)ok+");
  CHECK(http.retries.value == 4);
  CHECK(http.retry_delay.value == std::chrono::seconds(3));
  CHECK(timeout_of(http.kind) == std::chrono::milliseconds(1500));
  CHECK(std::get<HttpCheck>(check("SSL_GET { url { path / } }").kind).tls.has_value());
  const auto tcp = check("TCP_CHECK { connect_ip 10.0.0.9\nconnect_port 81\nbindto 10.0.0.2\nfwmark 7\nwarmup 0 }");
  CHECK(tcp.address->value.text() == "10.0.0.9");
  CHECK(tcp.port->value == 81);
  CHECK(tcp.source->value.text() == "10.0.0.2");
  CHECK(tcp.mark.value == 7);
  CHECK(tcp.warmup->value == std::chrono::milliseconds(0));
  const auto dns = check("DNS_CHECK { type A\nname example.com }");
  CHECK(std::get<DnsCheck>(dns.kind).type.value == DnsType::a);
  CHECK(dns.retries.value == 3);
  CHECK(dns.retry_delay.value == std::chrono::seconds(3));
  CHECK(std::get<SmtpCheck>(check("SMTP_CHECK { helo_name lb.example.com\nhost { connect_port 587 } }").kind)
            .helo->value == "lb.example.com");
  const auto udp = std::get<UdpCheck>(check("UDP_CHECK { payload Ab12f 3\nrequire_reply 4142 }").kind);
  CHECK(udp.payload == "\xab\x12\x0f\x03");
  CHECK(udp.reply == "AB");
  CHECK(std::holds_alternative<PingCheck>(check("PING_CHECK { }").kind));
  CHECK(says(import_text(server("", "real_server 10.0.0.5 80 { PING_CHECK { connect_port 80 } }")),
             "a ping has no port"));
  const auto misc =
      check("MISC_CHECK { misc_path \"/bin/check 'a b' 80\"\nmisc_timeout 2\nmisc_dynamic\nuser nobody }");
  const auto& script = std::get<MemberScriptCheck>(misc.kind);
  CHECK(script.argv() == Lines{"/bin/check", "a b", "80"});
  CHECK(script.dynamic_weight.value);
  CHECK(script.user->value == "nobody");
  CHECK(script.timeout.value == std::chrono::seconds(2));
  CHECK(misc.retries.value == 0);
}

TEST_CASE("import: checkers that name their own server are one check of the pool") {
  const auto member = [](const std::string& n, const std::string& checker) {
    return "real_server 10.0.0." + n + " 8080 { weight 1\n" + checker + " }\n";
  };
  auto text = import_text(server("", member("5", "MISC_CHECK { misc_path \"/c 10.0.0.5 8080\" }") +
                                         member("6", "MISC_CHECK { misc_path \"/c 10.0.0.6 8080\" }")));
  CHECK(std::get<MemberScriptCheck>(manifest_of(text).pools[0].checks.at(0).kind).argv() ==
        Lines{"/bin/sh", "-c", "/c \"$BALLAST_ADDRESS\" \"$BALLAST_PORT\""});
  text = import_text(server("", member("5", "TCP_CHECK { }") + member("6", "TCP_CHECK { connect_port 8080 }") +
                                    member("7", "PING_CHECK { }") + member("8", "")));
  const auto pool = manifest_of(text).pools[0];
  REQUIRE(pool.checks.size() == 1);
  CHECK(std::holds_alternative<TcpCheck>(pool.checks[0].kind));
  CHECK(says(text, "10.0.0.7:8080 has other checkers than 10.0.0.5:8080"));
  CHECK(says(text, "10.0.0.8:8080 has no checker"));
}

TEST_CASE("import: marks, groups, tunnels, sorry servers, thresholds, flags") {
  const auto manifest = manifest_of(import_text(R"(
virtual_server_group G { 10.0.0.1-2 80
 10.0.1.0/31 80
 fwmark 9 }
virtual_server group G { lvs_sched mh
 mh-port
 flag-1
 lvs_method TUN type gue port 6080 csum
 protocol TCP
 sorry_server 10.0.0.9 80
 alpha
 inhibit_on_failure
 quorum 2
 real_server 10.0.0.5 80 { weight 2
   uthreshold 20
   lthreshold 10
   lvs_method TUN
   TCP_CHECK { } }
 real_server 2001:db8::5 80 { weight 0
   TCP_CHECK { } } }
virtual_server fwmark 7 { lvs_sched sh
 lvs_method DR
 ops
 persistence_timeout
 persistence_granularity 255.255.255.0
 real_server 10.0.0.6 0 { PING_CHECK { } } }
)"));
  REQUIRE(manifest.virtual_services.size() == 6);
  const auto& first = manifest.virtual_services[0];
  CHECK(first.address->value.text() == "10.0.0.1");
  CHECK(manifest.virtual_services[3].address->value.text() == "10.0.1.1");
  CHECK(manifest.virtual_services[4].fwmark->value == 9);
  CHECK(first.scheduler_flags.size() == 2);
  CHECK(first.tunnel->port->value == 6080);
  CHECK(first.tunnel->checksum.value == TunnelChecksum::full);
  CHECK(first.sorry_server->address.value.text() == "10.0.0.9");
  CHECK(first.pool.value == manifest.virtual_services[1].pool.value);
  const auto& pool = manifest.pools[0];
  CHECK(pool.members[0].upper_threshold.value == 20);
  CHECK(pool.health.quorum.value == 2);
  CHECK(pool.health.on_failure.value == OnFailure::quiesce);
  CHECK_FALSE(pool.health.assume_up->value);
  const auto& mark = manifest.virtual_services[5];
  CHECK(mark.fwmark->value == 7);
  CHECK(mark.persistence->timeout.value == std::chrono::seconds(360));
  CHECK(mark.persistence->granularity->value == 0xffffff00);
}
