// The yardstick of the benchmarks: IPVS programmed and read back by the plainest netlink program that does the same
// work, with raw structures and no library. Commands travel in batches; reading is one request and its reply at a time.
//   raw_ipvs load SERVICES DESTINATIONS [BATCH_BYTES]     prints seconds
//   raw_ipvs dump                                          prints seconds and what was counted
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

constexpr std::size_t default_batch_bytes = 64 * 1024;
constexpr int socket_buffer_bytes = 32 << 20;
alignas(8) char answer[1 << 20];

[[noreturn]] void fail(const char* what) {
  std::perror(what);
  std::exit(2);
}

/// Messages one behind the other, written in place.
class Commands {
 public:
  std::vector<char> bytes;

  void begin(std::uint16_t type, std::uint16_t flags, std::uint8_t command) {
    start_ = bytes.size();
    bytes.resize(start_ + NLMSG_HDRLEN + GENL_HDRLEN);
    auto* header = reinterpret_cast<nlmsghdr*>(&bytes[start_]);
    header->nlmsg_type = type;
    header->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    header->nlmsg_seq = ++sequence_;
    auto* generic = reinterpret_cast<genlmsghdr*>(&bytes[start_ + NLMSG_HDRLEN]);
    generic->cmd = command;
    generic->version = IPVS_GENL_VERSION;
  }
  void end() {
    reinterpret_cast<nlmsghdr*>(&bytes[start_])->nlmsg_len = static_cast<std::uint32_t>(bytes.size() - start_);
  }
  std::size_t open_nest(std::uint16_t type) {
    const std::size_t at = bytes.size();
    bytes.resize(at + NLA_HDRLEN);
    reinterpret_cast<nlattr*>(&bytes[at])->nla_type = type;
    return at;
  }
  void close_nest(std::size_t at) {
    reinterpret_cast<nlattr*>(&bytes[at])->nla_len = static_cast<std::uint16_t>(bytes.size() - at);
  }
  void put(std::uint16_t type, const void* data, std::size_t size) {
    const std::size_t at = bytes.size();
    bytes.resize(at + NLA_ALIGN(NLA_HDRLEN + size));
    auto* attribute = reinterpret_cast<nlattr*>(&bytes[at]);
    attribute->nla_type = type;
    attribute->nla_len = static_cast<std::uint16_t>(NLA_HDRLEN + size);
    std::memcpy(&bytes[at + NLA_HDRLEN], data, size);
  }
  template <class T>
  void put(std::uint16_t type, T value) {
    put(type, &value, sizeof value);
  }

 private:
  std::size_t start_ = 0;
  std::uint32_t sequence_ = 0;
};

int open_socket() {
  const int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (descriptor < 0 || connect(descriptor, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel) != 0) fail("netlink");
  const int on = 1;
  setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &socket_buffer_bytes, sizeof socket_buffer_bytes);
  setsockopt(descriptor, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  return descriptor;
}

void send_all(int descriptor, Commands& commands) {
  if (send(descriptor, commands.bytes.data(), commands.bytes.size(), 0) < 0) fail("send");
  commands.bytes.clear();
}

/// Receives one datagram and shows its messages.
template <class Visit>
void receive(int descriptor, Visit visit) {
  const ssize_t size = recv(descriptor, answer, sizeof answer, 0);
  if (size <= 0) fail("recv");
  auto left = static_cast<unsigned>(size);
  for (auto* header = reinterpret_cast<nlmsghdr*>(answer); NLMSG_OK(header, left); header = NLMSG_NEXT(header, left)) {
    visit(*header);
  }
}

std::uint16_t find_family(int descriptor) {
  Commands commands;
  commands.begin(GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY);
  commands.put(CTRL_ATTR_FAMILY_NAME, IPVS_GENL_NAME, sizeof IPVS_GENL_NAME);
  commands.end();
  send_all(descriptor, commands);
  std::uint16_t family = 0;
  receive(descriptor, [&](const nlmsghdr& header) {
    const char* at = reinterpret_cast<const char*>(&header) + NLMSG_HDRLEN + GENL_HDRLEN;
    const char* end = reinterpret_cast<const char*>(&header) + header.nlmsg_len;
    while (header.nlmsg_type == GENL_ID_CTRL && at < end) {
      const auto* attribute = reinterpret_cast<const nlattr*>(at);
      if (attribute->nla_type == CTRL_ATTR_FAMILY_ID) std::memcpy(&family, at + NLA_HDRLEN, sizeof family);
      at += NLA_ALIGN(attribute->nla_len);
    }
  });
  if (family == 0) std::fputs("raw_ipvs: this kernel has no IPVS\n", stderr), std::exit(2);
  return family;
}

struct Key {
  std::uint16_t protocol = IPPROTO_TCP;
  char address[16] = {};
  std::uint16_t port = 0;  ///< as on the wire
};

Key key_of(unsigned service) {
  Key key;
  const std::uint32_t ip = htonl(0x0a640000U + service / 50000);
  std::memcpy(key.address, &ip, sizeof ip);
  key.port = htons(static_cast<std::uint16_t>(1000 + service % 50000));
  return key;
}

void put_service(Commands& commands, const Key& key, bool full) {
  const std::size_t nest = commands.open_nest(IPVS_CMD_ATTR_SERVICE);
  commands.put<std::uint16_t>(IPVS_SVC_ATTR_AF, AF_INET);
  commands.put(IPVS_SVC_ATTR_PROTOCOL, key.protocol);
  commands.put(IPVS_SVC_ATTR_ADDR, key.address, sizeof key.address);
  commands.put(IPVS_SVC_ATTR_PORT, key.port);
  if (full) {
    commands.put(IPVS_SVC_ATTR_SCHED_NAME, "wrr", sizeof "wrr");
    commands.put(IPVS_SVC_ATTR_FLAGS, ip_vs_flags{0, ~0U});
    commands.put<std::uint32_t>(IPVS_SVC_ATTR_TIMEOUT, 0);
    commands.put<std::uint32_t>(IPVS_SVC_ATTR_NETMASK, 0xffffffffU);
  }
  commands.close_nest(nest);
}

void put_destination(Commands& commands, unsigned destination) {
  const std::size_t nest = commands.open_nest(IPVS_CMD_ATTR_DEST);
  char address[16] = {};
  const std::uint32_t ip = htonl(0x0ac80001U + destination);
  std::memcpy(address, &ip, sizeof ip);
  commands.put<std::uint16_t>(IPVS_DEST_ATTR_ADDR_FAMILY, AF_INET);
  commands.put(IPVS_DEST_ATTR_ADDR, address, sizeof address);
  commands.put(IPVS_DEST_ATTR_PORT, htons(80));
  commands.put<std::uint32_t>(IPVS_DEST_ATTR_FWD_METHOD, IP_VS_CONN_F_DROUTE);
  commands.put<std::uint32_t>(IPVS_DEST_ATTR_WEIGHT, 1);
  commands.put<std::uint32_t>(IPVS_DEST_ATTR_U_THRESH, 0);
  commands.put<std::uint32_t>(IPVS_DEST_ATTR_L_THRESH, 0);
  commands.close_nest(nest);
}

/// Sends a batch and reads the refusals that it brought.
int flush(int descriptor, Commands& commands) {
  int errors = 0;
  if (commands.bytes.empty()) return 0;
  send_all(descriptor, commands);
  while (recv(descriptor, answer, sizeof answer, MSG_DONTWAIT) > 0) ++errors;
  return errors;
}

void load(int descriptor, std::uint16_t family, unsigned services, unsigned destinations, std::size_t batch_bytes) {
  Commands commands;
  int errors = 0;
  for (unsigned service = 0; service < services; ++service) {
    const Key key = key_of(service);
    commands.begin(family, 0, IPVS_CMD_NEW_SERVICE);
    put_service(commands, key, true);
    commands.end();
    for (unsigned destination = 0; destination < destinations; ++destination) {
      commands.begin(family, 0, IPVS_CMD_NEW_DEST);
      put_service(commands, key, false);
      put_destination(commands, destination);
      commands.end();
      if (commands.bytes.size() >= batch_bytes) errors += flush(descriptor, commands);
    }
  }
  errors += flush(descriptor, commands);
  if (errors != 0) std::fprintf(stderr, "raw_ipvs: %d commands were refused\n", errors), std::exit(2);
}

/// Reads a dump to its end.
template <class Visit>
void drain(int descriptor, Visit visit) {
  bool done = false;
  while (!done) {
    receive(descriptor, [&](const nlmsghdr& header) {
      if (header.nlmsg_type == NLMSG_ERROR) std::fputs("raw_ipvs: a dump was refused\n", stderr), std::exit(2);
      if (header.nlmsg_type == NLMSG_DONE) {
        done = true;
      } else {
        visit(header);
      }
    });
  }
}

Key key_in(const nlmsghdr& header) {
  Key key;
  const char* at = reinterpret_cast<const char*>(&header) + NLMSG_HDRLEN + GENL_HDRLEN + NLA_HDRLEN;
  const char* end = reinterpret_cast<const char*>(&header) + header.nlmsg_len;
  while (at < end) {
    const auto* attribute = reinterpret_cast<const nlattr*>(at);
    if (attribute->nla_type == IPVS_SVC_ATTR_PROTOCOL) std::memcpy(&key.protocol, at + NLA_HDRLEN, sizeof key.protocol);
    if (attribute->nla_type == IPVS_SVC_ATTR_ADDR) std::memcpy(key.address, at + NLA_HDRLEN, sizeof key.address);
    if (attribute->nla_type == IPVS_SVC_ATTR_PORT) std::memcpy(&key.port, at + NLA_HDRLEN, sizeof key.port);
    at += NLA_ALIGN(attribute->nla_len);
  }
  return key;
}

void dump(int descriptor, std::uint16_t family, std::size_t& services, std::size_t& destinations) {
  Commands commands;
  std::vector<Key> keys;
  commands.begin(family, NLM_F_DUMP, IPVS_CMD_GET_SERVICE);
  commands.end();
  send_all(descriptor, commands);
  drain(descriptor, [&](const nlmsghdr& header) { keys.push_back(key_in(header)); });
  services = keys.size();
  for (const Key& key : keys) {
    commands.begin(family, NLM_F_DUMP, IPVS_CMD_GET_DEST);
    put_service(commands, key, false);
    commands.end();
    send_all(descriptor, commands);
    drain(descriptor, [&](const nlmsghdr&) { ++destinations; });
  }
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view verb = count > 1 ? arguments[1] : "";
  if (!(verb == "load" && count >= 4) && verb != "dump") {
    std::fputs("usage: raw_ipvs load SERVICES DESTINATIONS [BATCH_BYTES] | raw_ipvs dump\n", stderr);
    return 2;
  }
  const int descriptor = open_socket();
  const std::uint16_t family = find_family(descriptor);
  const auto start = std::chrono::steady_clock::now();
  if (verb == "load") {
    const std::size_t batch = count > 4 ? std::strtoul(arguments[4], nullptr, 10) : default_batch_bytes;
    load(descriptor, family, static_cast<unsigned>(std::atoi(arguments[2])),
         static_cast<unsigned>(std::atoi(arguments[3])), batch);
    std::printf("%.4f\n", seconds_since(start));
  } else {
    std::size_t services = 0;
    std::size_t destinations = 0;
    dump(descriptor, family, services, destinations);
    std::printf("%.4f %zu services %zu destinations\n", seconds_since(start), services, destinations);
  }
  return 0;
}
