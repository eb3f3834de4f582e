// What the reader makes of texts as a whole: broken and hostile YAML, documents and their headers, several files.
#include <algorithm>

#include "model/fields.hpp"
#include "tests/unit/manifest_text.hpp"

namespace {

using ballast::read_and_validate;
using ballast::testing::check;
using ballast::testing::document;
using ballast::testing::problems;
using ballast::testing::texts_of;
using Texts = std::vector<std::string>;

const std::string header = "apiVersion: ballast/v1\nkind: Pool\nmetadata: {name: p}\nspec:\n";
const std::string pool = header + "  members: []\n";
const std::string members = header + "  members:\n";
const std::string orphan =
    document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p, nodes: [a]");

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string twenty_sysctls() {
  std::string lines;
  for (int i = 0; i < 20; ++i) lines += "    net.x" + std::to_string(i) + ": 1\n";
  return lines;
}

/// Ten of ten of ten...
std::string alias_bomb() {
  std::string text = "a: &a [x,x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    const std::string inner = std::string("*") + static_cast<char>(c - 1) + ",";
    text += std::string(1, c) + ": &" + c + " [" + repeated(inner, 10) + "]\n";
  }
  return text;
}

}  // namespace

TEST_CASE("reader: text that is not YAML is one mistake, and what comes before it is read") {
  const auto outcome = read_and_validate({{"m", pool + "---\nkind: [Pool\nmetadata: {}\n" + pool}});
  CHECK(texts_of(outcome.diagnostics) ==
        Texts{"m:8:9: not YAML: did not find expected ',' or ']' (while parsing a flow "
              "sequence that begins on line 7)"});
  REQUIRE(outcome.manifest.pools.size() == 1);
  CHECK(outcome.manifest.pools.front().header.name == "p");
}

TEST_CASE("reader: broken YAML") {
  check({
      {"indented by one blank too few",
       pool + " checks: []\n",
       {"6:2: not YAML: did not find expected key (while parsing a block mapping that begins on line 1)"}},
      {"a tab", header + "\tmembers: []\n", {"5:1: tabs cannot indent YAML; use spaces"}},
      {"a tab after blanks", members + "  \t- {address: 10.0.0.1}\n", {"6:3: tabs cannot indent YAML; use spaces"}},
      {"a tab after a value", pool + "  checks: a\n\tb: c\n", {"7:1: tabs cannot indent YAML; use spaces"}},
      {"an open quote",
       header + "  members: \"\n",
       {"6:1: not YAML: found unexpected end of stream (while scanning a quoted scalar that begins on line 5)"}},
      {"a key twice, the first counts",
       pool + "  checks: []\n  members: [{address: x}]\n",
       {"7:3: duplicate key 'members' (first on line 5)"}},
      {"a key twice in a long mapping",
       "apiVersion: ballast/v1\nkind: Sysctl\nmetadata: {name: y}\nspec:\n  nodes: [a]\n  values:\n" +
           twenty_sysctls() + "    net.x7: 2\n",
       {"27:5: duplicate key 'net.x7' (first on line 14)"}},
      {"a merge key",
       members + "    - <<: {port: 80}\n      address: 10.0.0.1\n",
       {"6:7: merge keys ('<<') are not supported; write the fields out"}},
      {"a tag",
       members + "    - {address: !!python/object 10.0.0.1}\n",
       {"6:17: tag '!!python/object' is not supported; remove it"}},
      {"a list for a key", pool + "  [a]: b\n", {"6:3: a key must be one word, found a list"}},
  });
}

TEST_CASE("reader: bytes that are not text") {
  check({
      {"NUL", pool + std::string("# \0\n", 4), {"6:3: control character 0x00 at byte 76 is not allowed"}},
      {"an escape sequence", pool + "# \x1b[1m\n", {"6:3: control character 0x1b at byte 76 is not allowed"}},
      {"an escaped NUL in a name",
       "apiVersion: ballast/v1\nkind: Pool\nmetadata: {name: \"a\\0b\"}\nspec: {members: []}\n",
       {"3:18: name: 'a?b' may have only letters, digits, '-', '.' and '_'"}},
      {"Latin-1", "a: b\nc: \xc3\xa4\xff\n", {"2:5: byte 0xff at byte 10 is not UTF-8 text"}},
      {"UTF-16",
       std::string("\xff\xfe"
                   "a\0",
                   4),
       {"1:1: file is UTF-16; save it as UTF-8"}},
      {"UTF-8 with its mark", "\xef\xbb\xbf" + pool, {}},
      {"lines that end as in Windows",
       "apiVersion: ballast/v1\r\nkind: Pool\r\nmetadata: {name: p}\r\nspec: {members: []}\r\n",
       {}},
      {"32 MiB and more",
       std::string(52'400'000, ' '),
       {"1:1: file is 52.4 MB; a manifest may have 32 MiB at most; split it"}},
  });
}

TEST_CASE("reader: aliases are read, and what they expand to is bounded") {
  check({
      {"one member in two pools",
       "apiVersion: ballast/v1\nkind: Pool\nmetadata: {name: p}\nspec: {members: [&m {address: 10.0.0.1, weight: &w "
       "3}, "
       "{address: 10.0.0.2, weight: *w}]}\n",
       {}},
      {"a mistake at the alias's own place",
       members + "    - {address: &a 10.0.0.1, weight: *a}\n",
       {"6:38: weight: expected a whole number, found '10.0.0.1'"}},
      {"a bomb", alias_bomb(), {"6:29: aliases expand to more than 1000000 values here; write them out"}},
      {"an alias within its anchor",
       "a: &a [*a]\n",
       {"1:8: alias '*a' lies within its own anchor and would never end"}},
      {"an alias of nothing", "a: *b\n", {"1:4: alias '*b' has no anchor of that name before it"}},
      {"depth", repeated("[", 65) + "\n", {"1:65: nested more than 64 levels deep"}},
      {"depth through an alias",
       "a: &a " + repeated("[", 40) + repeated("]", 40) + "\nb: " + repeated("[", 30) + "*a" + repeated("]", 30) + "\n",
       {"2:34: nested more than 64 levels deep"}},
  });
}

TEST_CASE("reader: the header of a document") {
  const std::string kinds = "VirtualRouter, VirtualService, Pool, RealServer, Director, Sysctl, Address";
  const std::string rest = "metadata: {name: p}\nspec: {members: []}\n";
  const auto named = [](const std::string& metadata) {
    return "apiVersion: ballast/v1\nkind: Pool\nmetadata: " + metadata + "\nspec: {members: []}\n";
  };
  check({
      {"nothing at all", "", {}},
      {"only empty documents", "---\n# x\n---\n...\n---\n", {}},
      {"text", "hello\n", {"1:1: expected a document with apiVersion, kind, metadata and spec, found a single value"}},
      {"a list", "- a\n", {"1:1: expected a document with apiVersion, kind, metadata and spec, found a list"}},
      {"an empty mapping",
       "{}\n",
       {"1:1: missing field 'apiVersion'; write apiVersion: ballast/v1", "1:1: missing field 'kind'; one of " + kinds,
        "1:1: missing field 'metadata'; write metadata: {name: ...}"}},
      {"another version", "apiVersion: v1\nkind: Pool\n" + rest, {"1:13: apiVersion must be ballast/v1, not 'v1'"}},
      {"a kind misspelt",
       "apiVersion: ballast/v1\nkind: Pol\n" + rest,
       {"2:7: unknown kind 'Pol' (did you mean 'Pool'?)"}},
      {"a kind of somebody else's",
       "apiVersion: ballast/v1\nkind: Deployment\n" + rest,
       {"2:7: unknown kind 'Deployment'; one of " + kinds}},
      {"a list for metadata", named("[p]"), {"3:11: metadata: expected a mapping with a name, found a list"}},
      {"no name", named("{}"), {"3:11: metadata: missing field 'name'"}},
      {"an empty name", named("{name: }"), {"3:18: 'name' has no value; write one"}},
      {"a name with a slash",
       named("{name: a/b}"),
       {"3:18: name: 'a/b' may have only letters, digits, '-', '.' and '_'"}},
      {"a name that begins with a dash",
       named("{name: -a}"),
       {"3:18: name: '-a' must begin and end with a letter or digit"}},
      {"a name of 254 characters",
       named("{name: " + std::string(254, 'a') + "}"),
       {"3:18: name: a name may have 253 characters at most, not 254"}},
      {"labels", named("{name: p, labels: {}}"), {"3:21: unknown field 'labels'; known here: name"}},
      {"no spec", "apiVersion: ballast/v1\nkind: Pool\nmetadata: {name: p}\n", {"1:1: missing field 'spec'"}},
      {"an empty spec",
       "apiVersion: ballast/v1\nkind: Pool\nmetadata: {name: p}\nspec:\n",
       {"4:6: 'spec' has no value; write one"}},
      {"a status",
       pool + "status: {}\n",
       {"6:1: unknown field 'status'; known here: apiVersion, kind, metadata, spec"}},
  });
}

TEST_CASE("reader: one mistake is not reported twice") {
  check({
      {"a reference into the part that could not be read",
       orphan + "[\n",
       {"7:1: not YAML: did not find expected node content (while parsing a flow node)"}},
      {"a reference to a document of unknown kind",
       orphan + "apiVersion: ballast/v1\nkind: Pol\nmetadata: {name: p}\nspec: {}\n",
       {"7:7: unknown kind 'Pol' (did you mean 'Pool'?)"}},
      {"an address whose holder could not be read",
       pool + "---\n" + document("VirtualService", "s", "address: 192.0.2.1, port: 80, forwarding: DR, pool: p") +
           document("Address", "x", "nodes: [a], interface: lo, address: 192.0.2.1/99"),
       {"15:44: address: '192.0.2.1/99' has a prefix length that is not a plain number 1..32"}},
      {"a service without a readable address",
       pool + "---\n" + document("VirtualService", "s", "address: nope, forwarding: DR, pool: p"),
       {"10:17: address: 'nope' is not an IP address"}},
  });
}

TEST_CASE("reader: independent mistakes are all reported, by file, line and column") {
  const auto outcome =
      read_and_validate({{"b.yaml", orphan + document("Pool", "q", "members: [{address: x, port: y}]")},
                         {"a.yaml", document("Pool", "q", "members: [], colour: red")}});
  CHECK(texts_of(outcome.diagnostics) ==
        Texts{
            "b.yaml:4:60: there is no Pool 'p' (did you mean 'q'?)",
            "b.yaml:9:28: address: 'x' is not an IP address",
            "b.yaml:9:37: port: expected a whole number, found 'y'",
            "a.yaml:3:18: duplicate Pool 'q' (first at b.yaml:8:18)",
            "a.yaml:4:21: unknown field 'colour'; known here: members, checks, require, onFailure, slowStart, drain, "
            "quorum, hysteresis, minHealthy, failOpen, assumeUp",
        });
}

TEST_CASE("reader: a thousand mistakes are enough") {
  const auto found = problems(members + repeated("    - {address: x}\n", 1500));
  REQUIRE(found.size() == 1001);
  CHECK(found[999] == "1005:17: address: 'x' is not an IP address");
  CHECK(found[1000] == "there are more than 1000 mistakes; repair these first");
}

TEST_CASE("reader: reading and validating apart find what both together find") {
  const std::string text = orphan + document("Pool", "q", "members: [], colour: red");
  const auto read = ballast::read_manifest({{"m", text}});
  CHECK(texts_of(read.diagnostics) ==
        Texts{"m:9:21: unknown field 'colour'; known here: members, checks, require, onFailure, slowStart, drain, "
              "quorum, hysteresis, minHealthy, failOpen, assumeUp"});
  CHECK(texts_of(ballast::validate(read.manifest)) == Texts{"m:4:60: there is no Pool 'p' (did you mean 'q'?)"});
  CHECK(ballast::testing::read(text).diagnostics.size() == 2);
}

TEST_CASE("reader: every value and its place arrive in the manifest") {
  const auto outcome = ballast::testing::read(R"(apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web}
spec:
  address: 2001:db8::1
  port: 443
  protocol: UDP
  scheduler: mh
  schedulerFlags: [mh-port, ops]
  forwarding: TUN
  tunnel: {type: gue, port: 6080, checksum: remote}
  persistence: {timeout: 1m30s, granularity: 64, engine: sip}
  pool: p
  sorryServer: {address: 2001:db8::9, forwarding: DR}
  nodes: [a]
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: p}
spec:
  members:
    - {address: 10.0.0.1, port: 443, weight: 0, upperThreshold: 9, lowerThreshold: 8}
  checks:
    - {tcp: {timeout: 500ms}, interval: 1h, retries: 0, retryDelay: 2m}
)");
  CHECK(texts_of(outcome.diagnostics) == Texts{});
  REQUIRE(outcome.manifest.virtual_services.size() == 1);
  const auto& service = outcome.manifest.virtual_services.front();
  CHECK(service.header.origin.text() == "m:3:18");
  CHECK(*service.header.origin.object() == "VirtualService/web");
  CHECK(service.address->value.text() == "2001:db8::1");
  CHECK(service.port->value == 443);
  CHECK(service.protocol->value == ballast::Protocol::udp);
  CHECK(service.scheduler.value == "mh");
  REQUIRE(service.scheduler_flags.size() == 2);
  CHECK(service.scheduler_flags[0].value == ballast::SchedulerFlag::mh_port);
  CHECK(service.scheduler_flags[1].origin.text() == "m:9:29");
  CHECK(service.forwarding.value == ballast::Forwarding::tun);
  CHECK(service.tunnel->type.value == ballast::TunnelType::gue);
  CHECK(service.tunnel->port->value == 6080);
  CHECK(service.tunnel->checksum.value == ballast::TunnelChecksum::remote);
  CHECK(service.persistence->timeout.value == std::chrono::seconds(90));
  CHECK(service.persistence->granularity->value == 64);
  CHECK(service.persistence->granularity_family == ballast::Family::ipv6);
  CHECK(service.persistence->engine->value == "sip");
  CHECK(service.sorry_server->forwarding->value == ballast::Forwarding::dr);
  CHECK(service.nodes.front().value == "a");
  REQUIRE(outcome.manifest.pools.front().members.size() == 1);
  const auto& member = outcome.manifest.pools.front().members.front();
  CHECK(member.origin.text() == "m:22:7");
  CHECK(member.port->value == 443);
  CHECK(member.weight.value == 0);
  CHECK(member.upper_threshold.value == 9);
  CHECK(member.lower_threshold.value == 8);
  const auto& probe = outcome.manifest.pools.front().checks.front();
  CHECK(std::get<ballast::TcpCheck>(probe.kind).timeout.value == std::chrono::milliseconds(500));
  CHECK(probe.interval.value == std::chrono::hours(1));
  CHECK(probe.retries.value == 0);
  CHECK(probe.retry_delay.value == std::chrono::minutes(2));
}

TEST_CASE("reader: a netmask is a host-order number, kernel parameters are dotted and have single blanks") {
  const auto outcome = ballast::testing::read(
      pool + "---\n" +
      document("VirtualService", "s",
               "fwmark: 7, forwarding: NAT, pool: p, nodes: [b], persistence: {granularity: 255.255.0.0}") +
      document("Sysctl", "y", "nodes: [a], values: {net/ipv4/conf/eth0.5/rp_filter: ' 1  2 '}"));
  CHECK(texts_of(outcome.diagnostics) == Texts{});
  const auto& persistence = *outcome.manifest.virtual_services.front().persistence;
  CHECK(persistence.granularity->value == 0xffff0000);
  CHECK(persistence.granularity_family == ballast::Family::ipv4);
  CHECK(persistence.timeout.value == std::chrono::seconds(300));
  const auto& setting = outcome.manifest.sysctls.front().values.front();
  CHECK(setting.name.value == "net.ipv4.conf.eth0/5.rp_filter");
  CHECK(setting.value.value == "1 2");
  CHECK(node_names(outcome.manifest) == std::vector<std::string_view>{"a", "b"});
}

/// All fields, whatever object of the kind they are of.
template <class Visit>
void each_field(const ballast::ObjectInfo& object, Visit visit) {
  for (const ballast::FieldInfo& field : object.fields) {
    visit(field);
    if (field.nested != nullptr) each_field(*field.nested, visit);
  }
  for (const ballast::Choice& choice : object.choices) {
    for (const std::string_view name : choice.fields) {
      CAPTURE(name);
      CHECK(
          std::any_of(object.fields.begin(), object.fields.end(), [&](const auto& each) { return each.name == name; }));
    }
  }
}

TEST_CASE("fields: the tables describe every field of every kind completely") {
  std::size_t fields_seen = 0;
  for (const ballast::KindInfo& kind : ballast::kinds()) {
    CAPTURE(kind.name);
    REQUIRE(kind.spec != nullptr);
    CHECK(kind.doc.ends_with('.'));
    each_field(*kind.spec, [&](const ballast::FieldInfo& field) {
      ++fields_seen;
      CAPTURE(field.name);
      CHECK((field.doc.size() > 5 && field.doc.ends_with('.')));
      CHECK((field.type == ballast::FieldType::word) == !field.words.empty());
      CHECK((field.type == ballast::FieldType::object) == (field.nested != nullptr));
      CHECK(field.minimum <= field.maximum);
      CHECK((field.read != nullptr));
      const bool limited = field.type == ballast::FieldType::integer || field.type == ballast::FieldType::duration;
      if (limited) CHECK(field.maximum < INT64_MAX);
    });
  }
  CHECK(fields_seen > 150);
  const auto& fields = ballast::kinds()[1].spec->fields;
  const auto text_of_field = [&](std::string_view name) {
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.name == name; });
    return found == fields.end() ? "absent" : type_text(*found);
  };
  CHECK(text_of_field("protocol") == "TCP | UDP | SCTP");
  CHECK(text_of_field("port") == "whole number 0..65535");
  CHECK(text_of_field("fwmark") == "whole number 1..4294967295");
  CHECK(text_of_field("nodes") == "list of name");
  CHECK(text_of_field("sorryServer") == "object");
}
