#include "controller/command_line.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "controller/commands/common.hpp"
#include "controller/options.hpp"
#include "controller/usage.hpp"
#include "controller/version.hpp"

namespace ballast {

CLI::App* add_command(CLI::App& app, const std::string& name, const std::string& description,
                      const std::string& footer) {
  CLI::App* command = app.add_subcommand(name, description);
  command->footer(footer);
  return command;
}

namespace {

constexpr std::chrono::hours longest_time{1};

/// nullopt where it is neither a duration nor a number of seconds up to `longest_time`.
std::optional<std::chrono::milliseconds> parse_time(const std::string& text) {
  double seconds = 0;
  const char* const end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, seconds); read.ec == std::errc{} && read.ptr == end) {
    if (!(seconds >= 0 && seconds <= std::chrono::duration<double>(longest_time).count())) return std::nullopt;
    return std::chrono::milliseconds(std::lround(seconds * 1000));
  }
  return parse_duration(text);
}

}  // namespace

void add_time(CLI::App& command, const std::string& name, std::chrono::milliseconds& value,
              std::chrono::milliseconds least, const std::string& what) {
  const auto take = [&value, name, least](const std::string& text) {
    const auto time = parse_time(text);
    if (!time || *time < least || *time > longest_time) {
      const std::string shortest = duration_text(least);
      throw CLI::ValidationError(
          name, "must be " + shortest + "..1h, like 5s or 500ms, or a number of seconds, not '" + text + "'");
    }
    value = *time;
  };
  command.add_option_function<std::string>(name, take, what)->type_name("TIME");
}

namespace {

/// Nobody types it: it is not among the commands.
constexpr std::string_view complete_command = "__complete";

constexpr const char* about =
    "Ballast keeps Linux load balancers (IPVS services, virtual IPs, real-server settings) as a manifest describes "
    "them.";

void add_digest(CLI::App& app, Options& options) {
  CLI::App* digest =
      add_command(app, "digest", "Print the digest of what a web server answers, for a check's md5 or sha256.",
                  "Fetches the URL once, without redirects, and prints the MD5 of the body as genhash does. "
                  "Certificates are not verified; the body may have 1 MB, as in checks.\n\n"
                  "Exit status: 0 printed, 2 error: no answer, or a status other than 200-299.\n"
                  "Example: ballast digest http://10.0.0.3/health --host www.example.net");
  digest->add_option("url", options.digest.url, "http or https; an IPv6 address in brackets")
      ->required()
      ->type_name("URL");
  digest->add_option("--host", options.digest.host, "Host header and TLS server name (default: the URL's)")
      ->type_name("NAME");
  digest->add_flag("--sha256", options.digest.sha256, "Print the SHA-256 instead of the MD5");
  add_time(*digest, "--timeout", options.digest.timeout, std::chrono::milliseconds(1),
           "How long all of it may take (default: 5s)");
}

void add_commands(CLI::App& app, Options& options) {
  CLI::App* validate = add_command(app, "validate", "Read and check manifests. Touches nothing and needs no root.",
                                   "Exit status: 0 valid, 2 not valid.\nExample: ballast validate -f cluster.yaml");
  options.add_paths(*validate);
  options.add_output(*validate, "text", "text or json");

  CLI::App* diff =
      add_command(app, "diff", "Print what apply would change in this node's kernel. Changes nothing.",
                  "Lines begin with + (added), ~ (changed, before -> after) or - (removed) and end with the manifest "
                  "line that wants it. What somebody else made is listed as foreign and never touched.\n\n"
                  "Exit status: 0 nothing to do, 1 there are changes, 2 error.\n"
                  "Example: ballast diff -f cluster.yaml --node lvs-128");
  options.add_paths(*diff);
  options.add_node(*diff);
  options.add_projection(*diff);
  options.add_output(*diff, "text", "text or json");

  CLI::App* apply = add_command(
      app, "apply", "Make this node's kernel what the manifest wants, look again, and verify.",
      "Does exactly what diff shows. A second apply writes nothing.\n\n"
      "Where the controller runs (`ballast run`), the manifest is handed to it: it is in force until the controller's "
      "own files change, or until it starts anew; where it follows a git repository, it takes none. A manifest that "
      "takes away more than its --max-removals needs --approve.\n\n"
      "With --confirm, what was there before comes back unless `ballast confirm` is given in time, and at once where "
      "not everything comes to be as the manifest wants it. Where the controller runs, it waits; elsewhere this "
      "command does, and a lost connection, Ctrl-C or SIGTERM rolls back at once. Should it be killed, the next apply "
      "rolls back, or `run`.\n\n"
      "Exit status: 0 the kernel is as the manifest wants it, 2 it is not, or it was rolled back; stderr says why.\n"
      "Example: ballast apply -f cluster.yaml --confirm 60s");
  options.add_paths(*apply);
  options.add_node(*apply);
  options.add_projection(*apply);
  apply->add_flag("--dry-run", options.apply.dry_run, "Print the plan and stop; exit status 0");
  apply
      ->add_option("--confirm", options.confirm,
                   "Roll back after so long unless `ballast confirm` comes, like 60s or 5m")
      ->type_name("TIME")
      ->check([](const std::string& text) {
        constexpr std::chrono::hours longest{24};
        const auto time = parse_duration(text);
        const bool good = time && *time >= std::chrono::seconds(1) && *time <= longest;
        return good ? std::string() : "must be 1s..24h, like 60s or 5m, not '" + text + "'";
      });
  apply->add_flag(
      "--guard", options.apply.guard,
      "With --confirm: roll back at once where checks find more members down than before (needs the controller)");
  apply->add_flag("--approve", options.apply.approve,
                  "Where the controller runs: whatever the manifest takes away (nothing else is held)");
  add_time(*apply, "--lock-timeout", options.apply.lock_timeout, std::chrono::milliseconds(0),
           "How long to wait for another apply on this node to finish (default: 30s; 0 refuses at once)");
  options.add_output(*apply, "text", "text or json");

  CLI::App* confirm = add_command(app, "confirm", "Keep what `apply --confirm` has made.",
                                  "Exit status: 0 it stays, 2 there is nothing to confirm, or it is too late.\n"
                                  "Example: ballast confirm");
  options.add_state_dir(*confirm);

  CLI::App* get =
      add_command(app, "get", "Print what is in this node's kernel now, as a manifest that apply takes back.",
                  "Services with their destinations, timeouts, and the addresses and settings that serve them.\n\n"
                  "Exit status: 0, or 2 where the kernel could not be read.\nExample: ballast get > running.yaml");
  options.add_node(*get);
  options.add_output(*get, "yaml", "yaml or json");

  add_run(app, options);
  add_controller_commands(app, options);
  add_import(app, options);
  add_digest(app, options);
  add_manual(app, options);
  options.add_output(*add_command(app, "version", "Print the version.", "Exit status: 0."), "text", "text or json");
}

int dispatch(const CLI::App& app, Options& options) {
  options.finish();
  if (app.got_subcommand("validate")) return run_validate(options.apply.node.paths, options.apply.node.json);
  if (app.got_subcommand("diff")) return run_diff(options.apply.node);
  if (app.got_subcommand("apply")) return run_apply(options.apply);
  if (app.got_subcommand("get")) {
    return run_get({options.apply.node.node, options.apply.node.state_dir, options.apply.node.json});
  }
  if (app.got_subcommand("confirm")) return run_confirm(options.apply.node.state_dir);
  if (app.got_subcommand("digest")) return run_digest(options.digest);
  if (const auto status = dispatch_import(app, options)) return *status;
  if (const auto status = dispatch_manual(app, options)) return *status;
  if (const auto status = dispatch_to_controller(app, options)) return *status;
  const std::string text = options.apply.node.json ? fmt::format("{{\"version\": \"{}\"}}\n", program_version)
                                                   : fmt::format("ballast {}\n", program_version);
  return print(text) ? exit_ok : exit_error;
}

}  // namespace

int run_command_line(int argc, char** argv) {
  CLI::App app(about, "ballast");
  app.set_version_flag("--version", std::string("ballast ") + program_version);
  app.require_subcommand(1);
  app.formatter(std::make_shared<HelpFormatter>());
  Options options;
  read_environment(options);
  add_commands(app, options);
  if (argc > 1 && argv[1] == complete_command) {
    return run_complete(app, {argv + 2, argv + argc}, options.apply.node.state_dir);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() != 0) {
      if (const std::string text = mistyped(app, {argv + 1, argv + argc}); !text.empty()) {
        fmt::print(stderr, "ballast: {}\nRun with --help for more information.\n", text);
        return exit_error;
      }
      const std::vector<CLI::App*> parsed = app.get_subcommands();
      const std::string command = parsed.empty() ? "ballast" : "ballast " + parsed.front()->get_name();
      fmt::print(stderr, "{0}: {1}\nRun `{0} --help` for more information.\n", command, error.what());
      return exit_error;
    }
    // CLI11 prints help and version to stdout.
    return app.exit(error) == 0 ? exit_ok : exit_error;
  }
  return dispatch(app, options);
}

}  // namespace ballast
