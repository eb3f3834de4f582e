// Any bytes as the IPv4 packet that a raw socket delivers: refused, or taken apart without a step outside of them.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "drivers/vrrp_socket.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A copy of its own size, so that a step beyond its end is found.
  const auto packet = std::make_unique<std::uint8_t[]>(size);
  std::copy_n(data, size, packet.get());
  ballast::Datagram datagram;
  if (!ballast::read_ipv4_packet({packet.get(), size}, datagram)) return 0;
  require(size >= 20);
  const std::size_t header = static_cast<std::size_t>(data[0] & 0x0f) * 4;
  const std::size_t total = static_cast<std::size_t>(data[2] << 8 | data[3]);
  require(header >= 20 && total <= size && header + datagram.payload.size() == total);
  require(std::equal(datagram.payload.begin(), datagram.payload.end(), data + header));
  require(datagram.ttl == data[8] && datagram.identification == (data[4] << 8 | data[5]));
  require(std::equal(datagram.source.bytes().begin(), datagram.source.bytes().begin() + 4, data + 12));
  require(std::equal(datagram.destination.bytes().begin(), datagram.destination.bytes().begin() + 4, data + 16));
  return 0;
}
