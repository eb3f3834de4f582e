// Any bytes as keepalived's configuration of two nodes, and as rules of ipvsadm: an import answers with a manifest or
// with remarks, and a manifest that it calls valid is one.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "controller/import/import_keepalived.hpp"
#include "controller/import/ipvsadm_rules.hpp"
#include "model/manifest.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t half = text.find('\0');
  ballast::keepalived::MemoryFiles files(
      {{"k", text.substr(0, half)}, {"l", half == std::string::npos ? text : text.substr(half + 1)}});
  const auto imported = ballast::keepalived::import_keepalived(
      {{"a", {"k"}}, {"b", {"l"}}}, files, [](const std::string&) { return std::optional<std::string>("x"); });
  for (const auto& remark : imported.remarks) {
    if (remark.text.empty()) std::abort();
  }
  if (imported.manifest.empty() && imported.remarks.empty()) std::abort();
  if (!imported.manifest.empty() && imported.invalid.empty() &&
      !ballast::read_and_validate({{"m", imported.manifest}}).diagnostics.empty()) {
    std::abort();
  }
  ballast::parse_ipvsadm_rules(text, "r");
  return 0;
}
