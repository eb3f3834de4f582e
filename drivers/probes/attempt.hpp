// One attempt under way: what every kind of probe is made of. Internal to drivers/probes.
//
// An attempt is a state machine over one non-blocking descriptor at a time: begin() opens it, ready() is called when
// what it waits for has come, and exactly one pass(), fail() or finish() ends it. Its Host (prober.cpp) owns it: calls
// it, ends it when its time is over, and destroys it after it has ended, or in the middle with ~Prober. So a destructor
// only frees, and nothing of an attempt needs to know Asio, threads or clocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sys/epoll.h>

#include "drivers/descriptor.hpp"
#include "drivers/probes/prober.hpp"
#include "model/result.hpp"

namespace ballast::probes {

class Attempt;
class IdleStreams;
class SpareSockets;
class TlsContexts;

/// What attempts ask of their owner, and share.
class Host {
 public:
  virtual ~Host() = default;

  /// Calls attempt.ready() once when `descriptor` has one of `events` (EPOLLIN, EPOLLOUT), an error or a hang-up.
  /// `known`: another attempt has waited for it before, and it stayed open; a hint that saves a system call.
  virtual void wait(Attempt& attempt, int descriptor, std::uint32_t events, bool known) = 0;
  virtual void finish(Attempt& attempt, ProbeOutcome outcome) = 0;

  virtual boost::asio::io_context& loop() = 0;
  virtual TlsContexts& tls() = 0;
  virtual IdleStreams& idle() = 0;
  virtual SpareSockets& spare_sockets() = 0;
};

/// EMFILE, ENFILE, ENOBUFS, ENOMEM: this machine's trouble and not the server's.
bool is_shortage(int errnum);
/// That, or something that this process may not do or this node does not have (its source address): says nothing of
/// the server.
bool is_own_fault(int errnum);

class Attempt {
 public:
  Attempt(Host& host, const ProbeTarget& target) : host_(host), target_(target) {}
  virtual ~Attempt() = default;
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;

  /// The time for the whole attempt begins here.
  virtual void begin() = 0;
  /// `events` as of epoll_wait: what was waited for, EPOLLERR or EPOLLHUP.
  virtual void ready(std::uint32_t events) = 0;
  /// The time is over; fails with "no <awaited> within <timeout>". Overridden by what reports its own end.
  virtual void expire(std::chrono::milliseconds timeout);
  /// What it waits for now: "connection", "answer", "TLS handshake".
  [[nodiscard]] virtual std::string_view awaited() const { return "answer"; }

  std::uint32_t slot = 0;  ///< the owner's

 protected:
  [[nodiscard]] Host& host() const { return host_; }
  [[nodiscard]] const ProbeTarget& target() const { return target_; }

  /// One call of ready(), the next time that `descriptor` is so; a new call replaces the one before.
  void wait(int descriptor, std::uint32_t events, bool known = false) { host_.wait(*this, descriptor, events, known); }
  /// The attempt has ended. It may still be used until the call of begin() or ready() returns, and not after.
  void finish(ProbeOutcome outcome) { host_.finish(*this, std::move(outcome)); }
  void pass(std::string text) { finish({true, std::move(text), std::nullopt, false}); }
  void fail(std::string text) { finish({false, std::move(text), std::nullopt, false}); }
  /// With an Error of open_socket(): descriptors or memory may have run out here.
  void fail(const Error& error) { finish({false, error.text, std::nullopt, is_own_fault(error.errnum)}); }

 private:
  Host& host_;
  const ProbeTarget target_;
};

/// A non-blocking socket of the target's family with the mark and the source address; not connected. The error is text
/// for an operator.
Result<Descriptor> open_socket(const ProbeTarget& target, int type, int protocol = 0);
/// errno of connect(): 0 connected, EINPROGRESS under way: wait for EPOLLOUT and ask socket_error().
int begin_connect(int descriptor, const ProbeTarget& target);
/// SO_ERROR, which it clears.
int socket_error(int descriptor);
/// "connection refused", "no route to host": what an operator reads.
std::string failure_text(int errnum);
/// "2s", "1.5s", "250ms".
std::string duration_text(std::chrono::milliseconds duration);

/// One for each kind of check, in <kind>_probe.cpp. `check` lives longer than the attempt.
std::unique_ptr<Attempt> make_tcp(Host& host, const ProbeTarget& target, const TcpCheck& check);
std::unique_ptr<Attempt> make_http(Host& host, const ProbeTarget& target, const HttpCheck& check);
std::unique_ptr<Attempt> make_script(Host& host, const ProbeTarget& target, const MemberScriptCheck& check);
std::unique_ptr<Attempt> make_dns(Host& host, const ProbeTarget& target, const DnsCheck& check);
std::unique_ptr<Attempt> make_smtp(Host& host, const ProbeTarget& target, const SmtpCheck& check);
std::unique_ptr<Attempt> make_udp(Host& host, const ProbeTarget& target, const UdpCheck& check);
std::unique_ptr<Attempt> make_ping(Host& host, const ProbeTarget& target, const PingCheck& check);
std::unique_ptr<Attempt> make_grpc(Host& host, const ProbeTarget& target, const GrpcCheck& check);

}  // namespace ballast::probes
