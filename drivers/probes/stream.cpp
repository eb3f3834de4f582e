#include "drivers/probes/stream.hpp"

#include <cerrno>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include "drivers/probes/attempt.hpp"

namespace ballast::probes {
namespace {

using State = Progress::State;

Progress wait_for(std::uint32_t events) {
  return {State::wait, events, 0, {}, false};
}

Progress failed(std::string text, bool own_fault = false) {
  return {State::failed, 0, 0, std::move(text), own_fault};
}

Progress done(std::size_t bytes = 0) {
  return {State::done, 0, bytes, {}, false};
}

int descriptor_of(BIO* bio) {
  return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio)));
}

/// OpenSSL's own socket BIO writes with write(), which sends SIGPIPE where the server is gone.
const BIO_METHOD* socket_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "probe");
    BIO_meth_set_read(made, [](BIO* bio, char* into, int size) {
      BIO_clear_retry_flags(bio);
      const auto count = recv(descriptor_of(bio), into, static_cast<std::size_t>(size), 0);
      if (count < 0 && errno == EAGAIN) BIO_set_retry_read(bio);
      if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
      return static_cast<int>(count);
    });
    BIO_meth_set_write(made, [](BIO* bio, const char* bytes, int size) {
      BIO_clear_retry_flags(bio);
      const auto count = send(descriptor_of(bio), bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
      if (count < 0 && errno == EAGAIN) BIO_set_retry_write(bio);
      return static_cast<int>(count);
    });
    BIO_meth_set_ctrl(made, [](BIO* bio, int command, long, void*) -> long {
      if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0;
      return command == BIO_CTRL_FLUSH;
    });
    return made;
  }();
  return method;
}

}  // namespace

void Stream::FreeSsl::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

Stream::Stream() = default;
Stream::~Stream() = default;
Stream::Stream(Stream&& other) noexcept = default;
Stream& Stream::operator=(Stream&& other) noexcept = default;

Progress Stream::connect(const ProbeTarget& target) {
  ssl_.reset();
  auto socket = open_socket(target, SOCK_STREAM);
  if (!socket) return failed(socket.error().text, is_own_fault(socket.error().errnum));
  socket_ = std::move(*socket);
  const int on = 1;
  setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const int error = begin_connect(socket_.get(), target);
  if (error == EINPROGRESS) return wait_for(EPOLLOUT);
  return error == 0 ? done() : failed(failure_text(error), is_own_fault(error));
}

Progress Stream::connected() {
  const int error = socket_error(socket_.get());
  return error == 0 ? done() : failed(failure_text(error));
}

Progress Stream::begin_tls(TlsContexts& contexts, const TlsOptions& options, const std::string& name,
                           std::string_view alpn) {
  const auto context = contexts.get(options);
  if (!context) return failed(context.error().text, true);
  ssl_.reset(SSL_new(*context));
  BIO* bio = BIO_new(socket_method());
  if (!ssl_ || bio == nullptr) return failed("no memory for TLS", true);
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(socket_.get())));
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_connect_state(ssl_.get());
  const bool is_address = IpAddress::parse(name).has_value();
  if (!is_address && SSL_set_tlsext_host_name(ssl_.get(), name.c_str()) != 1) {
    return failed("the server name '" + name + "' cannot be sent");
  }
  if (options.verify.value) {
    SSL_set_hostflags(ssl_.get(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    const int set = is_address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl_.get()), name.c_str())
                               : SSL_set1_host(ssl_.get(), name.c_str());
    if (set != 1) return failed("the server name '" + name + "' cannot be verified");
  }
  if (!alpn.empty()) {
    SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(alpn.data()),
                        static_cast<unsigned>(alpn.size()));
  }
  return done();
}

/// After a call of OpenSSL that returned `result` <= 0.
Progress Stream::tls_progress(int result, std::string_view doing) {
  const int errnum = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return wait_for(EPOLLIN);
    case SSL_ERROR_WANT_WRITE:
      return wait_for(EPOLLOUT);
    case SSL_ERROR_ZERO_RETURN:
      return {State::closed, 0, 0, {}, false};
    case SSL_ERROR_SYSCALL:
      return failed(errnum != 0 ? failure_text(errnum) : std::string(doing) + ": the server closed the connection");
    default:
      break;
  }
  if (const long verdict = SSL_get_verify_result(ssl_.get());
      verdict != X509_V_OK && (SSL_get_verify_mode(ssl_.get()) & SSL_VERIFY_PEER) != 0) {
    return failed(std::string("certificate: ") + X509_verify_cert_error_string(verdict));
  }
  const unsigned long code = ERR_get_error();
  const char* reason = ERR_reason_error_string(code);
  if (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER) reason = "the server does not speak TLS";
  if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) reason = "the server closed the connection";
  return failed(std::string(doing) + ": " + (reason != nullptr ? reason : "protocol error"));
}

Progress Stream::handshake() {
  ERR_clear_error();
  errno = 0;
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) return done();
  Progress progress = tls_progress(result, "TLS handshake");
  if (progress.state == State::closed) return failed("TLS handshake: the server closed the connection");
  return progress;
}

std::string Stream::alpn() const {
  const unsigned char* name = nullptr;
  unsigned length = 0;
  if (ssl_) SSL_get0_alpn_selected(ssl_.get(), &name, &length);
  return length == 0 ? "" : std::string(reinterpret_cast<const char*>(name), length);
}

Progress Stream::read(char* into, std::size_t size) {
  if (ssl_) {
    ERR_clear_error();
    errno = 0;
    std::size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), into, size, &count);
    return result == 1 ? done(count) : tls_progress(result, "TLS");
  }
  const auto count = recv(socket_.get(), into, size, 0);
  if (count > 0) return done(static_cast<std::size_t>(count));
  if (count == 0) return {State::closed, 0, 0, {}, false};
  return errno == EAGAIN ? wait_for(EPOLLIN) : failed(failure_text(errno));
}

Progress Stream::write(std::string_view bytes) {
  if (ssl_) {
    ERR_clear_error();
    errno = 0;
    std::size_t count = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    return result == 1 ? done(count) : tls_progress(result, "TLS");
  }
  const auto count = send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count >= 0) return done(static_cast<std::size_t>(count));
  return errno == EAGAIN ? wait_for(EPOLLOUT) : failed(failure_text(errno));
}

bool Stream::is_quiet() {
  if (ssl_ && SSL_has_pending(ssl_.get()) != 0) return false;
  char byte = 0;
  return recv(socket_.get(), &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN;
}

}  // namespace ballast::probes
