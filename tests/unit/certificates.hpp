// Certificates for tests, made on the spot: authorities, and servers' with names and dates as a test wants.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace ballast::test {

struct Certificate {
  std::shared_ptr<EVP_PKEY> key;
  std::shared_ptr<X509> certificate;

  [[nodiscard]] std::string pem() const;
};

struct CertificateOptions {
  std::string names = "DNS:www.example.net";  ///< subjectAltName; empty: an authority
  const Certificate* issuer = nullptr;        ///< null: signed by itself
  long valid_from_seconds = -3600;            ///< from now
  long valid_to_seconds = 3600;
};
Certificate make_certificate(const CertificateOptions& options);

/// For ProbeServer: TLS with that certificate, then `serve`, which may be empty.
std::function<void(int)> over_tls(Certificate certificate, std::function<void(SSL*)> serve);

/// One HTTP reply to one request over TLS.
void answer_over_tls(SSL* ssl, const std::string& reply);

}  // namespace ballast::test
