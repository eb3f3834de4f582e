// A netlink socket against a scripted kernel: the test holds the other end and queues the answers before they are asked
// for.
#pragma once

#include <cstring>
#include <string>
#include <utility>

#include <doctest/doctest.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/netlink_socket.hpp"

namespace ballast {

/// A socket whose peer is the test. Sequence numbers start at 1.
class ScriptedKernel {
 public:
  ScriptedKernel() : socket(open_socket()) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
    REQUIRE(dup2(ends[0], socket.descriptor()) == socket.descriptor());
    close(ends[0]);
    peer_ = ends[1];
  }
  ~ScriptedKernel() { hang_up(); }
  ScriptedKernel(const ScriptedKernel&) = delete;
  ScriptedKernel& operator=(const ScriptedKernel&) = delete;

  void hang_up() {
    if (peer_ >= 0) close(peer_);
    peer_ = -1;
  }
  void answer(std::uint32_t sequence, int type, int flags, const std::string& payload) {
    std::string bytes(NLMSG_HDRLEN, '\0');
    bytes += payload;
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(bytes.size());
    header.nlmsg_type = static_cast<std::uint16_t>(type);
    header.nlmsg_flags = static_cast<std::uint16_t>(flags);
    header.nlmsg_seq = sequence;
    std::memcpy(bytes.data(), &header, sizeof header);
    send_raw(bytes);
  }
  void answer_error(std::uint32_t sequence, int errnum) {
    nlmsgerr error{};
    error.error = -errnum;
    answer(sequence, NLMSG_ERROR, 0, std::string(reinterpret_cast<const char*>(&error), sizeof error));
  }
  void answer_done(std::uint32_t sequence, int result, int flags = 0) {
    answer(sequence, NLMSG_DONE, NLM_F_MULTI | flags, std::string(reinterpret_cast<const char*>(&result), 4));
  }
  void send_raw(const std::string& bytes) const {
    REQUIRE(send(peer_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }

  NetlinkSocket socket;

 private:
  static NetlinkSocket open_socket() {
    auto opened = NetlinkSocket::open(NETLINK_ROUTE);
    REQUIRE(opened.has_value());
    return std::move(*opened);
  }
  int peer_ = -1;
};

}  // namespace ballast
