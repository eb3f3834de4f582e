// Any bytes as a manifest: reading and validation answer with diagnostics, and what passes can be projected on every
// node, whoever is MASTER.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "model/manifest.hpp"
#include "model/render.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto outcome = ballast::read_and_validate({{"m", std::string(reinterpret_cast<const char*>(data), size)}});
  for (const auto& diagnostic : outcome.diagnostics) {
    if (diagnostic.message.empty()) std::abort();
  }
  if (!outcome.diagnostics.empty()) return 0;

  ballast::Conditions masters;
  for (const auto& router : outcome.manifest.virtual_routers) masters.master_of.insert(router.header.name);
  for (const auto& pool : outcome.manifest.pools) {
    for (const auto& member : pool.members) masters.local_addresses.insert(member.address.value);
  }
  for (const std::string_view node : ballast::node_names(outcome.manifest)) {
    ballast::render(outcome.manifest, {}, node);
    ballast::render(outcome.manifest, masters, node);
  }
  return 0;
}
