// Imports of configurations that are in memory, and what they make.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "controller/import/import_keepalived.hpp"
#include "model/manifest.hpp"

namespace ballast::testing {

struct ImportedText {
  keepalived::Imported imported;
  std::string manifest;              ///< without its first comment
  std::vector<std::string> remarks;  ///< "3: not carried over: ..."
};

inline ImportedText import_files(const std::vector<keepalived::NodeFiles>& nodes,
                                 std::map<std::string, std::string> files) {
  keepalived::MemoryFiles memory(std::move(files));
  ImportedText text;
  text.imported = keepalived::import_keepalived(nodes, memory, [](const std::string& name) {
    return name == "SITE" ? std::optional<std::string>("42") : std::nullopt;
  });
  text.manifest = text.imported.manifest;
  while (text.manifest.starts_with('#')) text.manifest.erase(0, text.manifest.find('\n') + 1);
  if (text.manifest.starts_with('\n')) text.manifest.erase(0, 1);
  for (const auto& remark : text.imported.remarks) {
    std::string line = remark.line();
    if (line.starts_with("k:")) line.erase(0, 2);
    text.remarks.push_back(line);
  }
  return text;
}

/// One file "k" of node "a".
inline ImportedText import_text(const std::string& text) {
  return import_files({{"a", {"k"}}}, {{"k", text}});
}

inline std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

/// Made without errors, and valid.
inline Manifest manifest_of(const ImportedText& text) {
  CAPTURE(text.imported.manifest);
  CAPTURE(joined(text.remarks));
  REQUIRE_FALSE(text.imported.has_errors());
  std::string invalid;
  for (const auto& diagnostic : text.imported.invalid) invalid += diagnostic.text() + "\n";
  CHECK(invalid.empty());
  CAPTURE(invalid);
  return read_and_validate({{"m", text.imported.manifest}}).manifest;
}

inline bool says(const ImportedText& text, const std::string& part) {
  return joined(text.remarks).find(part) != std::string::npos;
}

inline std::string server(const std::string& options,
                          const std::string& real = "real_server 10.0.0.5 80 { weight 1 }") {
  return "virtual_server 10.0.0.1 80 {\nlvs_sched rr\nlvs_method NAT\nprotocol TCP\n" + options + "\n" + real + "\n}\n";
}

inline std::string instance(const std::string& options) {
  return "vrrp_instance V {\ninterface eth0\nvirtual_router_id 5\npriority 100\nvirtual_ipaddress { 10.0.0.1/24 }\n" +
         options + "\n}\n";
}

}  // namespace ballast::testing
