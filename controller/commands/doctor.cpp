// `ballast doctor`: looks, finds, prints. Changes nothing.
#include <fmt/format.h>

#include "controller/commands/commands.hpp"
#include "controller/commands/common.hpp"
#include "controller/doctor/checks.hpp"
#include "controller/doctor/look.hpp"
#include "controller/http/client.hpp"
#include "controller/http/node_status.hpp"
#include "controller/report/doctor_text.hpp"
#include "controller/source/last_good.hpp"

namespace ballast {
namespace {

/// A controller that stands still must not keep anybody from a look.
constexpr std::chrono::seconds longest_question{3};

struct Wanted {
  Manifest manifest;
  std::string from;  ///< empty: there is none
  std::string node;
};

/// nullopt after what is wrong was printed.
std::optional<Wanted> name_node(Manifest manifest, std::string from, const NodeOptions& options) {
  const auto node = find_node(manifest, options);
  if (!node) {
    print_error("doctor", node.error().text);
    return std::nullopt;
  }
  return Wanted{std::move(manifest), std::move(from), *node};
}

std::optional<Wanted> given(const NodeOptions& options) {
  ReadOutcome outcome = load_manifest(options.paths);
  if (outcome.diagnostics.empty()) {
    return name_node(std::move(outcome.manifest), fmt::format("{}", fmt::join(options.paths, " ")), options);
  }
  print_diagnostics(outcome.diagnostics);
  print_error("doctor", "the manifest is not valid; without -f the node is looked at as it is");
  return std::nullopt;
}

/// The manifest that the controller has in force, from its copy on disk; `facts` say why not, where that is another.
std::optional<Wanted> in_force(const DoctorOptions& options, const http::NodeStatus& status, doctor::Facts& facts) {
  if (!status.manifest.in_force()) return std::nullopt;
  const std::string& revision = status.manifest.revision;
  const auto copy = LastGoodStore(options.cache_dir, [](const std::string&) {}).load();
  std::string why = "there is none in " + options.cache_dir;
  if (!copy) {
    why = copy.error().text;
  } else if (*copy && (*copy)->revision.id != revision) {
    why = "the copy in " + options.cache_dir + " is of another revision";
  } else if (*copy) {
    ReadOutcome outcome = read_and_validate((*copy)->texts);
    if (outcome.diagnostics.empty()) {
      return Wanted{std::move(outcome.manifest), "the controller's, revision " + revision, status.node};
    }
    why = "this version of Ballast does not understand it";
  }
  facts.not_looked_at.push_back(
      fmt::format("what the manifest in force (revision {}) wants: {}; give it with -f", revision, why));
  return std::nullopt;
}

void look_further(const DoctorOptions& options, Kernel& kernel, doctor::Part& part, doctor::Facts& facts) {
  look_at_part(kernel, part, facts);
  look_at_wire(part, options.wait.value_or(usual_wait(part)), facts);
  if (!part.from_manifest && part.director && facts.wire) add_heard_groups(part, *facts.wire);
  look_at_firewall(part, facts);
}

}  // namespace

int run_doctor(const DoctorOptions& options) {
  NodeOptions node = options.node;
  node.may_be_absent = false;
  std::optional<Wanted> wanted;
  if (!node.paths.empty() && !(wanted = given(node))) return exit_error;

  RealKernel real;
  Kernel kernel = real.kernel();
  auto facts = doctor::look_at_node(kernel);
  if (!facts) {
    print_error("doctor", facts.error().text);
    return exit_error;
  }
  const auto status = http::ask_status(node.state_dir, "/v1/status", longest_question);  // an error: none runs here
  facts->controller = status.has_value();
  if (!wanted && status) wanted = in_force(options, *status, *facts);
  const std::string name = wanted ? wanted->node : node.node.empty() ? host_name() : node.node;
  doctor::Part part = wanted ? part_of(wanted->manifest, name, *facts) : observed_part(name, *facts);
  look_further(options, kernel, part, *facts);

  Diagnosis diagnosis;
  diagnosis.node = name;
  diagnosis.role = part.role();
  if (wanted) diagnosis.manifest = wanted->from;
  diagnosis.findings = find_all(*facts, part);
  diagnosis.looked_at = std::move(facts->looked_at);
  diagnosis.not_looked_at = std::move(facts->not_looked_at);
  if (!print(node.json ? diagnosis_json(diagnosis) : diagnosis_text(diagnosis, Palette::of(stdout)))) return exit_error;
  return diagnosis.findings.empty() ? exit_ok : exit_findings;
}

}  // namespace ballast
