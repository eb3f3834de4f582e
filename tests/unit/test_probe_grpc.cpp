// grpc.health.v1 over HTTP/2: which answers pass, and what all others are called.
#include "drivers/probes/health_exchange.hpp"
#include "drivers/probes/health_message.hpp"
#include "health_server.hpp"
#include "probe_servers.hpp"

using namespace ballast;
using namespace ballast::probes;
using namespace ballast::test;

namespace {

using Headers = HealthAnswer::Headers;
using namespace std::string_literals;

std::string verdict_of(const HealthExchange& exchange) {
  if (!exchange.verdict()) return "none yet";
  return (exchange.verdict()->passed ? "passed: " : "failed: ") + exchange.verdict()->text;
}

/// What the client says of a server with this answer; bytes travel in portions of `portion`.
std::string exchange_with(const HealthAnswer& answer, std::size_t portion = 4096) {
  HealthExchange exchange({"http", "127.0.0.1:50051", "shop"});
  HealthServer server(answer);
  while (!exchange.verdict() && !exchange.unsent().empty()) {
    std::string said;
    while (!exchange.unsent().empty()) {
      const std::string part(exchange.unsent().substr(0, portion));
      exchange.sent(part.size());
      said += server.feed(part);
    }
    for (std::size_t at = 0; at < said.size(); at += portion) exchange.feed(std::string_view(said).substr(at, portion));
  }
  return verdict_of(exchange);
}

HealthAnswer status_answer(char status) {
  HealthAnswer answer;
  answer.body = framed_status(status);
  return answer;
}

HealthAnswer error_answer(const char* code, const char* message) {
  return {
      .headers = {{":status", "200"}, {"grpc-status", code}, {"grpc-message", message}}, .body = {}, .trailers = {}};
}

/// A frame of HTTP/2 (RFC 9113 section 4.1).
std::string frame(char type, char flags, char stream, const std::string& payload) {
  const auto size = payload.size();
  return std::string{static_cast<char>(size >> 16),
                     static_cast<char>(size >> 8),
                     static_cast<char>(size),
                     type,
                     flags,
                     0,
                     0,
                     0,
                     stream} +
         payload;
}

constexpr char data_type = 0, headers_type = 1, reset_type = 3, settings_type = 4, ping_type = 6, goaway_type = 7,
               continuation_type = 9;
const std::string settings = frame(settings_type, 0, 0, "");

std::string fed(const std::string& bytes) {
  HealthExchange exchange({"http", "127.0.0.1:50051", ""});
  exchange.feed(bytes);
  return verdict_of(exchange);
}

/// The same bytes again and again until there is a verdict; what is kept for the server stays bounded meanwhile.
std::string fed_endlessly(const std::string& beginning, const std::string& bytes) {
  HealthExchange exchange({"http", "127.0.0.1:50051", ""});
  exchange.feed(beginning);
  for (int round = 0; round < 1'000'000 && !exchange.verdict(); ++round) {
    exchange.feed(bytes);
    REQUIRE(exchange.unsent().size() < 4 * HealthExchange::received_limit);
  }
  return verdict_of(exchange);
}

std::string status_of(const std::string& body) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(body.data());
  const auto status = read_health_response(std::span(bytes, body.size()));
  return status ? serving_status_text(*status) : status.error().text;
}

GrpcCheck check_of(std::chrono::milliseconds timeout) {
  return {Timeout{timeout, {}}, Located<std::string>{"shop", {}}, std::nullopt};
}

/// A server over TCP with this answer.
std::function<void(Peer&)> answering(const HealthAnswer& answer) {
  return [answer](Peer& peer) {
    HealthServer server(answer);
    for (std::string said = peer.read(); !said.empty(); said = peer.read()) {
      if (!peer.write(server.feed(said))) return;
    }
  };
}

}  // namespace

TEST_CASE("grpc: the request is the service's name in one message") {
  const auto as_text = [](const std::vector<std::uint8_t>& bytes) { return std::string(bytes.begin(), bytes.end()); };
  CHECK(as_text(make_health_request("")) == "\0\0\0\0\0"s);
  CHECK(as_text(make_health_request("shop")) == "\0\0\0\0\6\x0a\4shop"s);
  CHECK(as_text(make_health_request(std::string(200, 'x'))) == "\0\0\0\0\xcb\x0a\xc8\1"s + std::string(200, 'x'));
}

TEST_CASE("grpc: the response's status, past fields that are not known") {
  CHECK(status_of("\0\0\0\0\0"s) == "UNKNOWN");
  CHECK(status_of("\0\0\0\0\2\x08\1"s) == "SERVING");
  CHECK(status_of("\0\0\0\0\2\x08\7"s) == "status 7");
  CHECK(status_of("\0\0\0\0\x14\x12\2ab\x19"
                  "12345678"
                  "\x25"
                  "1234\x08\2"s) == "NOT_SERVING");
}

TEST_CASE("grpc: responses that are not one") {
  CHECK(status_of("") == "the answer has no message");
  CHECK(status_of("\0\0\0"s) == "the answer is cut short");
  CHECK(status_of("\0\0\0\0\3\x08\1"s) == "the answer is not one whole message");
  CHECK(status_of("\0\0\0\0\2\x08\1\0"s) == "the answer is not one whole message");
  CHECK(status_of("\1\0\0\0\2\x08\1"s) == "the answer is compressed, which was not offered");
  CHECK(status_of("\0\0\0\0\1\x08"s) == "the answer is no HealthCheckResponse");
  CHECK(status_of("\0\0\0\0\2\x12\x7f"s) == "the answer is no HealthCheckResponse");
  CHECK(status_of("\0\0\0\0\2\x0b\1"s) == "the answer is no HealthCheckResponse");
  CHECK(status_of("\0\0\0\0\2\0\1"s) == "the answer is no HealthCheckResponse");
  CHECK(status_of("\0\0\0\0\x0c\x08"s + std::string(11, '\xff')) == "the answer is no HealthCheckResponse");
  CHECK(status_of(std::string(2000, 0)) == "the answer is too large for a health response");
}

TEST_CASE("grpc: SERVING passes, in portions of every size; other statuses are named") {
  for (const std::size_t portion : {1, 2, 7, 64, 4096})
    CHECK(exchange_with(status_answer(1), portion) == "passed: SERVING");
  CHECK(exchange_with(status_answer(0)) == "failed: UNKNOWN");
  CHECK(exchange_with(status_answer(2)) == "failed: NOT_SERVING");
  CHECK(exchange_with(status_answer(3)) == "failed: SERVICE_UNKNOWN");
}

TEST_CASE("grpc: the call is a gRPC call") {
  HealthExchange exchange({"https", "grpc.example", "shop"});
  HealthServer server(status_answer(1));
  server.feed(exchange.unsent());
  CHECK(server.heard() ==
        ":method: POST\n:scheme: https\n:path: /grpc.health.v1.Health/Check\n:authority: grpc.example\nte: trailers\n"
        "content-type: application/grpc\nuser-agent: ballast\n");
  CHECK(server.heard_body() == "\0\0\0\0\6\x0a\4shop"s);
}

TEST_CASE("grpc: errors of the call, with what the server says about them") {
  CHECK(exchange_with(error_answer("12", "unknown service")) == "failed: UNIMPLEMENTED: unknown service");
  CHECK(exchange_with(error_answer("5", "")) == "failed: SERVICE_UNKNOWN");
  CHECK(exchange_with(error_answer("14", "caf%C3%A9%0a100%")) == "failed: UNAVAILABLE: caf???100%");
  CHECK(exchange_with(error_answer("99", "x")) == "failed: grpc-status 99: x");
  CHECK(exchange_with(error_answer("-1", "x")) == "failed: grpc-status -1: x");
  CHECK(exchange_with(error_answer("8", std::string(400, 'x').c_str())) ==
        "failed: RESOURCE_EXHAUSTED: " + std::string(120, 'x') + "...");
}

TEST_CASE("grpc: answers of web servers") {
  CHECK(exchange_with({.headers = {{":status", "404"}}, .body = "not found", .trailers = {}}) ==
        "failed: HTTP status 404");
  CHECK(exchange_with({.headers = {{":status", "200"}}, .body = "<html>", .trailers = {}}) ==
        "failed: no grpc-status in the answer: not a gRPC server");
  CHECK(fed("HTTP/1.1 400 Bad Request\r\n\r\n") == "failed: the server speaks HTTP/1, not HTTP/2");
  CHECK(exchange_with({{{":status", "200"}}, std::string(5000, 0), {{"grpc-status", "0"}}}) ==
        "failed: the answer is too large for a health response");
}

TEST_CASE("grpc: what is no HTTP/2, and calls that are refused") {
  CHECK(fed("220 mx.example ESMTP\r\n").starts_with("failed: no HTTP/2: "));
  CHECK(fed(settings + std::string(9, '\xff')).starts_with("failed: no HTTP/2"));
  CHECK(fed(settings + frame(reset_type, 0, 1, "\0\0\0\7"s)) == "failed: the server refused the call: REFUSED_STREAM");
  HealthExchange exchange({"http", "a", ""});
  exchange.feed(settings + frame(goaway_type, 0, 0,
                                 "\0\0\0\1\0\0\0\x0b"
                                 "too\nmany"s));
  exchange.ended("connection closed");
  CHECK(verdict_of(exchange) == "failed: connection closed before the answer: GOAWAY ENHANCE_YOUR_CALM: too?many");
}

TEST_CASE("grpc: nothing may go on for ever") {
  const std::string endless = "failed: more than 16 kB, and no end of the answer";
  CHECK(fed_endlessly(settings, frame(ping_type, 0, 0, "12345678")) == endless);
  CHECK(fed_endlessly("", settings) == endless);
  CHECK(fed_endlessly(settings, frame('\x0a', 0, 0, "an unknown type")) == endless);
  // ":status: 200" from HPACK's static table, then data without end.
  CHECK(fed_endlessly(settings + frame(headers_type, 4, 1, "\x88"), frame(data_type, 0, 1, std::string(100, 0))) ==
        endless);
  CHECK(fed_endlessly(settings + frame(headers_type, 0, 1, "\x88"), frame(continuation_type, 0, 1, ""))
            .starts_with("failed: "));
  // One header that is put into HPACK's table, and then named by one byte each time.
  CHECK(fed(settings +
            frame(headers_type, 4, 1, "\x88\x40\1a\x7f\x9f\1" + std::string(286, 'b') + std::string(2000, '\xbe'))) ==
        "failed: more than 128 headers");
}

TEST_CASE("grpc: a server over TCP that serves, and one that does not") {
  CHECK(outcome_against(answering(status_answer(1)), check_of(patience)) == "passed: SERVING");
  CHECK(outcome_against(answering(status_answer(2)), check_of(patience)) == "failed: NOT_SERVING");
  CHECK(outcome_text(nobody_there(), check_of(patience)) == "failed: connection refused");
}

TEST_CASE("grpc: a server that closes, resets, hangs, is slow, or never ends") {
  CHECK(outcome_against(
            [](Peer& peer) {
              peer.read();
              peer.reset();
            },
            check_of(patience)) == "failed: connection reset by peer before the answer");
  CHECK(outcome_against(
            [](Peer& peer) {
              peer.read();
              peer.write(settings);
            },
            check_of(patience))
            .ends_with(" before the answer"));
  CHECK(outcome_against([](Peer& peer) { peer.hang(); }, check_of(impatience)) == "failed: no answer within 200ms");
  CHECK(outcome_against(
            [](Peer& peer) {
              peer.read();
              peer.write(settings);
              peer.hang();
            },
            check_of(impatience)) == "failed: no answer within 200ms");
  CHECK(outcome_against(
            [](Peer& peer) {
              peer.write(settings);
              peer.write_endlessly(frame(ping_type, 0, 0, "12345678"));
            },
            check_of(patience)) == "failed: more than 16 kB, and no end of the answer");
}
