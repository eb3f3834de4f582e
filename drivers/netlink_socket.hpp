// One netlink socket to the kernel: batches of commands, dumps and single requests, over libnl messages.
//
// Threads: one at a time. Everything blocks, at most `reply_timeout` for an answer. The kernel carries out requests
// inside send(), so that all answers of a batch are queued when send() returns; they must fit the receive buffer
// (ENOBUFS). Any error except an answer of the kernel leaves the socket in an unknown state: its owner opens a new one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <linux/netlink.h>
#include <netlink/msg.h>
#include <netlink/socket.h>

#include "model/result.hpp"

namespace ballast {

/// Bytes of commands that travel in one send(): 4-64 kB were equally fast, and more makes more answers pending.
inline constexpr std::size_t batch_bytes = std::size_t{32} * 1024;
/// Commands in one send(): with an error for each, their answers still fit the receive buffer many times.
inline constexpr std::size_t batch_commands = 512;
inline constexpr int receive_buffer_bytes = 4 * 1024 * 1024;
inline constexpr int reply_timeout_seconds = 5;
/// How often a dump is asked again after the kernel said that it was interrupted or that an answer did not fit.
inline constexpr int dump_restarts = 5;

/// A reusable libnl message: allocated once, since allocating 4 kB for each command costs more than filling it.
class Message {
 public:
  Message();

  /// Starts anew: header only.
  nl_msg* begin(int type, int flags);
  [[nodiscard]] nl_msg* get() const { return message_.get(); }
  [[nodiscard]] nlmsghdr* header() const { return nlmsg_hdr(message_.get()); }

 private:
  struct Free {
    void operator()(nl_msg* message) const { nlmsg_free(message); }
  };
  std::unique_ptr<nl_msg, Free> message_;
};

class NetlinkSocket {
 public:
  /// `protocol` is NETLINK_GENERIC, NETLINK_ROUTE, ...
  static Result<NetlinkSocket> open(int protocol, int receive_bytes = receive_buffer_bytes);

  /// Sends a dump request and shows each part of the answer to `visit`, which returns false where it cannot read it
  /// (the dump is then the error EBADMSG). `restart` is called before each attempt: forget what was seen. Complete or
  /// an error: errno of the kernel, ETIMEDOUT, or EAGAIN where the table changed under every attempt.
  int dump(Message& request, const std::function<void()>& restart, const std::function<bool(nlmsghdr&)>& visit);

  /// Sends one request that the kernel answers with one message or with an error.
  int ask(Message& request, const std::function<bool(nlmsghdr&)>& visit);

  [[nodiscard]] int descriptor() const { return nl_socket_get_fd(socket_.get()); }
  /// What the kernel said about the last refused dump or request; empty where it says nothing.
  [[nodiscard]] const std::string& kernel_words() const { return kernel_words_; }

 private:
  friend class Batch;
  struct Free {
    void operator()(nl_sock* socket) const { nl_socket_free(socket); }
  };
  using Handle = std::unique_ptr<nl_sock, Free>;

  explicit NetlinkSocket(Handle socket);
  int send(const void* bytes, std::size_t size);
  /// Receives what is there (waits for the first) and shows each message; 0 or errno.
  int receive(const std::function<void(nlmsghdr&)>& visit, bool wait);
  int dump_once(Message& request, const std::function<bool(nlmsghdr&)>& visit);
  void remember_words(const nlmsghdr& header);

  Handle socket_;
  std::unique_ptr<char[]> buffer_;
  std::uint32_t sequence_ = 0;
  std::string kernel_words_;
};

/// Commands that are sent many at a time; each succeeds or fails alone. Only the last of a send() asks to be
/// acknowledged, which says that the kernel has seen them all; the others speak up only if they fail.
class Batch {
 public:
  explicit Batch(NetlinkSocket& socket, std::size_t expected_commands);

  /// The next command; its flags and sequence number are completed here.
  void add(const Message& message);
  /// The next command is not sent: `errnum` is its result already.
  void add_result(int errnum);
  /// Sends what is left. Element i is 0 or the errno of command i; ENOBUFS also where its answer was lost.
  std::vector<int> finish();
  /// Whether the socket can be used again.
  [[nodiscard]] bool broken() const { return broken_ != 0; }

 private:
  void flush();
  /// Reads the answers of the commands under way; 0 or errno.
  int read_answers(std::uint32_t first, std::uint32_t last, std::vector<bool>& answered);

  NetlinkSocket& socket_;
  std::vector<int> results_;
  std::vector<std::size_t> under_way_;  ///< index into results_ of each command in the buffer
  std::vector<char> buffer_;
  std::size_t last_offset_ = 0;  ///< of the last command in the buffer
  int broken_ = 0;
};

}  // namespace ballast
