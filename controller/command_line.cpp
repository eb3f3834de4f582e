#include "controller/command_line.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "controller/commands/commands.hpp"

namespace ballast {
namespace {

constexpr const char* about =
    "Ballast keeps Linux load balancers (IPVS services, virtual IPs, real-server settings)\n"
    "as a manifest describes them.";

/// Options in the order in which --help shows them; the same words in every command.
struct Options {
  ApplyOptions apply;
  std::string output = "text";
  double lock_timeout_seconds = 30;

  void add_paths(CLI::App& command) {
    command
        .add_option("-f,--file", apply.node.paths,
                    "Manifest: a file, a directory (all *.yaml and *.yml below it, in name order) or '-' for the "
                    "standard input; may be given several times")
        ->required()
        ->type_name("PATH")
        ->allow_extra_args(false);
  }
  void add_output(CLI::App& command, const std::string& first, const std::string& what) {
    output = first;
    command.add_option("-o,--output", output, what)
        ->type_name("FORMAT")
        ->check(CLI::IsMember({first, std::string("json")}));
  }
  void add_node(CLI::App& command) {
    command.add_option("--node", apply.node.node, "This machine's name in the manifest (default: the host name)")
        ->type_name("NAME")
        ->envname("BALLAST_NODE");
    command
        .add_option("--state-dir", apply.node.state_dir,
                    "Where Ballast records what it made (default: /run/ballast, which lives as long as the kernel's "
                    "tables)")
        ->type_name("DIR")
        ->envname("BALLAST_STATE_DIR");
  }
  void add_projection(CLI::App& command) {
    command
        .add_option("--as-master", apply.node.as_master,
                    "Hold the VIPs of this VirtualRouter as if this node were its MASTER, without VRRP; may be given "
                    "several times")
        ->type_name("ROUTER")
        ->allow_extra_args(false);
    command.add_flag("--absent", apply.node.absent,
                     "Accept a manifest that does not name this node: everything that Ballast made here is removed");
  }
  void finish() {
    apply.node.json = output == "json";
    apply.lock_timeout = std::chrono::milliseconds(static_cast<long>(lock_timeout_seconds * 1000));
  }
};

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& description,
                      const std::string& footer) {
  CLI::App* command = app.add_subcommand(name, description);
  command->footer(footer);
  return command;
}

void add_commands(CLI::App& app, Options& options) {
  CLI::App* validate = add_command(app, "validate", "Read and check manifests. Touches nothing and needs no root.",
                                   "Exit status: 0 valid, 2 not valid.\nExample: ballast validate -f cluster.yaml");
  options.add_paths(*validate);
  options.add_output(*validate, "text", "text or json");

  CLI::App* diff = add_command(
      app, "diff", "Print what apply would change in this node's kernel. Changes nothing.",
      "Lines begin with + (added), ~ (changed, before -> after) or - (removed) and end with the manifest line that\n"
      "wants it. What somebody else made is listed as foreign and never touched.\n\n"
      "Exit status: 0 nothing to do, 1 there are changes, 2 error.\n"
      "Example: ballast diff -f cluster.yaml --node lvs-128");
  options.add_paths(*diff);
  options.add_node(*diff);
  options.add_projection(*diff);
  options.add_output(*diff, "text", "text or json");

  CLI::App* apply =
      add_command(app, "apply", "Make this node's kernel what the manifest wants, look again, and verify.",
                  "Does exactly what diff shows. A second apply writes nothing.\n\n"
                  "Exit status: 0 the kernel is as the manifest wants it, 2 it is not, and stderr says why.\n"
                  "Example: ballast apply -f cluster.yaml --as-master web");
  options.add_paths(*apply);
  options.add_node(*apply);
  options.add_projection(*apply);
  apply->add_flag("--dry-run", options.apply.dry_run, "Print the plan and stop; exit status 0");
  apply
      ->add_option("--lock-timeout", options.lock_timeout_seconds,
                   "Seconds to wait for another apply on this node to finish (default: 30; 0 refuses at once)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, 3600.0));
  options.add_output(*apply, "text", "text or json");

  CLI::App* get =
      add_command(app, "get", "Print what is in this node's kernel now, as a manifest that apply takes back.",
                  "Services with their destinations, timeouts, and the addresses and settings that serve them.\n\n"
                  "Exit status: 0, or 2 where the kernel could not be read.\nExample: ballast get > running.yaml");
  options.add_node(*get);
  options.add_output(*get, "yaml", "yaml or json");

  add_command(app, "version", "Print the version.", "Exit status: 0.");
}

int dispatch(const CLI::App& app, Options& options) {
  options.finish();
  if (app.got_subcommand("validate")) return run_validate(options.apply.node.paths, options.apply.node.json);
  if (app.got_subcommand("diff")) return run_diff(options.apply.node);
  if (app.got_subcommand("apply")) return run_apply(options.apply);
  if (app.got_subcommand("get")) {
    return run_get({options.apply.node.node, options.apply.node.state_dir, options.apply.node.json});
  }
  fmt::print("ballast {}\n", BALLAST_VERSION);
  return exit_ok;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app(about, "ballast");
  app.set_version_flag("--version", std::string("ballast ") + BALLAST_VERSION);
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);
  Options options;
  add_commands(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // CLI11 prints help and version to stdout, mistakes to stderr.
    return app.exit(error) == 0 ? exit_ok : exit_error;
  }
  return dispatch(app, options);
}

}  // namespace ballast
