// Namespaces by unshare() and setns(); everything else by iproute2 and tcpdump.
#include "contract_net/lab.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <fstream>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace ballast::test {
namespace {

Descriptor this_namespace() {
  return Descriptor(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
}

void enter(const Descriptor& where) {
  REQUIRE(setns(where.get(), CLONE_NEWNET) == 0);
}

template <class Number>
void put(std::ofstream& file, Number number) {
  file.write(reinterpret_cast<const char*>(&number), sizeof number);
}

}  // namespace

Lab::Lab() : before_(this_namespace()) {
  REQUIRE(unshare(CLONE_NEWNET) == 0);
  right_ = this_namespace();
  REQUIRE(unshare(CLONE_NEWNET) == 0);
  left_ = this_namespace();
  const std::string right_path = "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(right_.get());
  run("ip link add e0 address 02:00:00:00:00:01 type veth peer name e0 address 02:00:00:00:00:02 netns " + right_path);
  const auto set_up = [](const std::string& number) {
    run("sysctl -q -w net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.e0.accept_dad=0 "
        "net.ipv6.conf.e0.addr_gen_mode=1");
    run("ip link set lo up && ip link set e0 up");
    run("ip addr add 192.0.2." + number + "/24 dev e0 && ip addr add 2001:db8::" + number + "/64 dev e0 nodad");
    run("ip addr add fe80::" + number + "/64 dev e0 nodad");
  };
  right();
  set_up("2");
  left();
  set_up("1");
}

Lab::~Lab() {
  setns(before_.get(), CLONE_NEWNET);
}

void Lab::left() const {
  enter(left_);
}

void Lab::right() const {
  enter(right_);
}

std::string run(const std::string& command) {
  INFO("command: ", command);
  FILE* pipe = popen((command + " 2>&1").c_str(), "re");
  REQUIRE(pipe != nullptr);
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t size = fread(buffer.data(), 1, buffer.size(), pipe)) output.append(buffer.data(), size);
  const int status = pclose(pipe);
  INFO("output: ", output);
  REQUIRE(status == 0);
  return output;
}

bool readable(int descriptor, std::chrono::milliseconds timeout) {
  pollfd wanted{descriptor, POLLIN, 0};
  return poll(&wanted, 1, static_cast<int>(timeout.count())) == 1;
}

IpAddress ip(const std::string& text) {
  const auto address = IpAddress::parse(text);
  REQUIRE(address);
  return *address;
}

Sniffer::Sniffer(const std::string& interface) : socket_(socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL))) {
  REQUIRE(socket_.valid());
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(if_nametoindex(interface.c_str()));
  REQUIRE(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

Sniffer::Frame Sniffer::next(std::uint16_t type, std::chrono::milliseconds timeout) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    if (left.count() < 0 || !readable(socket_.get(), left)) return {};
    Frame frame(65536);
    sockaddr_ll from{};
    socklen_t length = sizeof from;
    const ssize_t size =
        recvfrom(socket_.get(), frame.data(), frame.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (size < 14 || from.sll_pkttype == PACKET_OUTGOING || (frame[12] << 8 | frame[13]) != type) continue;
    frame.resize(static_cast<std::size_t>(size));
    return frame;
  }
}

std::string explain(std::span<const std::uint8_t> frame) {
  std::array<char, 32> path{"/tmp/ballast-frame-XXXXXX"};
  const Descriptor created(mkstemp(path.data()));
  REQUIRE(created.valid());
  std::ofstream file(path.data(), std::ios::binary);
  // The file format of libpcap: a header, then each packet with its time and lengths.
  put<std::uint32_t>(file, 0xa1b2c3d4);
  put<std::uint16_t>(file, 2);
  put<std::uint16_t>(file, 4);
  put<std::uint64_t>(file, 0);
  put<std::uint32_t>(file, 65536);
  put<std::uint32_t>(file, 1);
  put<std::uint64_t>(file, 0);
  put(file, static_cast<std::uint32_t>(frame.size()));
  put(file, static_cast<std::uint32_t>(frame.size()));
  file.write(reinterpret_cast<const char*>(frame.data()), static_cast<std::streamsize>(frame.size()));
  file.close();
  const std::string text = run(std::string("tcpdump -e -n -vvv -t -r ") + path.data());
  unlink(path.data());
  return text;
}

}  // namespace ballast::test
