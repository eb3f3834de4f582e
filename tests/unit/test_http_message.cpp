// What is asked over HTTP, and what the bytes that come back mean: without sockets, in pieces of every size.
#include <doctest/doctest.h>

#include "drivers/probes/http_body.hpp"
#include "drivers/probes/http_message.hpp"

namespace ballast::test {
namespace {

using namespace probes;

struct Judging {
  HttpRequest wanted;
  HttpMethod method = HttpMethod::get;
  bool follow = false;

  /// "passed: 200 OK, reusable"
  [[nodiscard]] std::string judge(std::string_view bytes, std::size_t piece, bool end = false) const {
    HttpReply reply(wanted, method, follow);
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) reply.take(bytes.substr(0, piece));
    if (end) reply.take_end();
    if (!reply.decided()) return "undecided";
    return (reply.passed() ? "passed: " : "failed: ") + reply.text() + (reply.reusable() ? ", reusable" : "") +
           (reply.redirect().empty() ? "" : " -> " + reply.redirect());
  }
  /// The same whole and byte by byte.
  [[nodiscard]] std::string operator()(std::string_view bytes, bool end = false) const {
    std::string whole = judge(bytes, bytes.size() + 1, end);
    CHECK(judge(bytes, 1, end) == whole);
    return whole;
  }
};

Located<StatusRange> range(std::uint16_t first, std::uint16_t last) {
  return {{first, last}, {}};
}

Located<std::string> located(const std::string& text) {
  return {text, {}};
}

const std::string hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

}  // namespace

TEST_CASE("http: the request") {
  CHECK(make_http_request(HttpMethod::get, "/health?x=1", "www.example.net", false) ==
        "GET /health?x=1 HTTP/1.1\r\nHost: www.example.net\r\nUser-Agent: ballast\r\nAccept: */*\r\n"
        "Accept-Encoding: identity\r\nConnection: close\r\n\r\n");
  CHECK(make_http_request(HttpMethod::post, "/", "[::1]:81", true) ==
        "POST / HTTP/1.1\r\nHost: [::1]:81\r\nUser-Agent: ballast\r\nAccept: */*\r\nAccept-Encoding: identity\r\n"
        "Content-Length: 0\r\n\r\n");
}

TEST_CASE("http: the status decides, by default 200 to 299, else one of the ranges") {
  Judging judge;
  CHECK(judge(hello) == "passed: 200 OK, reusable");
  CHECK(judge("HTTP/1.1 503 Sorry\r\nContent-Length: 0\r\n\r\n") == "failed: status 503, wanted 200-299, reusable");
  judge.wanted.status = {range(200, 204), range(401, 401)};
  CHECK(judge("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n") == "passed: 401 Unauthorized, reusable");
  CHECK(judge("HTTP/1.1 205 No\r\nContent-Length: 0\r\n\r\n") == "failed: status 205, wanted 200-204, 401, reusable");
}

TEST_CASE("http: without an expectation the body is not waited for") {
  const Judging judge;
  CHECK(judge("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nbegin") == "passed: 200 OK");
  CHECK(judge("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense") == "passed: 200 OK");
  CHECK(judge("HTTP/1.0 200 OK\r\n\r\nuntil the end", true) == "passed: 200 OK");
}

TEST_CASE("http: a connection is used again only where the reply ended cleanly") {
  Judging judge;
  CHECK(judge(hello + "HTTP/1.1") == "passed: 200 OK");
  CHECK(judge("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n") == "passed: 200 OK");
  CHECK(judge("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n") == "passed: 200 OK");
  judge.method = HttpMethod::head;
  CHECK(judge("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n") == "passed: 200 OK, reusable");
}

TEST_CASE("http: interim replies are skipped, but not for ever") {
  const Judging judge;
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  CHECK(judge(interim + "HTTP/1.1 100 Continue\r\n\r\n" + hello) == "passed: 200 OK, reusable");
  std::string many;
  for (int i = 0; i < 9; ++i) many += interim;
  CHECK(judge(many) == "failed: endless interim replies");
}

TEST_CASE("http: the body by substring, expression and digests") {
  Judging judge;
  judge.wanted.body_contains = located("ell");
  CHECK(judge(hello) == "passed: 200 OK, reusable");
  CHECK(
      judge(
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nTrailer: t\r\n\r\n") ==
      "passed: 200 OK, reusable");
  CHECK(judge("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n") ==
        "failed: body lacks 'ell', reusable");
  CHECK(judge("HTTP/1.0 200 OK\r\n\r\nhello", true) == "passed: 200 OK");
  CHECK(judge("HTTP/1.0 200 OK\r\n\r\nhello") == "undecided");
  CHECK(judge("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell") == "passed: 200 OK, reusable");
  CHECK(judge("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhel") == "failed: body lacks 'ell', reusable");
  judge.wanted.body_matches = located("^h.*o$");
  CHECK(judge(hello) == "passed: 200 OK, reusable");
  CHECK(judge("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell") == "failed: body does not match '^h.*o$', reusable");
  judge.wanted.md5 = located("5d41402abc4b2a76b9719d911017c592");
  judge.wanted.sha256 = located("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  CHECK(judge(hello) == "passed: 200 OK, reusable");
  judge.wanted.sha256 = located("00");
  CHECK(judge(hello) ==
        "failed: body has the SHA-256 2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824, wanted 00, "
        "reusable");
  judge.wanted.md5 = located("11");
  CHECK(judge(hello) == "failed: body has the MD5 5d41402abc4b2a76b9719d911017c592, wanted 11, reusable");
}

TEST_CASE("http: an expression that kills other engines") {
  Judging judge;
  judge.wanted.body_matches = located("(a+)+$");
  std::string body(200000, 'a');
  body += 'b';
  const std::string reply = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  CHECK(judge.judge(reply, 4096) == "failed: body does not match '(a+)+$', reusable");
}

TEST_CASE("http: endless headers, bodies and chunks end within bounds") {
  Judging judge;
  std::string fields = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 400; ++i) fields += "Field: " + std::string(90, 'x') + "\r\n";
  CHECK(judge.judge(fields, 1000) == "failed: endless header");
  CHECK(judge.judge("HTTP/1.1 200 " + std::string(40000, 'x'), 1000) == "failed: endless header");
  CHECK(judge.judge("HTTP/1.1 200 OK\r\nA: " + std::string(40000, 'x'), 1) == "failed: endless header");
  judge.wanted.body_contains = located("z");
  CHECK(judge.judge("HTTP/1.1 200 OK\r\n\r\n" + std::string(largest_body + 1, 'x'), 5000) ==
        "failed: body is larger than 1 MB");
  CHECK(judge.judge("HTTP/1.1 200 OK\r\n\r\n" + std::string(largest_body - 1, 'x') + "z", 5000, true) ==
        "passed: 200 OK");
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  CHECK(judge.judge(chunked + "1;" + std::string(40000, 'x'), 1000).starts_with("failed: "));
  CHECK(judge.judge(chunked + "0\r\nTrailer: " + std::string(40000, 'x'), 1000).starts_with("failed: "));
}

TEST_CASE("http: a gzip body counts as it is, and is never unpacked") {
  Judging judge;
  judge.wanted.body_contains = located("\x1f\x8b");
  CHECK(judge("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\n\x1f\x8b\x08") ==
        "passed: 200 OK, reusable");
}

TEST_CASE("http: what is no HTTP, and what breaks off") {
  Judging judge;
  CHECK(judge("SSH-2.0-OpenSSH_9.2\r\n") == "failed: the answer is not HTTP");
  CHECK(judge("HTTP/x.1 200 OK\r\n\r\n").starts_with("failed: the answer is not sound HTTP: "));
  CHECK(judge("", true) == "failed: connection closed without an answer");
  CHECK(judge("HTTP/1.1 200", true) == "failed: connection closed within the header");
  judge.wanted.body_contains = located("h");
  CHECK(judge("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", true) ==
        "failed: connection closed before the end of the body");
}

TEST_CASE("http: a redirect is followed where that is wanted, unless its status is what is expected") {
  Judging judge;
  const std::string moved = "HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n";
  CHECK(judge(moved) == "failed: status 302, wanted 200-299, reusable");
  judge.follow = true;
  CHECK(judge(moved) == "failed: 302 Found, reusable -> /next");
  CHECK(judge("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n") == "failed: status 302, wanted 200-299, reusable");
  judge.wanted.status = {range(300, 399)};
  CHECK(judge(moved) == "passed: 302 Found, reusable");
}

TEST_CASE("http: where a redirect leads, on the same server only") {
  const auto target = [](std::string_view location) {
    return redirect_target(location, "/a/b?c", "http", "www.example.net:81");
  };
  CHECK(target("/x?y#z") == "/x?y");
  CHECK(target("x") == "/a/x");
  CHECK(target("?q") == "/a/b?q");
  CHECK(target("#top") == "/a/b?c");
  CHECK(target("http://WWW.example.net:81/x") == "/x");
  CHECK(target("http://www.example.net:81") == "/");
  CHECK(target("HTTP://www.example.net:81?q") == "/?q");
  CHECK(target("//www.example.net:81/x") == "/x");
  CHECK(target("http://www.example.net/x").empty());
  CHECK(target("https://www.example.net:81/x").empty());
  CHECK(target("//evil.example/x").empty());
  CHECK(target("javascript:x").empty());
  CHECK(target("/x\r\nHost: y").empty());
  CHECK(target("/a b").empty());
}

}  // namespace ballast::test
