// Which DNS replies pass, and what a name server's silence, refusals and garbage are called.
#include "drivers/probes/dns_message.hpp"
#include "probe_servers.hpp"

using namespace ballast;
using namespace ballast::probes;
using namespace ballast::test;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes query_for(const std::string& name, DnsType type = DnsType::a) {
  const auto query = make_dns_query(0x1234, name, type);
  REQUIRE(query.has_value());
  return *query;
}

/// One A record whose name points at the question's.
const Bytes one_answer = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1};

Bytes reply_to(Bytes query, int rcode = 0, const Bytes& answers = {}) {
  query[2] |= 0x80;
  query[3] = static_cast<std::uint8_t>(rcode);
  query[7] = static_cast<std::uint8_t>(answers.size() / one_answer.size());
  query.insert(query.end(), answers.begin(), answers.end());
  return query;
}

std::string judged(const Bytes& query, const Bytes& reply) {
  const DnsJudgement judgement = judge_dns_reply(query, reply);
  const char* verdicts[] = {"passed: ", "failed: ", "not ours: "};
  return verdicts[static_cast<int>(judgement.verdict)] + judgement.text;
}

std::string as_text(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

Bytes as_bytes(const std::string& text) {
  return {text.begin(), text.end()};
}

DnsCheck check_of(const char* name, std::chrono::milliseconds timeout) {
  return {Timeout{timeout, {}}, Located<std::string>{name, {}}, Located<DnsType>{DnsType::a, {}}};
}

}  // namespace

TEST_CASE("dns: a query is one question, with or without the name's last dot") {
  const Bytes expected = {0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 2, 'a', 'b', 1, 'c', 0, 0, 33, 0, 1};
  CHECK(query_for("ab.c", DnsType::srv) == expected);
  CHECK(query_for("ab.c.", DnsType::srv) == expected);
  CHECK(query_for(".", DnsType::soa) == Bytes{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1});
}

TEST_CASE("dns: what is no name is refused") {
  for (const std::string& name : {std::string(), std::string("a..b"), std::string(64, 'a'), std::string("a\0b", 3)}) {
    const auto query = make_dns_query(1, name, DnsType::a);
    REQUIRE_FALSE(query.has_value());
    CHECK(query.error().text == "'" + name + "' is not a domain name");
  }
  std::string longest;
  while (longest.size() < 250) longest += "abc.";
  CHECK(make_dns_query(1, longest, DnsType::a).has_value());
  CHECK_FALSE(make_dns_query(1, longest + "abc.", DnsType::a).has_value());
}

TEST_CASE("dns: NOERROR passes, with and without answers; every other code is named") {
  const Bytes query = query_for("www.example.com");
  CHECK(judged(query, reply_to(query)) == "passed: NOERROR without answers");
  CHECK(judged(query, reply_to(query, 0, one_answer)) == "passed: NOERROR with 1 answer");
  CHECK(judged(query, reply_to(query, 2)) == "failed: SERVFAIL");
  CHECK(judged(query, reply_to(query, 3)) == "failed: NXDOMAIN");
  CHECK(judged(query, reply_to(query, 5)) == "failed: REFUSED");
  CHECK(judged(query, reply_to(query, 12)) == "failed: rcode 12");
}

TEST_CASE("dns: an error needs no question, and the question's letters may change their case") {
  const Bytes query = query_for("www.example.com");
  Bytes header_only = reply_to(query, 1);
  header_only.resize(12);
  header_only[5] = 0;
  CHECK(judged(query, header_only) == "failed: FORMERR");
  Bytes shouting = reply_to(query);
  for (std::size_t at = 12; at < shouting.size() - 4; ++at) {
    if (shouting[at] >= 'a') shouting[at] = static_cast<std::uint8_t>(shouting[at] - 0x20);
  }
  CHECK(judged(query, shouting) == "passed: NOERROR without answers");
}

TEST_CASE("dns: other datagrams are not ours, other questions and cut replies fail") {
  const Bytes query = query_for("www.example.com");
  Bytes other_id = reply_to(query);
  other_id[1] ^= 1;
  CHECK(judged(query, other_id) == "not ours: answers another query");
  CHECK(judged(query, query) == "not ours: a query, not a reply");
  CHECK(judged(query, {}) == "not ours: too short for a DNS message");
  CHECK(judged(query, reply_to(query_for("www.example.org"))) == "failed: the reply does not repeat the question");
  CHECK(judged(query, reply_to(query_for("www.example.com", DnsType::aaaa))) ==
        "failed: the reply does not repeat the question");
  Bytes cut = reply_to(query, 0, one_answer);
  cut.pop_back();
  CHECK(judged(query, cut) == "failed: the reply is cut short or garbled");
  cut[2] |= 0x02;
  CHECK(judged(query, cut) == "passed: NOERROR with 1 answer");
}

TEST_CASE("dns: a compression pointer to itself ends nowhere and does no harm") {
  const Bytes query = query_for("a");
  Bytes loop = one_answer;
  loop[1] = static_cast<std::uint8_t>(query.size());
  CHECK(judged(query, reply_to(query, 0, loop)) == "passed: NOERROR with 1 answer");
  Bytes in_question = reply_to(query);
  in_question[12] = 0xc0;
  in_question[13] = 12;
  CHECK(judged(query, in_question) == "failed: the reply does not repeat the question");
}

TEST_CASE("dns: a server that answers") {
  const UdpServer server(
      [](const std::string& question, int) { return as_text(reply_to(as_bytes(question), 0, one_answer)); });
  CHECK(outcome_text(server.target(), check_of("www.example.com", patience)) == "passed: NOERROR with 1 answer");
}

TEST_CASE("dns: a server that says SERVFAIL") {
  const UdpServer server([](const std::string& question, int) { return as_text(reply_to(as_bytes(question), 2)); });
  CHECK(outcome_text(server.target(), check_of("www.example.com", patience)) == "failed: SERVFAIL");
}

TEST_CASE("dns: a lost question is asked again at half of the time") {
  const UdpServer server([](const std::string& question, int count) -> std::optional<std::string> {
    if (count == 1) return std::nullopt;
    return as_text(reply_to(as_bytes(question)));
  });
  CHECK(outcome_text(server.target(), check_of("www.example.com", std::chrono::seconds{3})) ==
        "passed: NOERROR without answers");
}

TEST_CASE("dns: silence, garbage and a closed port") {
  const UdpServer silent([](const std::string&, int) { return std::nullopt; });
  CHECK(outcome_text(silent.target(), check_of("a", impatience)) == "failed: no answer within 200ms");
  const UdpServer garbled([](const std::string&, int) { return std::string(60'000, 'x'); });
  CHECK(outcome_text(garbled.target(), check_of("a", impatience)) == "failed: no answer within 200ms");
  const std::uint16_t closed = UdpPort().port;
  CHECK(outcome_text(local(closed), check_of("a", patience)) == "failed: connection refused");
}
