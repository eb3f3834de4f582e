// grpc over TLS: HTTP/2 has to be agreed upon by ALPN, and the name that is sent is the call's authority.
#include "certificates.hpp"
#include "health_server.hpp"
#include "probe_servers.hpp"

using namespace ballast;
using namespace ballast::test;

namespace {

int choose_h2(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
              unsigned offered_size, void* /*nothing*/) {
  static constexpr unsigned char h2[] = {2, 'h', '2'};  // OpenSSL reads it after the return
  unsigned char* found = nullptr;
  const int status = SSL_select_next_proto(&found, size, h2, sizeof h2, offered, offered_size);
  *chosen = found;
  return status == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
}

/// A gRPC server whose service serves; what it hears is left in `heard`.
std::function<void(int)> grpc_over_tls(const Certificate& certificate, std::string& heard) {
  return [&](int connection) {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX_use_certificate(context.get(), certificate.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), certificate.key.get());
    SSL_CTX_set_alpn_select_cb(context.get(), choose_h2, nullptr);
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
    SSL_set_fd(ssl.get(), connection);
    if (SSL_accept(ssl.get()) != 1) return;
    HealthAnswer answer;
    answer.body = framed_status(1);
    HealthServer server(answer);
    char buffer[4096];
    for (int size = 0; (size = SSL_read(ssl.get(), buffer, sizeof buffer)) > 0;) {
      const std::string said = server.feed({buffer, static_cast<std::size_t>(size)});
      heard = server.heard();
      if (!said.empty() && SSL_write(ssl.get(), said.data(), static_cast<int>(said.size())) <= 0) return;
    }
  };
}

GrpcCheck check_of(const TlsOptions& tls) {
  return {Timeout{patience, {}}, Located<std::string>{"shop", {}}, tls};
}

}  // namespace

TEST_CASE("grpc: over TLS with the server's name") {
  const Certificate certificate = make_certificate({});
  std::string heard;
  const ProbeServer server(grpc_over_tls(certificate, heard));
  TlsOptions tls;
  tls.server_name = Located<std::string>{"www.example.net", {}};
  CHECK(outcome_text(server.target(), check_of(tls)) == "passed: SERVING");
  CHECK(heard.find(":scheme: https\n") != std::string::npos);
  CHECK(heard.find(":authority: www.example.net\n") != std::string::npos);
  tls.verify.value = true;
  CHECK(outcome_text(server.target(), check_of(tls)) == "failed: certificate: self-signed certificate");
}

TEST_CASE("grpc: a TLS server without HTTP/2, and one without TLS") {
  const ProbeServer http1(over_tls(make_certificate({}), {}));
  CHECK(outcome_text(http1.target(), check_of({})) == "failed: the server does not offer HTTP/2 (no ALPN h2)");
  const auto mail = [](Peer& peer) { peer.write("220 mx.example ESMTP\r\n"); };
  CHECK(outcome_against(mail, check_of({})) == "failed: TLS handshake: the server does not speak TLS");
}
