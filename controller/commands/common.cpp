#include "controller/commands/common.hpp"

#include <fmt/format.h>
#include <malloc.h>

#include "controller/report/terminal.hpp"

namespace ballast {
namespace {

/// What one step frees serves the next: a process that ends in a moment need not give memory back and fault it in
/// again.
void keep_freed_memory() {
  constexpr int largest_kept = 32 << 20;
  mallopt(M_MMAP_THRESHOLD, largest_kept);
  mallopt(M_TRIM_THRESHOLD, largest_kept);
}

}  // namespace

void print_error(std::string_view command, std::string_view text) {
  const std::string head = Palette::of(stderr).paint(Colour::red, fmt::format("ballast {}:", command));
  fmt::print(stderr, "{} {}\n", head, text);
}

void print_diagnostics(const Diagnostics& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) fmt::print(stderr, "{}\n", diagnostic.text());
  if (diagnostics.size() > 1) fmt::print(stderr, "{} errors\n", diagnostics.size());
}

bool print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0) return true;
  fmt::print(stderr, "ballast: cannot write the output: {}\n", errno_text(errno));
  return false;
}

std::optional<NodeState> load_node_state(std::string_view command, const NodeOptions& options, Kernel& kernel) {
  keep_freed_memory();
  const ReadOutcome outcome = load_manifest(options.paths);
  if (!outcome.diagnostics.empty()) {
    print_diagnostics(outcome.diagnostics);
    print_error(command, "the manifest is not valid; nothing was changed");
    return std::nullopt;
  }
  auto state = make_node_state(outcome.manifest, options, kernel);
  if (state) return std::move(*state);
  print_error(command, state.error().text);
  return std::nullopt;
}

}  // namespace ballast
