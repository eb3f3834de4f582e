#include "controller/command_line.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "controller/commands/commands.hpp"
#include "controller/runtime/runner.hpp"
#include "controller/usage.hpp"

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
  DigestOptions digest;
  double digest_timeout_seconds = 5;
  double resync_seconds = 5;
  std::string maintenance;
  std::string router;
  RunOptions run;
  MemberOptions member;
  std::string revision;

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
    add_state_dir(command);
  }
  void add_state_dir(CLI::App& command) {
    command
        .add_option(
            "--state-dir", apply.node.state_dir,
            "Where Ballast records what it made and the controller listens (default: /run/ballast, which lives as "
            "long as the kernel's tables)")
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
    run.node = apply.node;
    run.resync = std::chrono::milliseconds(static_cast<long>(resync_seconds * 1000));
    digest.timeout = std::chrono::milliseconds(static_cast<long>(digest_timeout_seconds * 1000));
    apply.lock_timeout = std::chrono::milliseconds(static_cast<long>(lock_timeout_seconds * 1000));
  }
};

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& description,
                      const std::string& footer) {
  CLI::App* command = app.add_subcommand(name, description);
  command->footer(footer);
  return command;
}

void add_run(CLI::App& app, Options& options) {
  CLI::App* run = add_command(
      app, "run", "Stay on this machine: apply the manifest, and hold the VIPs by VRRP.",
      "VRRP decides which node holds the VIPs of each VirtualRouter, and puts back what others change about them. The\n"
      "rest of the manifest is applied at the start, at each change of role, and again where the kernel was changed "
      "by\n"
      "others: it is looked at every --resync. A node stands for election only once its IPVS is programmed. SIGHUP "
      "reads\n"
      "the manifest again; one that is not valid changes nothing. SIGTERM gives the VIPs up at once. Talk to it with\n"
      "`ballast status`, `maintenance` and `failover`.\n\n"
      "Exit status: 0 stopped by SIGTERM or SIGINT, 2 it could not start.\nExample: ballast run -f cluster.yaml");
  options.add_paths(*run);
  options.add_node(*run);
  run->add_option("--resync", options.resync_seconds, "Seconds between two looks at the kernel (default: 5)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.1, 3600.0));
  run->add_option("--max-removals", options.run.max_removals,
                  "Hold a new manifest that takes away more than so many services, or members of one service, until "
                  "`ballast approve` (default: more than half of them, and at least 3)")
      ->type_name("N");
  run->add_flag("--keep", options.run.keep,
                "On stop, leave the VIPs to a successor that starts within their lease (upgrade)");
  run->add_option("--realtime", options.run.realtime_priority, "Real-time priority of the VRRP thread (SCHED_FIFO)")
      ->type_name("PRIORITY")
      ->check(CLI::Range(1, 99));
  run->add_flag("--lock-memory", options.run.lock_memory, "Keep the process's memory from being swapped out");
}

/// The commands that speak to the running controller.
void add_controller_commands(CLI::App& app, Options& options) {
  CLI::App* status = add_command(
      app, "status", "Show which VIPs this node holds, in which role, and what is wrong.",
      "Asks the controller that runs on this node (`ballast run`). Beneath a router stands what is wrong with it.\n\n"
      "Exit status: 0 ready: every router is MASTER or BACKUP without a conflict, and the node is eligible and not in\n"
      "maintenance; 1 not ready; 2 error, such as that no controller runs.\n"
      "Example: watch -n1 ballast status");
  options.add_state_dir(*status);
  options.add_output(*status, "text", "text or json");

  CLI::App* maintenance = add_command(
      app, "maintenance", "Take this node out of service for its VIPs, or back into it.",
      "on: the controller that runs here gives up its VIPs at once and gracefully, and holds none, also after a\n"
      "restart, until maintenance is off.\n\n"
      "Exit status: 0 done, 2 error, such as that no controller runs.\nExample: ballast maintenance on");
  maintenance->add_option("state", options.maintenance, "on or off")
      ->required()
      ->type_name("on|off")
      ->check(CLI::IsMember({"on", "off"}));
  options.add_state_dir(*maintenance);

  CLI::App* approve =
      add_command(app, "approve", "Put a manifest in force that is held because it takes much away.",
                  "`ballast status` says which one is held and why. Only that one is approved: one that was read "
                  "meanwhile is held\n"
                  "anew.\n\n"
                  "Exit status: 0 in force, 2 error: that manifest is not held, or no controller runs.\n"
                  "Example: ballast approve 0123456789ab");
  approve->add_option("revision", options.revision, "As `ballast status` shows it")->required()->type_name("REVISION");
  options.add_state_dir(*approve);

  CLI::App* member = add_command(
      app, "member", "Take a real server out of its pools, or put it back, whatever the manifest says.",
      "drain: no new connections, those that exist go on. down: taken out at once. enable: serves even where the\n"
      "manifest says otherwise, if its checks pass. manifest: what the manifest says. It holds on this node only,\n"
      "also after a restart of the controller, until the member is set to 'manifest' again.\n\n"
      "Exit status: 0 done, 2 error: no such member, or no controller runs.\n"
      "Example: ballast member drain 192.168.197.130");
  member->add_option("state", options.member.state, "drain, down, enable or manifest")
      ->required()
      ->type_name("STATE")
      ->check(CLI::IsMember({"drain", "down", "enable", "manifest"}));
  member->add_option("member", options.member.member, "Its address; with a port, only members that name this port")
      ->required()
      ->type_name("ADDRESS[:PORT]");
  member->add_option("--pool", options.member.pool, "Only in this pool (default: in all)")->type_name("POOL");
  options.add_state_dir(*member);

  CLI::App* failover =
      add_command(app, "failover", "Hand the VIPs of a VirtualRouter over to another node now.",
                  "Where this node is its MASTER, it gives up the VIPs, and the best of the others takes over.\n\n"
                  "Exit status: 0 handed over, 2 error: no such router, not MASTER here, or no controller runs.\n"
                  "Example: ballast failover web");
  failover->add_option("router", options.router, "The VirtualRouter's name")->required()->type_name("ROUTER");
  options.add_state_dir(*failover);
}

void add_digest(CLI::App& app, Options& options) {
  CLI::App* digest = add_command(
      app, "digest", "Print the digest of what a web server answers, for a check's md5 or sha256.",
      "Fetches the URL once, without redirects, and prints the MD5 of the body as genhash does. Certificates are not\n"
      "verified; the body may have 1 MB, as in checks.\n\n"
      "Exit status: 0 printed, 2 error: no answer, or a status other than 200-299.\n"
      "Example: ballast digest http://10.0.0.3/health --host www.example.net");
  digest->add_option("url", options.digest.url, "http or https; an IPv6 address in brackets")
      ->required()
      ->type_name("URL");
  digest->add_option("--host", options.digest.host, "Host header and TLS server name (default: the URL's)")
      ->type_name("NAME");
  digest->add_flag("--sha256", options.digest.sha256, "Print the SHA-256 instead of the MD5");
  digest->add_option("--timeout", options.digest_timeout_seconds, "Seconds for all of it (default: 5)")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.001, 3600.0));
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

  add_run(app, options);
  add_controller_commands(app, options);
  add_digest(app, options);
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
  if (app.got_subcommand("run")) return run_run(options.run);
  const std::string& state_dir = options.apply.node.state_dir;
  if (app.got_subcommand("status")) return run_status({state_dir, options.apply.node.json});
  if (app.got_subcommand("maintenance")) return run_maintenance(state_dir, options.maintenance == "on");
  if (app.got_subcommand("digest")) return run_digest(options.digest);
  if (app.got_subcommand("member")) {
    options.member.state_dir = state_dir;
    return run_member(options.member);
  }
  if (app.got_subcommand("approve")) return run_approve(state_dir, options.revision);
  if (app.got_subcommand("failover")) return run_failover(state_dir, options.router);
  fmt::print("ballast {}\n", BALLAST_VERSION);
  return exit_ok;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app(about, "ballast");
  app.set_version_flag("--version", std::string("ballast ") + BALLAST_VERSION);
  app.require_subcommand(1);
  app.formatter(std::make_shared<HelpFormatter>());
  Options options;
  add_commands(app, options);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      if (const std::string text = mistyped(app, {argv + 1, argv + argc}); !text.empty()) {
        fmt::print(stderr, "ballast: {}\nRun with --help for more information.\n", text);
        return exit_error;
      }
    }
    // CLI11 prints help and version to stdout, mistakes to stderr.
    return app.exit(error) == 0 ? exit_ok : exit_error;
  }
  return dispatch(app, options);
}

}  // namespace ballast
