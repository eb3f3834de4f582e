// HTTPS attempts: what is verified, and what each wrong certificate is called.
#include <csignal>
#include <cstdio>
#include <fstream>

#include <doctest/doctest.h>
#include <unistd.h>

#include "certificates.hpp"
#include "probing.hpp"

namespace ballast::test {
namespace {

using namespace std::chrono_literals;

/// A file of its own with that text.
class TextFile {
 public:
  explicit TextFile(const std::string& text) {
    char name[] = "/tmp/ballast-test-XXXXXX";
    ::close(mkstemp(name));
    path = name;
    write(text);
  }
  ~TextFile() { std::remove(path.c_str()); }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  void write(const std::string& text) const { std::ofstream(path, std::ios::trunc) << text; }
  std::string path;
};

HttpCheck https(std::chrono::milliseconds timeout = 20s) {
  HttpCheck check;
  check.timeout.value = timeout;
  check.requests.emplace_back();
  check.tls.emplace();
  return check;
}

HttpCheck verifying(const std::string& ca_file, const std::string& name) {
  HttpCheck check = https();
  check.tls->verify.value = true;
  check.tls->ca_file = Located<std::string>{ca_file, {}};
  if (!name.empty()) check.tls->server_name = Located<std::string>{name, {}};
  return check;
}

std::function<void(int)> https_server(const CertificateOptions& options) {
  return over_tls(make_certificate(options), [](SSL* ssl) { answer_over_tls(ssl, ok("hello")); });
}

}  // namespace

TEST_CASE("probe https: by default nothing of the certificate is checked") {
  Probing probing;
  CertificateOptions old;
  old.valid_to_seconds = -60;
  ProbeServer server(https_server(old));
  CHECK(text_of(probing.probe(server.target(), https())) == "passed: 200 OK");
  HttpCheck body = https();
  body.requests[0].body_contains = Located<std::string>{"x", {}};
  CHECK(text_of(probing.probe(server.target(), body)) == "failed: body lacks 'x'");
}

TEST_CASE("probe https: with verify, each wrong certificate has its message") {
  Probing probing;
  const Certificate authority = make_certificate({"", nullptr});
  const Certificate stranger = make_certificate({"", nullptr});
  const TextFile ca(authority.pem());
  const auto said = [&](const CertificateOptions& options, const std::string& name) {
    ProbeServer server(https_server(options));
    return text_of(probing.probe(server.target(), verifying(ca.path, name)));
  };
  CHECK(said({"DNS:www.example.net", &authority}, "www.example.net") == "passed: 200 OK");
  CHECK(said({"DNS:www.example.net", &authority}, "other.example.net") == "failed: certificate: hostname mismatch");
  CHECK(said({"IP:127.0.0.1", &authority}, "") == "passed: 200 OK");
  CHECK(said({"IP:127.0.0.2", &authority}, "") == "failed: certificate: IP address mismatch");
  CHECK(said({"DNS:www.example.net", nullptr}, "www.example.net") == "failed: certificate: self-signed certificate");
  CHECK(said({"DNS:www.example.net", &stranger}, "www.example.net").starts_with("failed: certificate: "));
  CHECK(said({"DNS:www.example.net", &authority, -7200, -3600}, "www.example.net") ==
        "failed: certificate: certificate has expired");
  CHECK(said({"DNS:www.example.net", &authority, 3600, 7200}, "www.example.net") ==
        "failed: certificate: certificate is not yet valid");
}

TEST_CASE("probe https: the name sent and verified is the Host header's where none is given") {
  Probing probing;
  const Certificate authority = make_certificate({"", nullptr});
  const TextFile ca(authority.pem());
  std::string asked;
  ProbeServer server(over_tls(make_certificate({"DNS:www.example.net", &authority}), [&](SSL* ssl) {
    const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    asked = name != nullptr ? name : "nothing";
    answer_over_tls(ssl, ok(""));
  }));
  HttpCheck check = verifying(ca.path, "");
  check.requests[0].host = Located<std::string>{"www.example.net:8443", {}};
  CHECK(text_of(probing.probe(server.target(), check)) == "passed: 200 OK");
  CHECK(asked == "www.example.net");
  CHECK(text_of(probing.probe(server.target(), https())) == "passed: 200 OK");
  CHECK(asked == "nothing");
}

TEST_CASE("probe https: a CA file that is replaced is read again; one that cannot be read says so") {
  Probing probing;
  const Certificate first = make_certificate({"", nullptr});
  const Certificate second = make_certificate({"", nullptr});
  const TextFile ca(first.pem());
  ProbeServer server(https_server({"DNS:a.example", &second}));
  CHECK_FALSE(probing.probe(server.target(), verifying(ca.path, "a.example")).passed);
  ca.write(first.pem() + second.pem());
  CHECK(text_of(probing.probe(server.target(), verifying(ca.path, "a.example"))) == "passed: 200 OK");
  const ProbeOutcome missing = probing.probe(server.target(), verifying("/nowhere.pem", "a.example"));
  CHECK(text_of(missing) == "failed: cannot read the CA file /nowhere.pem: no such file or directory");
  CHECK(missing.own_fault);
  ca.write("no certificate");
  CHECK(probing.probe(server.target(), verifying(ca.path, "a.example")).text.starts_with("cannot read the CA file"));
}

TEST_CASE("probe https: servers that do not speak TLS, hang in the handshake, or leave") {
  Probing probing;
  ProbeServer plain([](int connection) { send_all(connection, "HTTP/1.1 400 Bad Request\r\n\r\n"); });
  CHECK(text_of(probing.probe(plain.target(), https())) == "failed: TLS handshake: the server does not speak TLS");
  ProbeServer garbage([](int connection) {
    send_all(connection, std::string("\x16\x03\x03\x00\x20", 5) + std::string(400, '\xee'));
    hang(connection);
  });
  CHECK(text_of(probing.probe(garbage.target(), https())).starts_with("failed: TLS handshake: "));
  ProbeServer hanging(hang);
  CHECK(text_of(probing.probe(hanging.target(), https(60ms))) == "failed: no TLS handshake within 60ms");
  ProbeServer leaving([](int) {});
  const std::string left = text_of(probing.probe(leaving.target(), https()));
  CHECK((left == "failed: TLS handshake: the server closed the connection" ||
         left == "failed: connection reset by peer"));
}

TEST_CASE("probe https: a server that is gone raises no signal") {
  Probing probing;
  struct sigaction standard {};
  standard.sa_handler = SIG_DFL;
  struct sigaction before {};
  sigaction(SIGPIPE, &standard, &before);
  ProbeServer server(over_tls(make_certificate({}), nullptr));
  CHECK_FALSE(probing.probe(server.target(), https()).passed);
  sigaction(SIGPIPE, &before, nullptr);
}

}  // namespace ballast::test
