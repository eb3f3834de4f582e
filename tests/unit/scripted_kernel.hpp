// A netlink socket against a scripted kernel: the test holds the other end and says beforehand what each request is
// answered with. Requests are numbered from 1, as NetlinkSocket numbers them.
#pragma once

#include <array>
#include <cstring>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "drivers/netlink_socket.hpp"

namespace ballast {

class ScriptedKernel {
 public:
  ScriptedKernel() : socket(open_socket()) {
    int ends[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
    socklen_t size = sizeof reply_timeout;
    REQUIRE(getsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &reply_timeout, &size) == 0);
    REQUIRE(dup2(ends[0], socket.descriptor()) == socket.descriptor());
    close(ends[0]);
    peer_ = ends[1];
    // The tests' own limit: only a missing answer is waited for.
    const timeval short_timeout{0, 100'000};
    setsockopt(socket.descriptor(), SOL_SOCKET, SO_RCVTIMEO, &short_timeout, sizeof short_timeout);
  }
  ~ScriptedKernel() {
    shutdown(peer_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    close(peer_);
  }
  ScriptedKernel(const ScriptedKernel&) = delete;
  ScriptedKernel& operator=(const ScriptedKernel&) = delete;

  // The script; complete before run().
  void answer(std::uint32_t request, int type, int flags, const std::string& payload) {
    answer_as(request, request, type, flags, payload);
  }
  /// With another sequence number than the request's.
  void answer_as(std::uint32_t sequence, std::uint32_t request, int type, int flags, const std::string& payload) {
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(NLMSG_HDRLEN + payload.size());
    header.nlmsg_type = static_cast<std::uint16_t>(type);
    header.nlmsg_flags = static_cast<std::uint16_t>(flags);
    header.nlmsg_seq = sequence;
    answer_raw(request, std::string(reinterpret_cast<const char*>(&header), sizeof header) + payload);
  }
  void answer_error(std::uint32_t request, int errnum) {
    nlmsgerr error{};
    error.error = -errnum;
    answer(request, NLMSG_ERROR, 0, std::string(reinterpret_cast<const char*>(&error), sizeof error));
  }
  void answer_done(std::uint32_t request, int result, int flags = 0) {
    answer(request, NLMSG_DONE, NLM_F_MULTI | flags, std::string(reinterpret_cast<const char*>(&result), 4));
  }
  void answer_raw(std::uint32_t request, std::string datagram) { script_[request].push_back(std::move(datagram)); }
  /// The last that happens: the answers to `request`, then the end.
  void hang_up_after(std::uint32_t request) { last_request_ = request; }
  void hang_up() const { shutdown(peer_, SHUT_RDWR); }

  /// Starts answering.
  void run() {
    thread_ = std::thread([this] { serve(); });
  }

  NetlinkSocket socket;
  timeval reply_timeout{};  ///< what the socket would have waited for an answer

 private:
  static NetlinkSocket open_socket() {
    auto opened = NetlinkSocket::open(NETLINK_ROUTE);
    REQUIRE(opened.has_value());
    return std::move(*opened);
  }
  void serve() {
    alignas(nlmsghdr) std::array<char, 2 * batch_bytes> request;
    ssize_t size = 0;
    while ((size = recv(peer_, request.data(), request.size(), 0)) > 0) {
      auto left = static_cast<int>(size);
      auto* header = reinterpret_cast<nlmsghdr*>(request.data());
      for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
        for (const std::string& datagram : script_[header->nlmsg_seq]) {
          send(peer_, datagram.data(), datagram.size(), MSG_NOSIGNAL);
        }
        if (header->nlmsg_seq == last_request_) return hang_up();
      }
    }
  }

  int peer_ = -1;
  std::uint32_t last_request_ = 0;
  std::map<std::uint32_t, std::vector<std::string>> script_;
  std::thread thread_;
};

}  // namespace ballast
