// Any bytes as /proc/net/ip_vs_conn, in portions of any size: refused with a line's number, or read the same however
// they came.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "drivers/connection_table.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

std::string read(std::string_view text, std::size_t portion) {
  std::string seen;
  ballast::ConnectionReader reader([&](const ballast::ConnectionEntry& entry) {
    seen += entry.client.text() + entry.virtual_address.text() + entry.server.text();
    seen += std::to_string(entry.client_port + entry.virtual_port + entry.server_port + entry.expires_seconds);
    seen += entry.protocol;
    seen += entry.state;
    seen += entry.engine;
    seen += entry.engine_data;
    require(!entry.protocol.empty() && !entry.state.empty());
    require(entry.client.family() == entry.virtual_address.family());
    if (entry.fwmark() != 0) require(entry.protocol == "IP");
  });
  for (std::size_t i = 0; i < text.size(); i += portion) {
    if (auto taken = reader.take(text.substr(i, portion)); !taken) return seen + taken.error().text;
  }
  if (auto finished = reader.finish(); !finished) return seen + finished.error().text;
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t portion = data[0] % 64 + 1U;
  const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
  require(read(text, portion) == read(text, text.size() + 1));
  return 0;
}
