#include "controller/options.hpp"

namespace ballast {

namespace {

std::string check_duration(const std::string& text) {
  if (parse_duration(text)) return {};
  return "'" + text + "' is not a duration; write whole numbers with units, like 30s, 5m or 1m30s";
}

std::string whole_number(const std::string& text) {
  constexpr std::size_t most_digits = 9;
  const bool good = !text.empty() && text.size() <= most_digits && text.find_first_not_of("0123456789") == text.npos;
  return good ? std::string() : "must be a whole number, 0 or more, not '" + text + "'";
}

/// Files, or a repository: one of them.
void add_source(CLI::App& run, Options& options) {
  CLI::Option* paths = options.add_paths(run)->required(false);
  CLI::Option* git =
      run.add_option("--git", options.git.url,
                     "Instead of -f: follow this git repository (https, ssh, file; credentials as git has them)")
          ->type_name("URL")
          ->excludes(paths);
  run.add_option("--branch", options.git.branch, "The branch to follow (default: the repository's own)")
      ->type_name("NAME")
      ->needs(git);
  run.add_option("--path", options.git.path, "The folder or file of manifests in the repository (default: all of it)")
      ->type_name("PATH")
      ->needs(git);
  run.add_option("--interval", options.git_interval, "How often the repository is looked at (default: 30s)")
      ->type_name("DURATION")
      ->check(check_duration)
      ->needs(git);
  run.add_flag("--git-verify-signatures", options.git.verify_signatures,
               "Refuse a commit that `git verify-commit` does not find signed by somebody trusted")
      ->needs(git);
  run.add_option("--cache-dir", options.run.source.cache_dir,
                 "Where the last good manifest is kept for the next start, and the copy of the repository (default: "
                 "$BALLAST_CACHE_DIR, else /var/lib/ballast)")
      ->type_name("DIR");
}

}  // namespace

void add_run(CLI::App& app, Options& options) {
  CLI::App* run = add_command(
      app, "run", "Stay on this machine: apply the manifest, and hold the VIPs by VRRP.",
      "VRRP decides which node holds the VIPs of each VirtualRouter, and puts back what others change about them. The "
      "rest of the manifest is applied at the start, at each change of role, and again where the kernel was changed by "
      "others: it is looked at every --resync, and at once where services are missing. A node stands for election only "
      "once its IPVS is programmed.\n\n"
      "The manifest comes from files (-f), which are watched, or from a git repository (--git). SIGHUP and `ballast "
      "reload` look at once; one that is not valid changes nothing. The last good one is kept in --cache-dir and comes "
      "first after a restart; what the files or the repository have then is weighed against it. A repository that "
      "cannot be reached is tried again; without a last good manifest nothing is touched until it can. SIGTERM gives "
      "the VIPs up at once; SIGUSR2 ends it, too, but leaves them to a successor, as --keep does. Talk to it "
      "with `ballast status`, `reload`, `maintenance`, `suspend` and `failover`.\n\n"
      "Exit status: 0 stopped by a signal, 2 it could not start.\n"
      "Examples: ballast run -f cluster.yaml\n"
      "          ballast run --git https://git.example.net/lb.git --branch main --path cluster --interval 30s");
  add_source(*run, options);
  options.add_node(*run);
  add_time(*run, "--resync", options.run.resync, std::chrono::milliseconds(100),
           "Time between two looks at the whole kernel (default: 5s); of a big table longer, so that looking takes no "
           "more than 2% of one processor");
  run->add_option("--max-removals", options.run.max_removals,
                  "Hold a new manifest that takes away more than so many services, or members of one service, until "
                  "`ballast approve` (default: more than half of them, and at least 3)")
      ->type_name("N")
      ->check(whole_number);
  run->add_flag(
      "--keep", options.run.keep,
      "On every stop, leave the VIPs to a successor that starts within their lease, as SIGUSR2 does (upgrade)");
  run->add_option("--realtime", options.run.realtime_priority, "Real-time priority of the VRRP thread (SCHED_FIFO)")
      ->type_name("PRIORITY")
      ->check(CLI::Range(1, 99));
  run->add_option("--listen", options.run.listen,
                  "Let anyone look over TCP (nothing can be changed there): a page at /, /healthz, /readyz, /metrics, "
                  "/v1/status, /v1/plan, /v1/events, ...; such as 127.0.0.1:9100 or [::1]:9100; may be given several "
                  "times (default: the unix socket only)")
      ->type_name("ADDRESS:PORT")
      ->allow_extra_args(false);
  run->add_option("--metrics-destinations", options.run.metrics_destinations,
                  "Give each destination of IPVS metrics of its own while there are no more than these; beyond, only "
                  "services have them (default: 10000)")
      ->type_name("N")
      ->check(whole_number);
  run->add_option("--log-format", options.log_format, "text, or json: an object a line (default: text)")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}));
  run->add_option("--log-level", options.log_level,
                  "The least important lines that are written: error, warning, notice or info (default: info)")
      ->type_name("LEVEL")
      ->check(CLI::IsMember({"error", "warning", "notice", "info"}));
  run->add_flag("--lock-memory", options.run.lock_memory, "Keep the process's memory from being swapped out");
}

void add_controller_commands(CLI::App& app, Options& options) {
  add_questions(app, options);
  CLI::App* maintenance =
      add_command(app, "maintenance", "Take this node out of service for its VIPs, or back into it.",
                  "on: the controller that runs here gives up its VIPs at once and gracefully, and holds none, also "
                  "after a restart, until maintenance is off.\n\n"
                  "Exit status: 0 done, 2 error, such as that no controller runs.\nExample: ballast maintenance on");
  maintenance->add_option("state", options.maintenance, "on or off")
      ->required()
      ->type_name("on|off")
      ->check(CLI::IsMember({"on", "off"}));
  options.add_state_dir(*maintenance);

  CLI::App* suspend = add_command(
      app, "suspend", "Stop applying the manifest on this node; looking goes on.",
      "Nothing of this node is changed, also after a restart of the controller, until `ballast resume`: neither what "
      "the manifest says anew nor what somebody changes. `ballast status` is not ready meanwhile and shows what would "
      "be changed. Checks go on, but take no member out. VRRP goes on: the VIPs are held and handed over as before.\n\n"
      "Exit status: 0 done, 2 error, such as that no controller runs.\n"
      "Example: ballast suspend 'new switch, until 14:00, ann'");
  suspend->add_option("reason", options.reason, "Why, for whoever reads the status")->type_name("REASON");
  options.add_state_dir(*suspend);

  CLI::App* resume =
      add_command(app, "resume", "Apply the manifest on this node again.",
                  "What was changed in the meantime is put back at once.\n\n"
                  "Exit status: 0 done, 2 error, such as that no controller runs.\nExample: ballast resume");
  options.add_state_dir(*resume);

  CLI::App* approve =
      add_command(app, "approve", "Put a manifest in force that is held because it takes much away.",
                  "`ballast status` says which one is held and why. Only that one is approved: one that was read "
                  "meanwhile is held anew.\n\n"
                  "Exit status: 0 in force, 2 error: that manifest is not held, or no controller runs.\n"
                  "Example: ballast approve 0123456789ab");
  approve->add_option("revision", options.revision, "As `ballast status` shows it")->required()->type_name("REVISION");
  options.add_state_dir(*approve);

  CLI::App* reload = add_command(
      app, "reload", "Look at the manifest's files or repository now, and say what came of it.",
      "Does what SIGHUP does, and waits until the newest manifest is in force, held or refused.\n\n"
      "Exit status: 0 it is in force, 1 it is held because it takes much away (`ballast approve`), 2 error: it is not "
      "valid, the source cannot be read, or no controller runs.\nExample: git push && ballast reload");
  options.add_state_dir(*reload);

  CLI::App* member = add_command(
      app, "member", "Take a real server out of its pools, or put it back, whatever the manifest says.",
      "drain: no new connections, those that exist go on. down: taken out at once. enable: serves even where the "
      "manifest says otherwise, if its checks pass. manifest: what the manifest says. It holds on this node only, also "
      "after a restart of the controller, until the member is set to 'manifest' again.\n\n"
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

  CLI::App* failover = add_command(
      app, "failover", "Hand the VIPs of a VirtualRouter over to another node now.",
      "Where this node is its MASTER, it gives up the VIPs, and the best of the others takes over. A "
      "node of higher priority takes them back about seven intervals later, unless the router has `preempt: "
      "false`; `ballast maintenance on` keeps them away.\n\n"
      "Exit status: 0 handed over, 2 error: no such router, not MASTER here, or no controller runs.\n"
      "Example: ballast failover web");
  failover->add_option("router", options.router, "The VirtualRouter's name")->required()->type_name("ROUTER");
  options.add_state_dir(*failover);
}

std::optional<int> dispatch_to_controller(const CLI::App& app, const Options& options) {
  const std::string& state_dir = options.apply.node.state_dir;
  if (app.got_subcommand("run")) return run_run(options.run);
  if (const auto status = dispatch_question(app, options)) return status;
  if (app.got_subcommand("suspend")) return run_suspend(state_dir, options.reason);
  if (app.got_subcommand("resume")) return run_resume(state_dir);
  if (app.got_subcommand("reload")) return run_reload(state_dir);
  if (app.got_subcommand("maintenance")) return run_maintenance(state_dir, options.maintenance == "on");
  if (app.got_subcommand("member")) return run_member(options.member);
  if (app.got_subcommand("approve")) return run_approve(state_dir, options.revision);
  if (app.got_subcommand("failover")) return run_failover(state_dir, options.router);
  return std::nullopt;
}

}  // namespace ballast
