#include "certificates.hpp"

#include <utility>

#include <doctest/doctest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace ballast::test {
namespace {

void extend(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  REQUIRE(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

std::string Certificate::pem() const {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(memory.get(), certificate.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

Certificate make_certificate(const CertificateOptions& options) {
  static long serial = 0;
  Certificate made{{EVP_EC_gen("P-256"), EVP_PKEY_free}, {X509_new(), X509_free}};
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate), options.valid_from_seconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate), options.valid_to_seconds);
  X509_set_pubkey(certificate, made.key.get());
  const std::string common = (options.names.empty() ? "authority " : "server ") + std::to_string(serial);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common.c_str()), -1, -1, 0);
  const Certificate& issuer = options.issuer != nullptr ? *options.issuer : made;
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer.certificate.get()));
  if (options.names.empty()) {
    extend(certificate, NID_basic_constraints, "critical,CA:TRUE");
  } else {
    extend(certificate, NID_subject_alt_name, options.names);
  }
  REQUIRE(X509_sign(certificate, issuer.key.get(), EVP_sha256()) > 0);
  return made;
}

std::function<void(int)> over_tls(Certificate certificate, std::function<void(SSL*)> serve) {
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  REQUIRE(SSL_CTX_use_certificate(context.get(), certificate.certificate.get()) == 1);
  REQUIRE(SSL_CTX_use_PrivateKey(context.get(), certificate.key.get()) == 1);
  return [context, serve = std::move(serve)](int connection) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), SSL_free);
    SSL_set_fd(ssl.get(), connection);
    if (SSL_accept(ssl.get()) == 1 && serve) serve(ssl.get());
  };
}

void answer_over_tls(SSL* ssl, const std::string& reply) {
  std::string request;
  char buffer[4096];
  while (request.find("\r\n\r\n") == std::string::npos) {
    const int count = SSL_read(ssl, buffer, sizeof buffer);
    if (count <= 0) return;
    request.append(buffer, static_cast<std::size_t>(count));
  }
  SSL_write(ssl, reply.data(), static_cast<int>(reply.size()));
}

}  // namespace ballast::test
