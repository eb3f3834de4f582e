// Sending and receiving. libnl builds and parses the messages; its own receive path allocates for each datagram, so
// that they are read here into one buffer. (recvmmsg() saves a system call for each dump and was slower all the same.)
#include "drivers/netlink_socket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <new>

#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace ballast {
namespace {

/// The largest datagram of a dump (af_netlink.c, netlink_dump() bounds it to this).
constexpr std::size_t datagram_bytes = std::size_t{32} * 1024;
/// A small dump is two datagrams: its entries, and its end.
constexpr std::size_t datagrams_at_once = 2;
constexpr std::size_t message_bytes = 4096;

int errno_of_libnl(int error) {
  switch (-error) {
    case NLE_NOMEM:
      return ENOMEM;
    case NLE_PERM:
    case NLE_NOACCESS:
      return EPERM;
    case NLE_PROTO_MISMATCH:
      return EPROTONOSUPPORT;
    default:
      return errno != 0 ? errno : EIO;
  }
}

/// Where the kernel lets only root exceed net.core.rmem_max, as much as it gives.
void set_receive_buffer(int descriptor, int bytes) {
  if (setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) == 0) return;
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

const nlmsgerr* error_of(nlmsghdr& header) {
  if (nlmsg_datalen(&header) < static_cast<int>(sizeof(nlmsgerr))) return nullptr;
  return static_cast<const nlmsgerr*>(nlmsg_data(&header));
}

/// Result of a dump as its last message tells it (af_netlink.c, netlink_dump_done()).
int errno_of_done(nlmsghdr& header) {
  int result = 0;
  if (nlmsg_datalen(&header) >= static_cast<int>(sizeof result)) {
    std::memcpy(&result, nlmsg_data(&header), sizeof result);
  }
  return result < 0 ? -result : 0;
}

}  // namespace

Message::Message() : message_(nlmsg_alloc_size(message_bytes)) {
  if (!message_) throw std::bad_alloc();
}

nl_msg* Message::begin(int type, int flags) {
  nlmsghdr* head = header();
  std::memset(head, 0, head->nlmsg_len);
  head->nlmsg_len = NLMSG_HDRLEN;
  head->nlmsg_type = static_cast<std::uint16_t>(type);
  head->nlmsg_flags = static_cast<std::uint16_t>(flags);
  return message_.get();
}

NetlinkSocket::NetlinkSocket(Handle socket)
    : socket_(std::move(socket)), buffer_(std::make_unique_for_overwrite<char[]>(datagram_bytes * datagrams_at_once)) {}

Result<NetlinkSocket> NetlinkSocket::open(int protocol, int receive_bytes) {
  Handle socket(nl_socket_alloc());
  if (!socket) return Error{"netlink socket: out of memory", ENOMEM};
  errno = 0;
  if (const int error = nl_connect(socket.get(), protocol); error < 0) {
    const int errnum = errno_of_libnl(error);
    return Error{"netlink socket: " + errno_text(errnum), errnum};
  }
  const int descriptor = nl_socket_get_fd(socket.get());
  set_receive_buffer(descriptor, receive_bytes);
  const timeval timeout{reply_timeout_seconds, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  const int on = 1;
  setsockopt(descriptor, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  setsockopt(descriptor, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);

  // Connected to the kernel (port 0), nobody else can send to this socket.
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) != 0) {
    const int errnum = errno;
    return Error{"netlink socket: " + errno_text(errnum), errnum};
  }
  return NetlinkSocket(std::move(socket));
}

int NetlinkSocket::send(const void* bytes, std::size_t size) {
  while (::send(descriptor(), bytes, size, MSG_NOSIGNAL) < 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

int NetlinkSocket::receive(const std::function<void(nlmsghdr&)>& visit, bool wait) {
  std::array<iovec, datagrams_at_once> pieces;
  std::array<mmsghdr, datagrams_at_once> datagrams{};
  for (std::size_t i = 0; i < datagrams_at_once; ++i) {
    pieces[i] = {buffer_.get() + i * datagram_bytes, datagram_bytes};
    datagrams[i].msg_hdr.msg_iov = &pieces[i];
    datagrams[i].msg_hdr.msg_iovlen = 1;
  }
  const int flags = wait ? MSG_WAITFORONE : MSG_DONTWAIT;
  int count = 0;
  while ((count = recvmmsg(descriptor(), datagrams.data(), datagrams_at_once, flags, nullptr)) < 0) {
    if (errno == EINTR) continue;
    return errno == EAGAIN && wait ? ETIMEDOUT : errno;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    if ((datagrams[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) return EMSGSIZE;
    if (datagrams[i].msg_len == 0) return ENOTCONN;
    int left = static_cast<int>(datagrams[i].msg_len);
    auto* header = static_cast<nlmsghdr*>(pieces[i].iov_base);
    for (; nlmsg_ok(header, left); header = nlmsg_next(header, &left)) visit(*header);
  }
  return 0;
}

void NetlinkSocket::remember_words(const nlmsghdr& header) {
  kernel_words_.clear();
  if ((header.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return;
  const bool done = header.nlmsg_type == NLMSG_DONE;
  const int offset = done ? static_cast<int>(sizeof(int)) : static_cast<int>(sizeof(nlmsgerr));
  nlattr* words = nlmsg_find_attr(const_cast<nlmsghdr*>(&header), offset, NLMSGERR_ATTR_MSG);
  if (words == nullptr) return;
  const char* text = static_cast<const char*>(nla_data(words));
  kernel_words_.assign(text, strnlen(text, static_cast<std::size_t>(nla_len(words))));
}

int NetlinkSocket::dump_once(Message& request, const std::function<bool(nlmsghdr&)>& visit) {
  request.header()->nlmsg_seq = ++sequence_;
  request.header()->nlmsg_flags |= NLM_F_REQUEST | NLM_F_DUMP;
  if (const int errnum = send(request.header(), request.header()->nlmsg_len)) return errnum;

  bool done = false;
  bool interrupted = false;
  int result = 0;
  const auto take = [&](nlmsghdr& header) {
    if (header.nlmsg_seq != sequence_ || done) return;
    if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0) interrupted = true;
    if (header.nlmsg_type == NLMSG_DONE) {
      done = true;
      if (const int errnum = errno_of_done(header)) result = errnum;
      if (result != 0) remember_words(header);
    } else if (header.nlmsg_type == NLMSG_ERROR) {
      done = true;
      const nlmsgerr* error = error_of(header);
      result = error != nullptr && error->error < 0 ? -error->error : EBADMSG;
      remember_words(header);
    } else if (header.nlmsg_type >= NLMSG_MIN_TYPE && result == 0 && !visit(header)) {
      result = EBADMSG;
    }
  };
  // After an overrun the rest of the dump still comes: it is read to its end, or the next one would be refused as busy.
  bool overrun = false;
  while (!done) {
    const int errnum = receive(take, true);
    if (errnum == ENOBUFS && !overrun) {
      overrun = true;
    } else if (errnum != 0) {
      return errnum;
    }
  }
  if (overrun) return ENOBUFS;
  if (result == 0 && interrupted) return EINTR;
  return result;
}

int NetlinkSocket::dump(Message& request, const std::function<void()>& restart,
                        const std::function<bool(nlmsghdr&)>& visit) {
  int errnum = 0;
  for (int attempt = 0; attempt <= dump_restarts; ++attempt) {
    restart();
    errnum = dump_once(request, visit);
    if (errnum != EINTR && errnum != ENOBUFS) return errnum;
  }
  return errnum == EINTR ? EAGAIN : errnum;
}

int NetlinkSocket::ask(Message& request, const std::function<bool(nlmsghdr&)>& visit) {
  request.header()->nlmsg_seq = ++sequence_;
  request.header()->nlmsg_flags |= NLM_F_REQUEST;
  if (const int errnum = send(request.header(), request.header()->nlmsg_len)) return errnum;
  bool done = false;
  int result = 0;
  const auto take = [&](nlmsghdr& header) {
    if (header.nlmsg_seq != sequence_ || done) return;
    done = true;
    if (header.nlmsg_type != NLMSG_ERROR) {
      result = visit(header) ? 0 : EBADMSG;
      return;
    }
    const nlmsgerr* error = error_of(header);
    result = error != nullptr ? -error->error : EBADMSG;
    remember_words(header);
  };
  while (!done) {
    if (const int errnum = receive(take, true)) return errnum;
  }
  return result;
}

Batch::Batch(NetlinkSocket& socket, std::size_t expected_commands) : socket_(socket) {
  results_.reserve(expected_commands);
}

void Batch::add_result(int errnum) {
  results_.push_back(errnum);
}

void Batch::add(const Message& message) {
  const nlmsghdr* header = message.header();
  const std::size_t size = NLMSG_ALIGN(header->nlmsg_len);
  if (buffer_.size() + size > batch_bytes || under_way_.size() == batch_commands) flush();
  if (broken_ != 0) return add_result(broken_);

  last_offset_ = buffer_.size();
  buffer_.resize(last_offset_ + size);
  std::memcpy(&buffer_[last_offset_], header, header->nlmsg_len);
  auto* copy = reinterpret_cast<nlmsghdr*>(&buffer_[last_offset_]);
  copy->nlmsg_flags |= NLM_F_REQUEST;
  copy->nlmsg_seq = ++socket_.sequence_;
  under_way_.push_back(results_.size());
  results_.push_back(0);
}

int Batch::read_answers(std::uint32_t first, std::uint32_t last, std::vector<bool>& answered) {
  bool acknowledged = false;
  bool overrun = false;
  const auto take = [&](nlmsghdr& header) {
    const std::uint32_t place = header.nlmsg_seq - first;
    if (place >= under_way_.size() || header.nlmsg_type != NLMSG_ERROR) return;
    const nlmsgerr* error = error_of(header);
    results_[under_way_[place]] = error != nullptr ? -error->error : EBADMSG;
    answered[place] = true;
    if (header.nlmsg_seq == last) acknowledged = true;
  };
  while (!acknowledged) {
    // All answers were queued inside send(): after an overrun nothing more will come.
    const int errnum = socket_.receive(take, !overrun);
    if (errnum == ENOBUFS) {
      overrun = true;
    } else if (errnum != 0) {
      return overrun && errnum == EAGAIN ? ENOBUFS : errnum;
    }
  }
  return overrun ? ENOBUFS : 0;
}

void Batch::flush() {
  if (under_way_.empty()) return;
  auto* last = reinterpret_cast<nlmsghdr*>(&buffer_[last_offset_]);
  last->nlmsg_flags |= NLM_F_ACK;
  const std::uint32_t last_sequence = last->nlmsg_seq;
  const std::uint32_t first_sequence = last_sequence - static_cast<std::uint32_t>(under_way_.size() - 1);

  std::vector<bool> answered(under_way_.size());
  int errnum = socket_.send(buffer_.data(), buffer_.size());
  if (errnum == 0) errnum = read_answers(first_sequence, last_sequence, answered);
  if (errnum != 0) {
    for (std::size_t i = 0; i < under_way_.size(); ++i) {
      if (!answered[i]) results_[under_way_[i]] = errnum;
    }
    if (errnum != ENOBUFS) broken_ = errnum;
  }
  under_way_.clear();
  buffer_.clear();
}

std::vector<int> Batch::finish() {
  flush();
  return std::move(results_);
}

}  // namespace ballast
