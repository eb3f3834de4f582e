// A byte stream to a server, plain or TLS, for attempts that speak over TCP. Internal to drivers/probes.
//
// Never blocks: a call that cannot go on says what it waits for, and is made again after that. Errors are text for an
// operator ("connection refused", "certificate: self-signed certificate").
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "drivers/descriptor.hpp"
#include "drivers/probes/prober.hpp"
#include "model/result.hpp"

struct ssl_st;
struct ssl_ctx_st;

namespace ballast::probes {

class TlsContexts;

/// What came of one call on a stream.
struct Progress {
  enum class State : std::uint8_t { done, wait, closed, failed };
  State state = State::done;
  std::uint32_t events = 0;  ///< wait: for EPOLLIN or EPOLLOUT, then call again
  std::size_t bytes = 0;     ///< done: read or written
  std::string text;          ///< failed: why
  bool own_fault = false;    ///< failed: as ProbeOutcome has it

  [[nodiscard]] bool done() const { return state == State::done; }
};

class Stream {
 public:
  Stream();
  ~Stream();
  Stream(Stream&& other) noexcept;
  Stream& operator=(Stream&& other) noexcept;

  /// Opens the socket and begins to connect. done or wait or failed.
  Progress connect(const ProbeTarget& target);
  /// After the wait of connect().
  Progress connected();

  /// TLS from here on. `name` is sent as SNI and, with options.verify, must be the certificate's; an address is not
  /// sent, and verified as such. `alpn` as TLS wants it: each protocol with its length before it; may be empty.
  Progress begin_tls(TlsContexts& contexts, const TlsOptions& options, const std::string& name,
                     std::string_view alpn = {});
  /// Until done: wait, and call again.
  Progress handshake();
  /// The protocol that the server chose of `alpn`, or empty.
  [[nodiscard]] std::string alpn() const;

  /// At least one byte, or wait, or closed (the server ended the stream), or failed.
  Progress read(char* into, std::size_t size);
  /// Some of it. done with the number of bytes, wait or failed.
  Progress write(std::string_view bytes);

  [[nodiscard]] int descriptor() const { return socket_.get(); }
  [[nodiscard]] bool is_open() const { return socket_.valid(); }
  /// Nothing has arrived and the server has not closed: an idle connection that may be used again.
  [[nodiscard]] bool is_quiet();

 private:
  struct FreeSsl {
    void operator()(ssl_st* ssl) const;
  };
  Progress tls_progress(int result, std::string_view doing);

  Descriptor socket_;
  std::unique_ptr<ssl_st, FreeSsl> ssl_;
};

/// OpenSSL's contexts, one for each set of CAs: loading the system's takes long. A changed file is read again.
class TlsContexts {
 public:
  TlsContexts();
  ~TlsContexts();
  TlsContexts(const TlsContexts&) = delete;
  TlsContexts& operator=(const TlsContexts&) = delete;

  /// The context for `options`, kept as long as a stream uses it.
  Result<ssl_ctx_st*> get(const TlsOptions& options);

 private:
  struct Entries;
  std::unique_ptr<Entries> entries_;
};

}  // namespace ballast::probes
