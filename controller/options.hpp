// The command line's options and its commands, in the words that --help shows: one struct that all commands fill.
// Internal to command_line*.cpp.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "controller/commands/commands.hpp"
#include "controller/runtime/runner.hpp"
#include "model/duration.hpp"

namespace ballast {

/// Options in the order in which --help shows them; the same words in every command.
struct Options {
  ApplyOptions apply;
  std::string output = "text";
  std::string confirm;
  DigestOptions digest;
  std::string maintenance;
  std::string reason;
  std::string router;
  RunOptions run;
  std::string log_format = "text";
  std::string log_level = "info";
  MemberOptions member;
  std::string revision;
  ImportOptions import;
  GitOptions git;
  std::string git_interval = "30s";
  StatusOptions status;
  std::string watch;  ///< "" without --watch; else seconds, or any other word where none were given
  EventsOptions events;
  ExplainOptions explain;
  ConnectionsOptions connections;
  bool markdown = false;
  std::string shell;
  DoctorOptions doctor;

  CLI::Option* add_paths(CLI::App& command) {
    return command
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
    command
        .add_option("--node", apply.node.node,
                    "This machine's name in the manifest (default: $BALLAST_NODE, else the host name)")
        ->type_name("NAME");
    add_state_dir(command);
  }
  void add_state_dir(CLI::App& command) {
    command
        .add_option("--state-dir", apply.node.state_dir,
                    "Where Ballast records what it made and the controller listens (default: $BALLAST_STATE_DIR, else "
                    "/run/ballast, which lives as long as the kernel's tables)")
        ->type_name("DIR");
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
    if (!confirm.empty()) apply.confirm = parse_duration(confirm);
    run.node = apply.node;
    run.log_format = log_format == "json" ? LogFormat::json : LogFormat::text;
    run.log_level = log_level_of(log_level).value_or(LogLevel::info);
    run.source.paths = apply.node.paths;
    if (const auto interval = parse_duration(git_interval)) git.interval = *interval;
    if (!git.url.empty()) run.source.git = git;
    member.state_dir = apply.node.state_dir;
    status.state_dir = events.state_dir = explain.state_dir = connections.state_dir = apply.node.state_dir;
    doctor.node = apply.node;
    doctor.cache_dir = run.source.cache_dir;
    status.json = events.json = explain.json = connections.json = apply.node.json;
  }
};

/// An option that takes 5s, 1m30s or 500ms, or a number of seconds, no shorter than `least` and no longer than an hour.
void add_time(CLI::App& command, const std::string& name, std::chrono::milliseconds& value,
              std::chrono::milliseconds least, const std::string& what);

/// `footer` says the exit statuses and gives an example.
CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& description,
                      const std::string& footer);

void add_run(CLI::App& app, Options& options);

void add_import(CLI::App& app, Options& options);
/// The exit status of `import`, where it is asked for.
std::optional<int> dispatch_import(const CLI::App& app, Options& options);

/// The commands that ask what is and why: status, events, explain, connections.
void add_questions(CLI::App& app, Options& options);
std::optional<int> dispatch_question(const CLI::App& app, Options options);

/// The commands that describe the program and what it reads: schema, completion, man.
void add_manual(CLI::App& app, Options& options);
std::optional<int> dispatch_manual(const CLI::App& app, const Options& options);

/// What the shells' scripts ask: what can stand for the last of `words`.
int run_complete(const CLI::App& app, const std::vector<std::string>& words, const std::string& state_dir);

/// What the environment says counts where the command line says nothing. (CLI11's envname() overrules options: one
/// command's variable sets what another command's option has set.)
void read_environment(Options& options);

/// The commands that speak to the running controller.
void add_controller_commands(CLI::App& app, Options& options);
/// The exit status of one of those, where it is asked for.
std::optional<int> dispatch_to_controller(const CLI::App& app, const Options& options);

}  // namespace ballast
