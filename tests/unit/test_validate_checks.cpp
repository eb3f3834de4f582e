// Health checks, health policies and notifications: what is read, and what is said about mistakes. One case for each
// rule.
#include "tests/unit/manifest_text.hpp"

namespace {

using namespace std::chrono_literals;
using ballast::testing::check;
using ballast::testing::document;
using ballast::testing::texts_of;

constexpr auto kinds = "'tcp', 'http', 'https', 'script', 'dns', 'smtp', 'udp', 'ping' and 'grpc'";

/// A pool with this check, whose text begins in column 18.
std::string checked(const std::string& check, const std::string& rest = "",
                    const std::string& members = "{address: 192.0.2.9, weight: 100}") {
  return document("Pool", "p", "checks: [{" + check + "}], members: [" + members + "]" + rest);
}

/// A pool with this policy, which begins in column 8.
std::string policy(const std::string& fields, const std::string& weight = "100") {
  return document("Pool", "p",
                  fields + ", checks: [{tcp: {}}], members: [{address: 192.0.2.9, weight: " + weight + "}]");
}

ballast::Check read(const std::string& text) {
  const auto outcome = ballast::testing::read(checked(text));
  CHECK(texts_of(outcome.diagnostics) == std::vector<std::string>{});
  REQUIRE(outcome.manifest.pools.size() == 1);
  REQUIRE(outcome.manifest.pools.front().checks.size() == 1);
  return outcome.manifest.pools.front().checks.front();
}

template <class Kind>
Kind read_kind(const std::string& text) {
  const ballast::Check check = read(text);
  REQUIRE(std::holds_alternative<Kind>(check.kind));
  return std::get<Kind>(check.kind);
}

}  // namespace

TEST_CASE("checks: the schedule and the way of a probe") {
  const ballast::Check check = read(
      "tcp: {}, interval: 6s, retries: 2, retryDelay: 3s, rise: 2, fall: 3, warmup: 0s, source: 192.0.2.1, address: "
      "192.0.2.7, port: 81, mark: 7, via: member");
  CHECK(ballast::timeout_of(check.kind) == 5s);
  CHECK(check.interval.value == 6s);
  CHECK(check.retries.value == 2);
  CHECK(check.retry_delay.value == 3s);
  CHECK(check.rise.value == 2);
  CHECK(check.fall.value == 3);
  CHECK(check.warmup->value == 0s);
  CHECK(check.source->value.text() == "192.0.2.1");
  CHECK(check.address->value.text() == "192.0.2.7");
  CHECK(check.port->value == 81);
  CHECK(check.mark.value == 7);
  CHECK(check.via.value == ballast::CheckPath::member);
  const ballast::Check plain = read("ping: {}");
  CHECK(plain.interval.value == 10s);
  CHECK_FALSE(plain.warmup.has_value());
  CHECK(read("tcp: {}, via: vip").via.value == ballast::CheckPath::vip);
}

TEST_CASE("checks: http by one request inline, or by several") {
  const auto one = read_kind<ballast::HttpCheck>(
      "http: {path: /healthz, host: x, method: POST, status: [200, 300-399], bodyMatches: 'o[k]', bodyContains: ok, "
      "md5: 0123456789abcdef0123456789abcdef, keepAlive: true, redirects: 3, timeout: 2s}");
  CHECK(one.timeout.value == 2s);
  CHECK(one.keep_alive.value);
  CHECK(one.redirects.value == 3);
  CHECK_FALSE(one.tls.has_value());
  REQUIRE(one.requests.size() == 1);
  const ballast::HttpRequest& request = one.requests.front();
  CHECK(request.path.value == "/healthz");
  CHECK(request.host->value == "x");
  CHECK(request.method.value == ballast::HttpMethod::post);
  REQUIRE(request.status.size() == 2);
  CHECK(request.status[0].value == ballast::StatusRange{200, 200});
  CHECK(request.status[1].value == ballast::StatusRange{300, 399});
  CHECK(request.body_matches->value == "o[k]");
  CHECK(request.body_contains->value == "ok");
  CHECK(request.md5->value == "0123456789abcdef0123456789abcdef");

  const auto empty = read_kind<ballast::HttpCheck>("http: {}");
  REQUIRE(empty.requests.size() == 1);
  CHECK(empty.requests.front() == ballast::HttpRequest{});

  const auto many = read_kind<ballast::HttpCheck>(
      "https: {urls: [{path: /a}, {path: /b, status: [204]}], verify: true, caFile: /etc/ca.pem, serverName: www}");
  REQUIRE(many.requests.size() == 2);
  CHECK(many.requests[1].path.value == "/b");
  REQUIRE(many.tls.has_value());
  CHECK(many.tls->verify.value);
  CHECK(many.tls->ca_file->value == "/etc/ca.pem");
  CHECK(many.tls->server_name->value == "www");
  CHECK(ballast::word_of(many) == "https");
  CHECK(ballast::word_of(one) == "http");
}

TEST_CASE("checks: the other kinds") {
  const auto script = read_kind<ballast::MemberScriptCheck>(
      "script: {command: [/bin/x, '1'], user: u, timeout: 3s, dynamicWeight: true}");
  CHECK(script.argv() == std::vector<std::string>{"/bin/x", "1"});
  CHECK(script.user->value == "u");
  CHECK(script.timeout.value == 3s);
  CHECK(script.dynamic_weight.value);
  const auto dns = read_kind<ballast::DnsCheck>("dns: {name: example.com, type: AAAA}");
  CHECK(dns.name.value == "example.com");
  CHECK(dns.type.value == ballast::DnsType::aaaa);
  CHECK(read_kind<ballast::SmtpCheck>("smtp: {helo: lb}").helo->value == "lb");
  const auto udp = read_kind<ballast::UdpCheck>("udp: {payloadHex: 00fF, reply: pong}");
  CHECK(udp.payload == std::string("\0\xff", 2));
  CHECK(udp.reply == "pong");
  CHECK_FALSE(read_kind<ballast::UdpCheck>("udp: {}").reply.has_value());
  const auto grpc = read_kind<ballast::GrpcCheck>("grpc: {service: x, tls: {}}");
  CHECK(grpc.service.value == "x");
  CHECK(grpc.tls.has_value());
  CHECK_FALSE(read_kind<ballast::GrpcCheck>("grpc: {}").tls.has_value());
}

TEST_CASE("checks: equal means equal wherever it is written") {
  CHECK(read("script: {command: [/bin/x]}, interval: 1s") == read("interval: 1s, script: {command: [/bin/x]}"));
  CHECK_FALSE(read("script: {command: [/bin/x]}") == read("script: {command: [/bin/y]}"));
  CHECK_FALSE(read("script: {command: [/bin/x]}") == read("script: {command: [/bin/x], dynamicWeight: true}"));
  CHECK_FALSE(read("http: {}") == read("https: {}"));
  CHECK_FALSE(read("tcp: {}") == read("tcp: {}, fall: 2"));
}

TEST_CASE("checks: a policy and states are read") {
  const auto outcome = ballast::read_and_validate(
      {{"m", document("Pool", "p",
                      "checks: [{tcp: {}}], require: any, onFailure: quiesce, slowStart: 30s, drain: 1m, quorum: 3, "
                      "hysteresis: 1, minHealthy: 50%, failOpen: true, assumeUp: false, members: [{address: 192.0.2.9, "
                      "weight: 9, state: drain}, {address: 192.0.2.10, weight: 9, state: down}]")}});
  CHECK(texts_of(outcome.diagnostics) == std::vector<std::string>{});
  const ballast::Pool& pool = outcome.manifest.pools.front();
  CHECK(pool.health.require.value == ballast::CheckNeed::any);
  CHECK(pool.health.on_failure.value == ballast::OnFailure::quiesce);
  CHECK(pool.health.slow_start.value == 30s);
  CHECK(pool.health.drain.value == 60s);
  CHECK(pool.health.quorum.value == 3);
  CHECK(pool.health.hysteresis.value == 1);
  CHECK(pool.health.min_healthy.value == 50);
  CHECK(pool.health.fail_open.value);
  CHECK(pool.health.assume_up->value == false);
  CHECK(pool.members[0].state == ballast::MemberState::drain);
  CHECK(pool.members[1].state == ballast::MemberState::down);
}

TEST_CASE("checks: what kind it is") {
  check({
      {"none", checked("interval: 1s"), {std::string("4:17: a check needs one of ") + kinds}},
      {"two",
       checked("tcp: {}, http: {}"),
       {std::string("4:27: a check has one of ") + kinds + "; write an entry for each"}},
      {"misspelt", checked("tpc: {}"), {"4:18: unknown field 'tpc' (did you mean 'tcp'?)"}},
      {"nothing behind it", checked("tcp: "), {"4:23: 'tcp' has no value; write one or remove the field"}},
      {"twice",
       document("Pool", "p", "checks: [{tcp: {}}, {tcp: {}}], members: []"),
       {"4:28: the check is listed twice (first at m:4:17)"}},
  });
}

TEST_CASE("checks: http") {
  check({
      {"inline and a list",
       checked("http: {path: /a, urls: [{path: /b}]}"),
       {"4:25: 'path' and 'urls' exclude each other; move it into an entry of urls"}},
      {"no list", checked("http: {urls: []}"), {"4:31: urls is empty; write an entry or remove the field"}},
      {"a path",
       checked("http: {path: healthz}"),
       {"4:31: path: 'healthz' must begin with '/' and have no blanks; write %20 for one"}},
      {"a request in a path",
       checked(R"(http: {path: "/ HTTP/1.1\r\nx"})"),
       {"4:31: path: '/ HTTP/1.1??x' must begin with '/' and have no blanks; write %20 for one"}},
      {"a header in a host", checked(R"(http: {host: "a\r\nb: c"})"), {"4:31: host: 'a??b: c' is not a host's name"}},
      {"a range the wrong way round",
       checked("http: {status: [399-300]}"),
       {"4:34: status: no status is in 399-300; write 300-399"}},
      {"no status",
       checked("http: {status: [20x]}"),
       {"4:34: status: '20x' is no status 100..599 like 200, and no range of them like 300-399"}},
      {"an expression",
       checked("http: {bodyMatches: 'a('}"),
       {"4:38: bodyMatches: not a regular expression: missing ): a("}},
      {"a digest",
       checked("http: {md5: abc}"),
       {"4:30: md5: 'abc' is not 32 hexadecimal digits in lower case, but 3 characters"}},
      {"a digest in upper case",
       checked("http: {md5: 0123456789ABCDEF0123456789ABCDEF}"),
       {"4:30: md5: '0123456789ABCDEF0123456789ABCDEF' is not 32 hexadecimal digits in lower case"}},
      {"a body of HEAD",
       checked("http: {method: HEAD, bodyContains: x}"),
       {"4:33: a reply to HEAD has no body to compare; write method: GET"}},
      {"TLS without TLS",
       checked("http: {verify: true}"),
       {"4:25: unknown field 'verify'; known here: path, method, host, status, bodyMatches, bodyContains, md5, sha256, "
        "urls, timeout, keepAlive, redirects"}},
      {"a relative CA",
       checked("https: {verify: true, caFile: ca.pem}"),
       {"4:48: caFile: this is not an absolute path"}},
      {"a CA for nothing",
       checked("https: {caFile: /ca.pem}"),
       {"4:34: caFile has no effect without verify: true; write that, or remove it"}},
  });
}

TEST_CASE("checks: the other kinds' mistakes") {
  check({
      {"a relative program", checked("script: {command: [x]}"), {"4:37: command: 'x' is not an absolute path"}},
      {"a text without a shell",
       checked("script: {command: x y}"),
       {"4:36: command must be a list, like [/path/to/program, argument]; or write shell: true, and /bin/sh runs the "
        "text"}},
      {"a name", checked("dns: {name: a..b}"), {"4:30: name: 'a..b' is not a name in the DNS"}},
      {"a greeting", checked("smtp: {helo: 'a b'}"), {"4:31: helo: 'a b' is not a host's name"}},
      {"half a byte",
       checked("udp: {payloadHex: abc}"),
       {"4:36: payloadHex: 'abc' is not bytes in hexadecimal, two digits each"}},
      {"two payloads",
       checked("udp: {payload: a, payloadHex: 61}"),
       {"4:48: payload and payloadHex exclude each other; remove one of them"}},
      {"a source of another family",
       checked("tcp: {}, source: '2001:db8::1'"),
       {"4:35: source 2001:db8::1 is IPv6 but member 192.0.2.9 is not"}},
      {"an address of another family",
       checked("tcp: {}, source: 192.0.2.1, address: '2001:db8::1'"),
       {"4:35: source 192.0.2.1 is IPv4 but address 2001:db8::1 is not"}},
      {"no address", checked("tcp: {}, address: 0.0.0.0"), {"4:36: address: 0.0.0.0 cannot be a server's address"}},
      {"a script to the VIP",
       checked("script: {command: [/x]}, via: vip"),
       {"4:48: via: vip is for probes that Ballast sends, not for a script; remove it"}},
      {"a ping of the VIP",
       checked("ping: {}, via: vip"),
       {"4:33: via: vip is not for ping: the director itself answers it, whatever the member does; check a port of it, "
        "as by tcp, or remove via"}},
      {"a script's source",
       checked("script: {command: [/x]}, source: 192.0.2.1"),
       {"4:51: source is for probes that Ballast sends, not for a script; remove it"}},
      {"a script's mark",
       checked("script: {command: [/x]}, mark: 7"),
       {"4:49: mark is for probes that Ballast sends, not for a script; remove it"}},
      {"what a script is told", checked("script: {command: [/x]}, address: 192.0.2.7, port: 81"), {}},
      {"a ping's port", checked("ping: {}, port: 80"), {"4:34: a ping goes to no port; remove 'port'"}},
      {"an address and the VIP",
       checked("tcp: {}, via: vip, address: 192.0.2.7"),
       {"4:46: via: vip asks the VIP; remove 'address'"}},
      {"a mark and the VIP",
       checked("tcp: {}, via: vip, mark: 7"),
       {"4:43: via: vip marks its probes by itself; remove 'mark'"}},
  });
}

TEST_CASE("checks: what follows from health") {
  check({
      {"percent", policy("minHealthy: 50"), {"4:20: minHealthy must be 0%..100%, not '50'"}},
      {"too many", policy("minHealthy: 101%"), {"4:20: minHealthy must be 0%..100%, not '101%'"}},
      {"never lost",
       policy("hysteresis: 2, quorum: 2"),
       {"4:20: hysteresis 2 must be below quorum 2: the service would never be lost"}},
      {"no steps",
       policy("slowStart: 30s", "1"),
       {"4:19: slowStart has no steps below weight 1, which member 192.0.2.9 has; give all members larger weights, "
        "like "
        "100"}},
      {"a state",
       checked("tcp: {}", "", "{address: 192.0.2.9, state: off}"),
       {"4:67: state must be enabled, drain or down, not 'off'"}},
      {"without checks",
       document("Pool", "p", "members: [], minHealthy: 50%, failOpen: true"),
       {"4:33: minHealthy has no effect without checks; write checks, or remove it",
        "4:48: failOpen has no effect without checks; write checks, or remove it"}},
      {"drain needs no checks", document("Pool", "p", "members: [], drain: 60s, onFailure: quiesce"), {}},
  });
}

TEST_CASE("checks: what a service's checks ask") {
  const auto service = [](const std::string& spec) {
    return document("VirtualService", "s", spec + ", pool: p, nodes: [a]");
  };
  const std::string fwmark = service("fwmark: 7, forwarding: DR");
  check({
      {"no port", checked("tcp: {}") + fwmark, {"4:17: the tcp check needs 'port': service 's' has none of its own"}},
      {"every port",
       checked("tcp: {}") + service("address: 192.0.2.1, port: 0, persistence: {}, forwarding: DR"),
       {"4:17: the tcp check needs 'port': service 's' has every port"}},
      {"its own port", checked("tcp: {}, port: 80") + fwmark, {}},
      {"the member's port",
       checked("tcp: {}", "", "{address: 192.0.2.9, port: 8080}") + service("fwmark: 7, forwarding: NAT"),
       {}},
      {"a ping", checked("ping: {}") + fwmark, {}},
      {"a VIP that is none",
       checked("tcp: {}, port: 80, via: vip") + fwmark,
       {"4:42: via: vip needs a VIP, and fwmark service 's' has none"}},
      {"NAT",
       checked("tcp: {}, via: vip") + service("address: 192.0.2.1, port: 80, forwarding: NAT"),
       {"4:32: via: vip needs DR or TUN, and service 's' reaches members by NAT"}},
      {"DR", checked("tcp: {}, via: vip") + service("address: 192.0.2.1, port: 80, forwarding: DR"), {}},
  });
}

TEST_CASE("notify: programs, URLs and mail") {
  const auto director = [](const std::string& notify) {
    return document("Director", "d", "notify: {" + notify + "}, nodes: [a]");
  };
  const std::string mail = "to: [ops@example.com], from: lb@example.com";
  check({
      {"all of it",
       director("script: {command: [/bin/x]}, webhook: 'https://h:8443/x?y', email: {" + mail +
                ", server: '[2001:db8::1]:25', timeout: 3s}"),
       {}},
      {"no URL", director("webhook: 'ftp://h'"), {"4:26: webhook: 'ftp://h' is not a URL like https://host/path"}},
      {"no host", director("webhook: 'http:///x'"), {"4:26: webhook: 'http:///x' is not a URL like https://host/path"}},
      {"a relative program", director("script: {command: [x]}"), {"4:36: command: 'x' is not an absolute path"}},
      {"no server", director("email: {" + mail + "}"), {"4:24: email: missing field 'server'"}},
      {"no port",
       director("email: {" + mail + ", server: 'h:'}"),
       {"4:78: server: 'h:' is not a server like mail.example.com:25"}},
      {"no address",
       director("email: {to: [ops], from: lb@example.com, server: h}"),
       {"4:30: to: 'ops' is not an address like ops@example.com"}},
      {"a service mails nobody",
       document("Pool", "p", "members: []") +
           document("VirtualService", "s",
                    "notify: {email: {}}, address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]"),
       {"9:17: unknown field 'email'; known here: script, webhook"}},
  });
}
