// The commands that ask what is and why, and change nothing.
#include <charconv>

#include "controller/commands/common.hpp"
#include "controller/options.hpp"

namespace ballast {
namespace {

constexpr double usual_watch_seconds = 2;
constexpr double shortest_watch_seconds = 0.2;
constexpr double longest_watch_seconds = 3600;

void add_status(CLI::App& app, Options& options) {
  CLI::App* status =
      add_command(app, "status", "Show which VIPs this node holds, its services and members, and what is wrong.",
                  "Asks the controller that runs on this node (`ballast run`). What is wrong stands first: what is "
                  "wanted but not so and why, routers, then services with their members; of many services those that "
                  "are not well, and the busiest. Below: what others changed and was put back, what others made and is "
                  "left alone. Rates (PKT packets, B bytes) come from two readings of the kernel's counters.\n\n"
                  "Exit status: 0 ready: the node is eligible and not in maintenance, every router is MASTER or BACKUP "
                  "without a conflict, every service serves, and the kernel is as wanted (with SERVICE: that one "
                  "serves); 1 not ready; 2 error, such as that no controller runs.\n"
                  "Examples: ballast status web-http\n"
                  "          ballast status --watch 5");
  status
      ->add_option("service", options.status.service,
                   "Only this service, with all its members: its name, \"tcp 192.0.2.1:80\" or 192.0.2.1:80")
      ->type_name("SERVICE");
  status->add_option("--watch", options.watch, "Show it anew every so many seconds (default: 2) until q is pressed")
      ->type_name("[SECONDS]")
      ->expected(0, 1);
  options.add_state_dir(*status);
  options.add_output(*status, "text", "text or json");
}

void add_events(CLI::App& app, Options& options) {
  CLI::App* events = add_command(app, "events", "Show the last 1,000 changes on this node and what caused each.",
                                 "Causes: drift (somebody else had changed it), manifest, health, role, operator, "
                                 "drain, network (this node's addresses), start, failure. The controller keeps them "
                                 "until it ends. With --follow and -o json, one event a line.\n\n"
                                 "Exit status: 0, or 2 error, such as that no controller runs.\n"
                                 "Example: ballast events --follow");
  events->add_flag("--follow", options.events.follow, "Go on with those that come, until interrupted");
  options.add_state_dir(*events);
  options.add_output(*events, "text", "text or json");
}

void add_explain(CLI::App& app, Options& options) {
  CLI::App* explain = add_command(
      app, "explain", "Say which manifest line wants an object, what holds it back, and what the kernel has.",
      "OBJECT is a service (web-http, \"tcp 192.0.2.1:80\"), a VIP or other address, a member (10.0.0.3 or "
      "10.0.0.3:80), a VirtualRouter, a pool, a sysctl, a timeout or a device; also as `diff`, `status` and `events` "
      "print it.\n\n"
      "Exit status: 0 explained, 2 error: there is no such object, or no controller runs.\n"
      "Example: ballast explain 192.168.197.130:80");
  explain->add_option("object", options.explain.object, "What to explain")->required()->type_name("OBJECT");
  options.add_state_dir(*explain);
  options.add_output(*explain, "text", "text or json");
}

void add_connections(CLI::App& app, Options& options) {
  CLI::App* connections = add_command(
      app, "connections", "Show the kernel's table of connections: client, service, real server, state, expiry.",
      "Needs root; and the controller, but only to know a service by its name. The table changes while it is read.\n\n"
      "Exit status: 0, or 2 error, such as that this kernel has no IPVS.\n"
      "Examples: ballast connections web-http --state established\n"
      "          ballast connections 192.0.2.1:80 --client 198.51.100.0/24 -o json");
  ConnectionsOptions& wanted = options.connections;
  connections
      ->add_option("service", wanted.service,
                   "Only of this service: its name, \"tcp 192.0.2.1:80\", 192.0.2.1:80 or 192.0.2.1")
      ->type_name("SERVICE");
  connections->add_option("--client", wanted.client, "Only of this client: address, address:port or network")
      ->type_name("ADDRESS");
  connections->add_option("--server", wanted.server, "Only to this real server, likewise")->type_name("ADDRESS");
  connections
      ->add_option("--state", wanted.state, "Only in this state, as the kernel calls it: ESTABLISHED, FIN_WAIT, ...")
      ->type_name("STATE");
  options.add_state_dir(*connections);
  options.add_output(*connections, "text", "text or json");
}

void add_doctor(CLI::App& app, Options& options) {
  CLI::App* doctor = add_command(
      app, "doctor", "Look for what is wrong or missing on this node, with evidence and remedy. Changes nothing.",
      "Looks at what the node is for: director, real server, or both. That follows from the manifest: the one given "
      "with -f, else the one that the controller here has in force; without any, from what is in the kernel.\n\n"
      "Looks for: IPVS and its schedulers, capabilities, IP forwarding, rp_filter, VIPs and ARP settings of real "
      "servers, tunnel devices and MTU, ways to the members; on the wire, by listening and by asking with ARP: another "
      "group on the same VRID, two MASTERs, real servers that answer for a VIP; firewall rules that drop VRRP "
      "(protocol 112); keepalived, kube-proxy and systemd-networkd; connection tracking, the clock, and sysctl "
      "settings that do nothing. What could not be looked at is said. Needs root for most of it.\n\n"
      "Exit status: 0 nothing found, 1 findings, 2 could not look.\n"
      "Examples: ballast doctor -f cluster.yaml\n"
      "          ballast doctor --wait 10s -o json");
  options.add_paths(*doctor)->required(false);
  options.add_node(*doctor);
  doctor
      ->add_option("--cache-dir", options.run.source.cache_dir,
                   "Where the controller keeps the last good manifest (default: $BALLAST_CACHE_DIR, else "
                   "/var/lib/ballast)")
      ->type_name("DIR");
  doctor
      ->add_option_function<std::string>(
          "--wait",
          [&options](const std::string& text) {
            constexpr std::chrono::minutes longest{10};
            const auto time = text == "0" ? std::chrono::milliseconds(0) : parse_duration(text);
            if (!time || *time > longest) {
              throw CLI::ValidationError("--wait", "must be 0..10m, like 5s or 500ms, not '" + text + "'");
            }
            options.doctor.wait = *time;
          },
          "How long to listen on the wire (default: three advertisement intervals, 3.2s at least); 0: not at all")
      ->type_name("TIME");
  options.add_output(*doctor, "text", "text or json");
}

int start_status(Options& options, const CLI::App& command) {
  StatusOptions& status = options.status;
  if (command.count("--watch") == 0) return run_status(status);
  double seconds = 0;
  const std::string& word = options.watch;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), seconds);
  if (error == std::errc{} && end == word.data() + word.size()) {
    if (!(seconds >= shortest_watch_seconds && seconds <= longest_watch_seconds)) {
      print_error("status", "--watch: " + word + " is not between 0.2 and 3600 seconds");
      return exit_error;
    }
  } else {
    seconds = usual_watch_seconds;
    // "--watch web": what follows is no number, so it is the service.
    const bool is_word = !word.empty() && word != "true";
    if (is_word && !status.service.empty()) {
      print_error("status", "--watch: '" + word + "' is no number of seconds");
      return exit_error;
    }
    if (is_word) status.service = word;
  }
  status.watch = std::chrono::milliseconds(static_cast<long>(seconds * 1000));
  return run_status(status);
}

}  // namespace

void add_questions(CLI::App& app, Options& options) {
  add_status(app, options);
  add_events(app, options);
  add_explain(app, options);
  add_connections(app, options);
  add_doctor(app, options);
}

std::optional<int> dispatch_question(const CLI::App& app, Options options) {
  if (app.got_subcommand("status")) return start_status(options, *app.get_subcommand("status"));
  if (app.got_subcommand("events")) return run_events(options.events);
  if (app.got_subcommand("explain")) return run_explain(options.explain);
  if (app.got_subcommand("doctor")) return run_doctor(options.doctor);
  if (app.got_subcommand("connections")) return run_connections(options.connections);
  return std::nullopt;
}

}  // namespace ballast
