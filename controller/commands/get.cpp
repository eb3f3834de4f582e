// `ballast get`: what is in the kernel now, as manifests that apply takes back.
#include <fmt/format.h>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/report/observed_manifest.hpp"
#include "controller/report/yaml_text.hpp"

namespace ballast {
namespace {

/// Whether apply would take what was printed; what is wrong with it is said.
bool is_taken_back(const std::string& yaml) {
  const ReadOutcome outcome = read_and_validate({{"standard output", yaml}});
  if (outcome.diagnostics.empty()) return true;
  print_diagnostics(outcome.diagnostics);
  print_error("get", "the kernel holds what a manifest cannot say: apply refuses what was printed until it is mended");
  return false;
}

}  // namespace

int run_get(const GetOptions& options) {
  RealKernel real;
  Kernel kernel = real.kernel();
  const auto owned = load_ownership(StateDir(options.state_dir));
  if (!owned) {
    print_error("get", owned.error().text);
    return exit_error;
  }
  const auto observed = observe(kernel, real_server_sysctls(), *owned);
  if (!observed) {
    print_error("get", observed.error().text);
    return exit_error;
  }
  const ObservedManifest manifest =
      observed_manifest(*observed, *owned, options.node.empty() ? host_name() : options.node);
  for (const std::string& omitted : manifest.omitted) {
    print_error("get", omitted + ": a manifest cannot say this; it was left out");
  }
  if (options.json) {
    const nlohmann::ordered_json documents = manifest.documents;
    const std::string text = documents.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
    return print(text) && is_taken_back(yaml_text(manifest.documents)) ? exit_ok : exit_error;
  }
  if (manifest.documents.empty())
    return print("# the kernel holds nothing that Ballast manages\n") ? exit_ok : exit_error;
  const std::string text = yaml_text(manifest.documents);
  return print(text) && is_taken_back(text) ? exit_ok : exit_error;
}

}  // namespace ballast
