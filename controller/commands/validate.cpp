// `ballast validate`: reads and checks, touches nothing, needs no root.
#include <fmt/format.h>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"

namespace ballast {
namespace {

std::string diagnostics_json(const Diagnostics& diagnostics) {
  std::string items;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!items.empty()) items += ",\n";
    items += fmt::format(R"(    {{"file": {}, "line": {}, "column": {}, "message": {}}})",
                         diagnostic.origin.known() ? json_string(*diagnostic.origin.file()) : "null",
                         diagnostic.origin.line, diagnostic.origin.column, json_string(diagnostic.message));
  }
  return fmt::format("{{\n  \"valid\": {},\n  \"diagnostics\": {}\n}}\n", diagnostics.empty(),
                     items.empty() ? "[]" : "[\n" + items + "\n  ]");
}

std::size_t document_count(const Manifest& manifest) {
  return manifest.virtual_routers.size() + manifest.virtual_services.size() + manifest.pools.size() +
         manifest.real_servers.size() + manifest.directors.size() + manifest.sysctls.size() + manifest.addresses.size();
}

}  // namespace

int run_validate(const std::vector<std::string>& paths, bool json) {
  const ReadOutcome outcome = load_manifest(paths);
  const bool valid = outcome.diagnostics.empty();
  if (json) return print(diagnostics_json(outcome.diagnostics)) && valid ? exit_ok : exit_error;
  print_diagnostics(outcome.diagnostics);
  if (!valid) return exit_error;
  const std::size_t documents = document_count(outcome.manifest);
  const auto nodes = node_names(outcome.manifest);
  return print(fmt::format("valid: {} document{} for {} node{}: {}\n", documents, documents == 1 ? "" : "s",
                           nodes.size(), nodes.size() == 1 ? "" : "s", fmt::join(nodes, ", ")))
             ? exit_ok
             : exit_error;
}

}  // namespace ballast
