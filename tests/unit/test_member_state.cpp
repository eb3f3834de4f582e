// The request of `ballast member`: what is understood, what is refused, and which members it means.
#include "controller/runtime/member_state.hpp"
#include "tests/unit/manifest_text.hpp"

namespace {

using namespace ballast;
using ballast::testing::document;
using ballast::testing::texts_of;

/// "10.0.0.1 port 80 of web: drain", or the error.
std::string read(const std::string& body) {
  const auto request = parse_member_request(body);
  if (!request) return request.error().text;
  return request->address.text() + (request->port ? " port " + std::to_string(*request->port) : "") +
         (request->pool.empty() ? "" : " of " + request->pool) + ": " +
         (request->state ? std::string(text_of(*request->state)) : "manifest");
}

/// "web 10.0.0.1:80, " for each.
std::string found(const Manifest& manifest, const MemberRequest& request) {
  const auto members = find_members(manifest, request);
  if (!members) return members.error().text;
  std::string text;
  for (const PoolMember& member : *members) {
    text += member.pool + " " + member.address.text() + ":" + std::to_string(member.port) + ", ";
  }
  return text;
}

MemberRequest asking(const std::string& address, std::optional<std::uint16_t> port = {}, const std::string& pool = "") {
  return {*IpAddress::parse(address), port, pool, MemberState::drain};
}

}  // namespace

TEST_CASE("member state: what a request says") {
  CHECK(read(R"({"address": "10.0.0.1", "state": "drain"})") == "10.0.0.1: drain");
  CHECK(read(R"({"address": "2001:db8::1", "port": 80, "pool": "web", "state": "down"})") ==
        "2001:db8::1 port 80 of web: down");
  CHECK(read(R"({"address": "10.0.0.1", "state": "enabled"})") == "10.0.0.1: enabled");
  CHECK(read(R"({"address": "10.0.0.1", "state": "manifest"})") == "10.0.0.1: manifest");
}

TEST_CASE("member state: a request comes back from its own text") {
  for (const auto state : {std::optional(MemberState::enabled), std::optional(MemberState::drain),
                           std::optional(MemberState::down), std::optional<MemberState>()}) {
    MemberRequest request = asking("10.0.0.1", 80, "web");
    request.state = state;
    const auto again = parse_member_request(member_request_json(request));
    REQUIRE(again.has_value());
    CHECK(again->address == request.address);
    CHECK(again->port == request.port);
    CHECK(again->pool == request.pool);
    CHECK(again->state == request.state);
  }
}

TEST_CASE("member state: whatever is wrong with a request, it is told what was expected") {
  for (const char* body :
       {"", "{", "[]", "null", R"({"state": "drain"})", R"({"address": "10.0.0.1"})",
        R"({"address": 7, "state": "drain"})", R"({"address": "10.0.0.1", "state": "sleep"})",
        R"({"address": "10.0.0.1", "state": null})", R"({"address": "10.0.0.1", "port": 65536, "state": "drain"})",
        R"({"address": "10.0.0.1", "port": -1, "state": "drain"})",
        R"({"address": "10.0.0.1", "port": "80", "state": "drain"})",
        R"({"address": "10.0.0.1", "pool": 7, "state": "drain"})",
        R"({"address": "10.0.0.1", "state": "drain", "weight": 7})"}) {
    CAPTURE(body);
    CHECK(read(body).starts_with(R"(expected {"address": "192.0.2.3")"));
  }
  CHECK(read(R"({"address": "10.0.0", "state": "drain"})") == "'10.0.0' is not an IP address");
}

TEST_CASE("member state: which members are meant") {
  const auto outcome = read_and_validate(
      {{"m", document("Pool", "web", "members: [{address: 10.0.0.1, port: 80}, {address: 10.0.0.1, port: 81}]") +
                 document("Pool", "mail", "members: [{address: 10.0.0.1}, {address: 10.0.0.2}]")}});
  REQUIRE(texts_of(outcome.diagnostics) == std::vector<std::string>{});
  const Manifest& manifest = outcome.manifest;
  CHECK(found(manifest, asking("10.0.0.1")) == "web 10.0.0.1:80, web 10.0.0.1:81, mail 10.0.0.1:0, ");
  CHECK(found(manifest, asking("10.0.0.1", 81)) == "web 10.0.0.1:81, ");
  CHECK(found(manifest, asking("10.0.0.1", {}, "mail")) == "mail 10.0.0.1:0, ");
  CHECK(found(manifest, asking("10.0.0.9")) == "no pool has the member 10.0.0.9");
  CHECK(found(manifest, asking("10.0.0.2", 25)) == "no pool has the member 10.0.0.2:25");
  CHECK(found(manifest, asking("10.0.0.1", {}, "mial")) == "no Pool is called 'mial' (did you mean 'mail'?)");
  CHECK(found(manifest, asking("10.0.0.2", {}, "web")) == "no such pool has the member 10.0.0.2");
}
