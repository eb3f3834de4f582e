// Any text as the output of nft: read without harm, and what it says makes a script.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "drivers/packet_rules_codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ballast;
  const std::string text(reinterpret_cast<const char*>(data), size);
  static_cast<void>(lists_packet_table(text));
  const auto table = read_packet_table(text);
  if (!table) return 0;
  const std::string script = packet_table_script(table->rules);
  if (script.find("delete table inet ballast\n") == std::string::npos) std::abort();
  return 0;
}
