// HTTP attempts against servers that behave well and badly.
#include <vector>

#include <doctest/doctest.h>
#include <sys/socket.h>

#include "probing.hpp"

namespace ballast::test {
namespace {

using namespace std::chrono_literals;

HttpCheck http(std::vector<std::string> paths = {"/"}, std::chrono::milliseconds timeout = 20s) {
  HttpCheck check;
  check.timeout.value = timeout;
  for (const std::string& path : paths) {
    HttpRequest request;
    request.path.value = path;
    check.requests.push_back(request);
  }
  return check;
}

HttpCheck wanting_body(const std::string& text, std::chrono::milliseconds timeout = 20s) {
  HttpCheck check = http({"/"}, timeout);
  check.requests[0].body_contains = Located<std::string>{text, {}};
  return check;
}

/// Serves a connection until the client leaves: the body is what was asked for and how many requests came before on
/// this connection.
void keep_answering(int connection) {
  for (int i = 0;; ++i) {
    const std::string request = read_request(connection);
    if (request.empty()) return;
    const std::string path = request.substr(0, request.find(" HTTP"));
    send_all(connection, ok(path + " after " + std::to_string(i)));
    if (request.find("Connection: close") != std::string::npos) return;
  }
}

}  // namespace

TEST_CASE("probe http: up, wrong status, wrong content, refused") {
  Probing probing;
  ProbeServer up(answers(ok("hello")));
  CHECK(text_of(probing.probe(up.target(), http())) == "passed: 200 OK");
  CHECK(text_of(probing.probe(up.target(), wanting_body("ell"))) == "passed: 200 OK");
  CHECK(text_of(probing.probe(up.target(), wanting_body("x"))) == "failed: body lacks 'x'");
  ProbeServer broken(answers("HTTP/1.1 503 Sorry\r\nContent-Length: 0\r\n\r\n"));
  CHECK(text_of(probing.probe(broken.target(), http())) == "failed: status 503, wanted 200-299");
  CHECK(text_of(probing.probe(nobody_there(), http())) == "failed: connection refused");
}

TEST_CASE("probe http: the Host header is the manifest's, else address and port, without the default one") {
  Probing probing;
  std::string seen;
  const auto record = [&](int connection) {
    seen = read_request(connection);
    send_all(connection, ok(""));
  };
  ProbeServer server(record, "::1");
  probing.probe(server.target(), http());
  CHECK(seen.find("\r\nHost: [::1]:" + std::to_string(server.target().port) + "\r\n") != std::string::npos);
  HttpCheck named = http();
  named.requests[0].host = Located<std::string>{"www.example.net", {}};
  probing.probe(server.target(), named);
  CHECK(seen.find("\r\nHost: www.example.net\r\n") != std::string::npos);
}

TEST_CASE("probe http: hanging, a byte at a time, an endless body that nobody awaits the end of") {
  Probing probing;
  ProbeServer hanging(hang);
  CHECK(text_of(probing.probe(hanging.target(), http({"/"}, 60ms))) == "failed: no answer within 60ms");
  // A byte each 20 ms, and each is an answer to nothing.
  ProbeServer dripping([](int connection) {
    if (read_request(connection).empty()) return;
    std::string_view rest = "HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n";
    timeval pause{0, 20'000};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &pause, sizeof pause);
    char byte = 0;
    while (send_all(connection, rest.empty() ? "x" : rest.substr(0, 1)) && recv(connection, &byte, 1, 0) != 0) {
      rest.remove_prefix(rest.empty() ? 0 : 1);
    }
  });
  CHECK(text_of(probing.probe(dripping.target(), http({"/"}, 90ms))) == "failed: no answer within 90ms");
  ProbeServer begun([](int connection) {
    read_request(connection);
    send_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    hang(connection);
  });
  CHECK(text_of(probing.probe(begun.target(), wanting_body("x", 90ms))) == "failed: no end of the body within 90ms");
  CHECK(text_of(probing.probe(begun.target(), http())) == "passed: 200 OK");
}

TEST_CASE("probe http: endless bodies and headers, resets, and what is no HTTP") {
  Probing probing;
  const auto endless = [](const std::string& begin, const std::string& again) {
    return [begin, again](int connection) {
      read_request(connection);
      if (!send_all(connection, begin)) return;
      while (send_all(connection, again)) {
      }
    };
  };
  const std::string junk(10000, 'x');
  ProbeServer body(endless("HTTP/1.1 200 OK\r\n\r\n", junk));
  CHECK(text_of(probing.probe(body.target(), wanting_body("z"))) == "failed: body is larger than 1 MB");
  CHECK(text_of(probing.probe(body.target(), http())) == "passed: 200 OK");
  ProbeServer header(endless("HTTP/1.1 200 OK\r\n", "Field: value\r\n"));
  CHECK(text_of(probing.probe(header.target(), http())) == "failed: endless header");
  ProbeServer chunk(endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"));
  CHECK(text_of(probing.probe(chunk.target(), wanting_body("z"))) == "failed: body is larger than 1 MB");
  ProbeServer reset([](int connection) {
    read_request(connection);
    const linger now{1, 0};
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  });
  CHECK(text_of(probing.probe(reset.target(), http())) == "failed: connection reset by peer");
  ProbeServer closing([](int connection) { read_request(connection); });
  CHECK(text_of(probing.probe(closing.target(), http())) == "failed: connection closed without an answer");
  ProbeServer other(answers("220 mail.example.net ESMTP\r\n"));
  CHECK(text_of(probing.probe(other.target(), http())) == "failed: the answer is not HTTP");
}

TEST_CASE("probe http: several requests on one connection, and the failed one is named") {
  Probing probing;
  ProbeServer server(keep_answering);
  HttpCheck check = http({"/a", "/b", "/c"});
  check.requests[2].body_contains = Located<std::string>{"/c after 2", {}};
  CHECK(text_of(probing.probe(server.target(), check)) == "passed: 200 OK");
  CHECK(server.connections() == 1);
  check.requests[1].status = {{{500, 500}, {}}};
  CHECK(text_of(probing.probe(server.target(), check)) == "failed: GET /b: status 200, wanted 500");
  // A server that closes after each reply gets a connection for each.
  ProbeServer closing(answers(ok("x", "Connection: close\r\n")));
  CHECK(text_of(probing.probe(closing.target(), http({"/a", "/b"}))) == "passed: 200 OK");
  CHECK(closing.connections() == 2);
}

TEST_CASE("probe http: with keepAlive the connection stays for the next check, and its loss is no failure") {
  Probing probing;
  ProbeServer server(keep_answering);
  HttpCheck check = http();
  check.keep_alive.value = true;
  for (int i = 0; i < 3; ++i) CHECK(text_of(probing.probe(server.target(), check)) == "passed: 200 OK");
  CHECK(server.connections() == 1);
  probing.prober.reset();

  // Closes without a word once the second request is there.
  ProbeServer leaving([](int connection) {
    read_request(connection);
    send_all(connection, ok(""));
    read_request(connection);
  });
  Probing again;
  CHECK(text_of(again.probe(leaving.target(), check)) == "passed: 200 OK");
  CHECK(text_of(again.probe(leaving.target(), check)) == "passed: 200 OK");
  CHECK(leaving.connections() == 2);
  again.prober.reset();
}

TEST_CASE("probe http: redirects on the same server, no more than were allowed") {
  Probing probing;
  ProbeServer server([](int connection) {
    while (true) {
      const std::string request = read_request(connection);
      if (request.empty()) return;
      if (request.starts_with("GET /end ")) {
        send_all(connection, ok("there"));
      } else if (request.starts_with("GET /away ")) {
        send_all(connection, "HTTP/1.1 301 Moved\r\nLocation: https://evil.example/\r\nContent-Length: 0\r\n\r\n");
      } else if (request.starts_with("GET /once ")) {
        send_all(connection, "HTTP/1.1 302 Found\r\nLocation: end\r\nContent-Length: 0\r\n\r\n");
      } else {
        send_all(connection, "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 4\r\n\r\nbody");
      }
      if (request.find("Connection: close") != std::string::npos) return;
    }
  });
  CHECK(text_of(probing.probe(server.target(), http({"/once"}))) == "failed: status 302, wanted 200-299");
  HttpCheck check = http({"/once"});
  check.redirects.value = 2;
  check.requests[0].body_contains = Located<std::string>{"there", {}};
  CHECK(text_of(probing.probe(server.target(), check)) == "passed: 200 OK");
  check.requests[0].path.value = "/loop";
  CHECK(text_of(probing.probe(server.target(), check)) == "failed: status 302, wanted 200-299");
  check.requests[0].path.value = "/away";
  CHECK(text_of(probing.probe(server.target(), check)) ==
        "failed: 301 Moved Permanently to another server: https://evil.example/");
}

TEST_CASE("probe http: ended in every phase by its prober") {
  const auto kind = std::make_shared<const CheckKind>(wanting_body("x"));
  ProbeServer server([](int connection) {
    read_request(connection);
    send_all(connection, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    hang(connection);
  });
  for (int steps = 0; steps < 8; ++steps) {
    Probing probing;
    bool told = false;
    probing.prober->start(server.target(), kind, [&](const ProbeOutcome&) { told = true; });
    for (int i = 0; i < steps; ++i) probing.loop.poll_one();
    probing.prober.reset();
    probing.loop.run();
    CHECK(kind.use_count() == 1);
    CHECK_FALSE(told);
  }
}

}  // namespace ballast::test
