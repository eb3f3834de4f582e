// Bytes as a hostile kernel would send them: every netlink decoder reads them, none may crash or read beyond them.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "drivers/ipvs_codec.hpp"
#include "drivers/ipvs_statistics.hpp"
#include "drivers/link_monitor.hpp"
#include "drivers/network_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ballast;
  static const ServiceKey service{*IpAddress::parse("192.0.2.1"), Protocol::tcp, 80, 0};
  // Messages as they stand in a datagram, each copied so that a decoder's step beyond its end is found.
  while (size >= NLMSG_HDRLEN) {
    nlmsghdr header;
    std::memcpy(&header, data, sizeof header);
    const std::size_t length = header.nlmsg_len < NLMSG_HDRLEN || header.nlmsg_len > size ? size : header.nlmsg_len;
    const auto copy = std::make_unique<char[]>(length);
    std::memcpy(copy.get(), data, length);
    auto* message = reinterpret_cast<nlmsghdr*>(copy.get());
    message->nlmsg_len = static_cast<std::uint32_t>(length);
    read_service(*message);
    read_destination(*message, service);
    read_service_statistics(*message);
    read_destination_statistics(*message, service);
    read_timeouts(*message);
    if (const auto daemon = read_daemon(*message)) {
      if (daemon->role != DaemonRole::master && daemon->role != DaemonRole::backup) std::abort();
    }
    read_address(*message);
    read_link(*message);
    if (const auto event = read_link_event(*message)) {
      if (event->gone && event->up) std::abort();
    }
    family_of_address(*message);
    const std::size_t step = NLMSG_ALIGN(length) < size ? NLMSG_ALIGN(length) : size;
    data += step;
    size -= step;
  }
  return 0;
}
