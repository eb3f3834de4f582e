// Random manifests against the real kernel, judged by ipvsadm, ip and /proc/sys. For each seed: others add and delete
// services and addresses of theirs, and a random cluster is applied over the one before; then the kernel must be
// exactly what the manifest says, the writes as few as the difference, a second apply must write nothing, and what
// somebody else made must be untouched. Runs as root in a network namespace of its own.
//   random_states_tests [FIRST_SEED [COUNT]]
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sched.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "controller/converge.hpp"
#include "drivers/ipvs.hpp"
#include "drivers/network.hpp"
#include "drivers/packet_filter.hpp"
#include "drivers/sysctls.hpp"
#include "model/render.hpp"

namespace {

using namespace ballast;

/// What the program prints. No shell in between: in User-mode Linux a process costs as much as a whole apply.
std::string run(std::vector<const char*> words, const std::string& input = "") {
  int ends[2];
  const int in = ::memfd_create("input", MFD_CLOEXEC);
  if (in < 0 || ::pipe2(ends, O_CLOEXEC) != 0 || ::write(in, input.data(), input.size()) < 0) std::exit(2);
  ::lseek(in, 0, SEEK_SET);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
  words.push_back(nullptr);
  pid_t child = 0;
  int status = ::posix_spawnp(&child, words[0], &files, nullptr, const_cast<char**>(words.data()), environ);
  posix_spawn_file_actions_destroy(&files);
  ::close(in);
  ::close(ends[1]);
  std::string text;
  std::array<char, 65536> buffer;
  for (ssize_t count = 0; (count = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(ends[0]);
  if (status == 0) ::waitpid(child, &status, 0);
  if (status != 0) {
    words.pop_back();
    fmt::print("failed: {}\n{}{}", fmt::join(words, " "), input, text);
    std::exit(2);
  }
  return text;
}

std::string setting_path(std::string key) {
  std::replace(key.begin(), key.end(), '.', '/');
  return "/proc/sys/" + key;
}
std::string read_setting(const std::string& key) {
  std::ifstream file(setting_path(key));
  std::string value;
  std::getline(file, value);
  return value;
}
void write_setting(const std::string& key, const std::string& value) {
  std::ofstream file(setting_path(key));
  if (!(file << value << std::flush)) std::exit(2);
}

const std::string promote = "net.ipv4.conf.d0.promote_secondaries";
const std::vector<std::string> watched_settings = {
    "net.ipv4.ip_forward",         "net.ipv4.conf.all.arp_ignore",  "net.ipv4.conf.all.arp_announce",
    "net.ipv4.conf.lo.arp_ignore", "net.ipv4.conf.lo.arp_announce", promote};

/// Sysctls and timeouts by name.
using Settings = std::map<std::string, std::string>;

// The test's own picture of a cluster, printed as a manifest on one side and as ipvsadm's and ip's words on the other.

struct TestMember {
  char forwarding = 'g';  // ipvsadm's -g, -i, -m
  int weight = 1, upper = 0, lower = 0;
  std::string tunnel;  // ipvsadm's words
  bool operator==(const TestMember&) const = default;
};

struct TestService {
  std::string scheduler, flags, engine;
  bool one_packet = false;
  int persistence = 0;
  int mask = 0;                               // prefix length of the granularity; 0: the default
  std::map<std::string, TestMember> members;  // by "address:port"
};

struct TestCluster {
  std::map<std::string, TestService> services;  // by ipvsadm's words: "-t 10.0.0.1:80"
  std::set<std::string> addresses;              // on d0
  std::set<std::string> loopback;               // VIPs of a RealServer
  std::array<int, 3> timeouts{};                // tcp, tcpFin, udp; 0: none wanted
};

/// What others make on this node.
struct Others {
  std::set<int> services;   // 10.7.0.N
  std::set<int> addresses;  // 172.16.N.1
};

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  void mutate(TestCluster& cluster) {
    for (int i = 0; i < 12; ++i) {
      const std::string key = random_key();
      if (one_in(3)) {
        cluster.services.erase(key);
      } else {
        change(key, cluster.services[key]);
      }
    }
    for (int i = 0; i < 4; ++i)
      change_address(cluster.addresses, fmt::format("10.9.{}.{}", below(2), 1 + below(9)), 24, 32);
    for (int i = 0; i < 2; ++i) change_address(cluster.addresses, fmt::format("2001:db8:9::{}", 1 + below(9)), 64, 128);
    toggle(cluster.loopback, fmt::format("10.8.0.{}", 1 + below(4)));
    for (int& timeout : cluster.timeouts) {
      if (one_in(3)) timeout = one_in(3) ? 0 : 1 + below(1000);
    }
  }

  /// One of their services and one of their addresses comes or goes.
  void mutate(Others& others) {
    const int service = 1 + below(5);
    const bool gone = others.services.erase(service) > 0;
    if (!gone) others.services.insert(service);
    run({"ipvsadm", "-R"},
        gone ? fmt::format("-D -t 10.7.0.{}:80\n", service)
             : fmt::format("-A -t 10.7.0.{0}:80 -s rr\n-a -t 10.7.0.{0}:80 -r 10.1.7.{0}:80 -m -w 7\n", service));
    const int address = 1 + below(5);
    const bool left = others.addresses.erase(address) > 0;
    if (!left) others.addresses.insert(address);
    run({"ip", "-batch", "-"}, fmt::format("addr {} 172.16.{}.1/24 dev d0\n", left ? "del" : "add", address));
  }

 private:
  int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }
  bool one_in(int bound) { return below(bound) == 0; }

  void toggle(std::set<std::string>& set, const std::string& item) {
    if (set.erase(item) == 0) set.insert(item);
  }

  /// There with one length, with the other, or not at all.
  void change_address(std::set<std::string>& set, const std::string& address, int one, int other) {
    set.erase(fmt::format("{}/{}", address, one));
    set.erase(fmt::format("{}/{}", address, other));
    if (!one_in(3)) set.insert(fmt::format("{}/{}", address, one_in(2) ? one : other));
  }

  std::string random_key() {
    const int port = 80 + below(3);
    switch (below(6)) {
      case 0:
        return fmt::format("-u 10.0.0.{}:{}", 1 + below(5), port);
      case 1:
        return fmt::format("--sctp-service 10.0.0.{}:{}", 1 + below(5), port);
      case 2:
        return fmt::format("-t [2001:db8::{}]:{}", 1 + below(5), port);
      case 3:
        return fmt::format("-f {}", 1 + below(5));
      case 4:
        return fmt::format("-f {} -6", 1 + below(5));
      default:
        return fmt::format("-t 10.0.0.{}:{}", 1 + below(5), port);
    }
  }

  void change(const std::string& key, TestService& service) {
    static const char* schedulers[] = {"rr", "wrr", "lc",  "wlc", "lblc", "lblcr", "dh",
                                       "sh", "mh",  "sed", "nq",  "fo",   "ovf"};
    const bool ipv6 = key.find("[") != std::string::npos || key.ends_with("-6");
    const bool fwmark = key.starts_with("-f");
    if (service.scheduler.empty() || one_in(2)) {
      service.scheduler = schedulers[below(13)];
      const bool hashes = service.scheduler == "sh" || service.scheduler == "mh";
      const char* kinds[] = {"", "-fallback", "-port"};
      const int kind = below(3);
      service.flags = hashes && kind > 0 ? service.scheduler + kinds[kind] : "";
      service.one_packet = (key.starts_with("-u") || fwmark) && one_in(3);
      service.persistence = one_in(2) ? 1 + below(600) : 0;
      service.mask = service.persistence > 0 && one_in(2) ? (ipv6 ? 64 : 8 + below(16)) : 0;
      service.engine = key.starts_with("-u") && service.persistence > 0 && one_in(2) ? "sip" : "";
    }
    for (int i = 0; i < 4; ++i) change_member(service, key, ipv6, fwmark);
  }

  void change_member(TestService& service, const std::string& key, bool ipv6, bool fwmark) {
    const std::string port = fwmark ? "0" : key.substr(key.rfind(':') + 1);
    const std::string host = fmt::format("{}{}{}", ipv6 ? "[2001:db8:1::" : "10.1.0.", 1 + below(6), ipv6 ? "]" : "");
    const bool other_port = !fwmark && one_in(4);  // which only NAT can change
    const std::string endpoint = host + ":" + (other_port ? "8080" : port);
    if (one_in(3)) {
      service.members.erase(endpoint);
      return;
    }
    static const char* tunnels[] = {"--tun-type ipip", "--tun-type gue --tun-port 6080 --tun-nocsum",
                                    "--tun-type gre --tun-csum", "--tun-type gue --tun-port 6081 --tun-remcsum"};
    TestMember& member = service.members[endpoint];
    member.forwarding = other_port ? 'm' : "gim"[below(3)];
    member.weight = below(100);
    member.upper = one_in(3) ? 10 + below(100) : 0;
    member.lower = member.upper > 0 ? below(member.upper) : 0;
    member.tunnel = member.forwarding == 'i' ? tunnels[below(4)] : "";
  }

  std::mt19937 random_;
};

std::string mask_text(int length) {
  const unsigned mask = ~0U << (32 - length);
  return fmt::format("{}.{}.{}.{}", mask >> 24, (mask >> 16) & 255, (mask >> 8) & 255, mask & 255);
}

std::string host_of(const std::string& endpoint) {
  const std::string host = endpoint.substr(0, endpoint.rfind(':'));
  return host.front() == '[' ? host.substr(1, host.size() - 2) : host;
}

std::string member_yaml(const std::string& endpoint, const TestMember& member) {
  const bool other_port = endpoint.ends_with(":8080");
  static const std::map<char, const char*> words = {{'g', "DR"}, {'i', "TUN"}, {'m', "NAT"}};
  std::string text =
      fmt::format("    - {{address: \"{}\"{}, weight: {}, upperThreshold: {}, lowerThreshold: {}, forwarding: {}",
                  host_of(endpoint), other_port ? ", port: 8080" : "", member.weight, member.upper, member.lower,
                  words.at(member.forwarding));
  if (member.tunnel.find("gue") != std::string::npos) {
    const bool remote = member.tunnel.find("remcsum") != std::string::npos;
    text += fmt::format(", tunnel: {{type: gue, port: {}, checksum: {}}}", remote ? 6081 : 6080,
                        remote ? "remote" : "none");
  } else if (member.tunnel.find("gre") != std::string::npos) {
    text += ", tunnel: {type: gre, checksum: full}";
  }
  return text + "}\n";
}

std::string service_yaml(const std::string& key, const TestService& service, int number) {
  std::string spec;
  if (key.starts_with("-f")) {
    spec +=
        fmt::format("  fwmark: {}\n  family: {}\n", std::atoi(key.c_str() + 3), key.ends_with("-6") ? "IPv6" : "IPv4");
  } else {
    const std::string endpoint = key.substr(key.rfind(' ') + 1);
    spec += fmt::format("  address: \"{}\"\n  port: {}\n  protocol: {}\n", host_of(endpoint),
                        endpoint.substr(endpoint.rfind(':') + 1),
                        key.starts_with("-t")   ? "TCP"
                        : key.starts_with("-u") ? "UDP"
                                                : "SCTP");
  }
  spec += fmt::format("  scheduler: {}\n  forwarding: DR\n  nodes: [here]\n  pool: p{}\n", service.scheduler, number);
  std::string flags = service.flags;
  if (service.one_packet) flags += flags.empty() ? "ops" : ", ops";
  if (!flags.empty()) spec += fmt::format("  schedulerFlags: [{}]\n", flags);
  if (service.persistence > 0) {
    spec += fmt::format("  persistence: {{timeout: {}s", service.persistence);
    const bool ipv6 = key.find('[') != std::string::npos || key.ends_with("-6");
    if (service.mask > 0) spec += ", granularity: " + (ipv6 ? std::to_string(service.mask) : mask_text(service.mask));
    if (!service.engine.empty()) spec += ", engine: sip";
    spec += "}\n";
  }
  std::string members;
  for (const auto& [endpoint, member] : service.members) members += member_yaml(endpoint, member);
  return fmt::format(
      "apiVersion: ballast/v1\nkind: VirtualService\nmetadata: {{name: s{0}}}\nspec:\n{1}---\n"
      "apiVersion: ballast/v1\nkind: Pool\nmetadata: {{name: p{0}}}\nspec:\n  members:{2}\n{3}---\n",
      number, spec, members.empty() ? " []" : "", members);
}

constexpr std::array<const char*, 3> timers = {"tcp", "tcpFin", "udp"};

std::string manifest_of(const TestCluster& cluster) {
  std::string text;
  int number = 0;
  for (const auto& [key, service] : cluster.services) text += service_yaml(key, service, ++number);
  for (const std::string& address : cluster.addresses) {
    text += fmt::format(
        "apiVersion: ballast/v1\nkind: Address\nmetadata: {{name: a{}}}\nspec: {{nodes: [here], interface: d0, "
        "address: \"{}\"}}\n---\n",
        ++number, address);
  }
  if (!cluster.loopback.empty()) {
    text += fmt::format(
        "apiVersion: ballast/v1\nkind: RealServer\nmetadata: {{name: r}}\nspec: {{nodes: [here], addresses: "
        "[{}]}}\n---\n",
        fmt::join(cluster.loopback, ", "));
  }
  std::vector<std::string> timeouts;
  for (std::size_t i = 0; i < timers.size(); ++i) {
    if (cluster.timeouts[i] > 0) timeouts.push_back(fmt::format("{}: {}s", timers[i], cluster.timeouts[i]));
  }
  if (!timeouts.empty()) {
    text += fmt::format(
        "apiVersion: ballast/v1\nkind: Director\nmetadata: {{name: d}}\nspec: {{nodes: [here], timeouts: "
        "{{{}}}}}\n---\n",
        fmt::join(timeouts, ", "));
  }
  return text +
         "apiVersion: ballast/v1\nkind: Sysctl\nmetadata: {name: x}\nspec: {nodes: [here], values: "
         "{net.ipv4.ip_forward: 1}}\n";
}

using Lines = std::set<std::string>;

/// The kernel in the oracles' words, one line for each object; a line begins with what identifies it, then " | ".
void add(Lines& lines, const Settings& settings) {
  for (const auto& [name, value] : settings) lines.insert(name + " | " + value);
}

/// `settings`: what there is where the manifest wants nothing else.
Lines expected_lines(const TestCluster& cluster, const Others& others, Settings settings) {
  Lines lines;
  settings["net.ipv4.ip_forward"] = "1";
  if (!cluster.loopback.empty()) {
    for (const char* where : {"all", "lo"}) {
      settings[fmt::format("net.ipv4.conf.{}.arp_ignore", where)] = "1";
      settings[fmt::format("net.ipv4.conf.{}.arp_announce", where)] = "2";
    }
  }
  for (std::size_t i = 0; i < timers.size(); ++i) {
    if (cluster.timeouts[i] > 0) settings[fmt::format("timeout {}", timers[i])] = std::to_string(cluster.timeouts[i]);
  }
  add(lines, settings);
  for (const int service : others.services) {
    lines.insert(fmt::format("-A -t 10.7.0.{}:80 | -s rr", service));
    lines.insert(fmt::format("-a -t 10.7.0.{0}:80 -r 10.1.7.{0}:80 | -m -w 7 x0 y0", service));
  }
  for (const int address : others.addresses) lines.insert(fmt::format("d0 172.16.{}.1/24 | global", address));
  for (const auto& [key, service] : cluster.services) {
    std::string value = "-s " + service.scheduler;
    if (service.persistence > 0) value += fmt::format(" -p {}", service.persistence);
    const bool ipv6 = key.find('[') != std::string::npos || key.ends_with("-6");
    if (service.mask > 0) value += " -M " + (ipv6 ? std::to_string(service.mask) : mask_text(service.mask));
    if (!service.engine.empty()) value += " --pe " + service.engine;
    if (service.one_packet) value += " -o";
    if (!service.flags.empty()) value += " -b " + service.flags;
    lines.insert("-A " + key + " | " + value);
    for (const auto& [endpoint, member] : service.members) {
      lines.insert(fmt::format("-a {} -r {} | -{} -w {}{}{} x{} y{}", key, endpoint, member.forwarding, member.weight,
                               member.tunnel.empty() ? "" : " ", member.tunnel, member.upper, member.lower));
    }
  }
  for (const std::string& address : cluster.addresses) lines.insert("d0 " + address + " | global");
  for (const std::string& address : cluster.loopback) lines.insert("lo " + address + "/32 | host");
  return lines;
}

Settings kernel_settings() {
  Settings settings;
  for (const std::string& key : watched_settings) settings[key] = read_setting(key);
  // "Timeout (tcp tcpfin udp): 900 120 300"
  std::istringstream words(run({"ipvsadm", "-L", "--timeout"}));
  words.ignore(std::numeric_limits<std::streamsize>::max(), ':');
  for (const char* timer : timers) words >> settings[fmt::format("timeout {}", timer)];
  return settings;
}

Lines kernel_lines() {
  Lines lines;
  // Thresholds are not in -Sn; -Ln lists the same table in the same order, so the two are read in step.
  std::vector<std::string> thresholds;
  std::istringstream listing(run({"ipvsadm", "-Ln", "--thresholds"}));
  std::string line;
  while (std::getline(listing, line)) {
    std::istringstream words(line);
    std::string arrow, remote, upper, lower;
    words >> arrow >> remote >> upper >> lower;
    if (arrow == "->" && remote != "RemoteAddress:Port") thresholds.push_back(" x" + upper + " y" + lower);
  }
  std::size_t next = 0;
  std::istringstream rules(run({"ipvsadm", "-Sn"}));
  while (std::getline(rules, line)) {
    while (!line.empty() && line.back() == ' ') line.pop_back();
    const bool service = line.starts_with("-A");
    const std::size_t identity = service ? line.find(" -s ") : line.find(" -", line.find(" -r ") + 4);
    lines.insert(line.substr(0, identity) + " |" + line.substr(identity) + (service ? "" : thresholds.at(next++)));
  }
  for (const auto& link : nlohmann::json::parse(run({"ip", "-json", "addr", "show"}))) {
    for (const auto& address : link.at("addr_info")) {
      const std::string local = address.at("local");
      if (local == "127.0.0.1" || local == "::1" || local.starts_with("fe80")) continue;
      lines.insert(fmt::format("{} {}/{} | {}", link.at("ifname").get<std::string>(), local,
                               address.at("prefixlen").get<int>(), address.at("scope").get<std::string>()));
    }
  }
  add(lines, kernel_settings());
  return lines;
}

std::map<std::string, std::string> by_identity(const Lines& lines) {
  std::map<std::string, std::string> map;
  for (const std::string& line : lines) map.emplace(line.substr(0, line.find(" | ")), line);
  return map;
}

/// The fewest commands that turn `before` into `after`: one for each line that differs, but none for the destinations
/// of a service that goes.
std::size_t difference(const Lines& before, const Lines& after) {
  const auto old_lines = by_identity(before);
  const auto new_lines = by_identity(after);
  std::size_t count = 0;
  for (const auto& [identity, line] : new_lines) {
    const auto found = old_lines.find(identity);
    if (found == old_lines.end() || found->second != line) ++count;
  }
  for (const auto& [identity, line] : old_lines) {
    if (new_lines.contains(identity)) continue;
    const bool destination = identity.starts_with("-a ");
    const std::string service = destination ? "-A " + identity.substr(3, identity.find(" -r ") - 3) : "";
    if (!destination || new_lines.contains(service)) ++count;
  }
  return count;
}

bool check(bool holds, unsigned seed, const std::string& what) {
  if (!holds) fmt::print("seed {}: {}\n", seed, what);
  return holds;
}

bool same(const Lines& expected, const Lines& actual, unsigned seed) {
  if (expected == actual) return true;
  fmt::print("seed {}: the kernel is not what the manifest says\n", seed);
  for (const auto& line : expected) {
    if (!actual.contains(line)) fmt::print("  missing:    {}\n", line);
  }
  for (const auto& line : actual) {
    if (!expected.contains(line)) fmt::print("  unexpected: {}\n", line);
  }
  return false;
}

std::optional<State> wanted_state(const TestCluster& cluster, unsigned seed) {
  const std::string manifest = manifest_of(cluster);
  const ReadOutcome outcome = read_and_validate({{"random.yaml", manifest}});
  for (const Diagnostic& diagnostic : outcome.diagnostics) fmt::print("seed {}: {}\n", seed, diagnostic.text());
  if (!outcome.diagnostics.empty()) {
    fmt::print("{}", manifest);
    return std::nullopt;
  }
  return render(outcome.manifest, {}, "here");
}

void prepare(const std::string& state_dir) {
  if (::unshare(CLONE_NEWNET) != 0) {
    std::perror("unshare");
    std::exit(2);
  }
  std::filesystem::remove_all(state_dir);
  // The addresses are what somebody else made, and what keeps the random destinations routable.
  run({"ip", "-batch", "-"},
      "link set lo up\nlink add d0 type dummy\nlink set d0 up\naddr add 10.0.0.254/8 dev d0\n"
      "addr add 2001:db8::ffff/32 dev d0 nodad\n");
  run({"ipvsadm", "-R"}, "-A -t 10.7.7.7:77 -s rr\n-a -t 10.7.7.7:77 -r 10.1.7.7:77 -m -w 7\n");
}

std::size_t removed_addresses(const Lines& before, const Lines& after) {
  const auto left = by_identity(after);
  return static_cast<std::size_t>(std::count_if(before.begin(), before.end(), [&](const std::string& line) {
    return line.starts_with("d0 10.") && !left.contains(line.substr(0, line.find(" | ")));
  }));
}

struct Scene {
  Lines always;       // made by somebody else, never changed
  Settings settings;  // that nobody wants otherwise
  Others others;
  TestCluster cluster;
  bool begun = false;

  [[nodiscard]] Lines expected() const {
    Lines lines = expected_lines(cluster, others, settings);
    lines.insert(always.begin(), always.end());
    return lines;
  }
};

bool step(Scene& scene, unsigned seed, Kernel& kernel, const StateDir& directory) {
  Generator random(seed);
  // Half of the time a primary that goes would take its secondaries along.
  const bool promotes = seed % 2 == 0;
  write_setting(promote, promotes ? "1" : "0");
  scene.settings[promote] = promotes ? "1" : "0";
  random.mutate(scene.others);
  const Lines before = scene.begun ? scene.expected() : kernel_lines();
  scene.begun = true;
  random.mutate(scene.cluster);
  const auto wanted = wanted_state(scene.cluster, seed);
  if (!wanted) return false;
  const auto first = converge(*wanted, kernel, directory);
  if (!check(first.has_value(), seed, first ? "" : first.error().text)) return false;
  for (const Failure& failure : first->report.failures) fmt::print("seed {}: {}\n", seed, failure.text);
  if (!check(first->converged(), seed, "did not converge")) return false;

  const Lines expected = scene.expected();
  if (!same(expected, kernel_lines(), seed)) return false;
  // Setting promote_secondaries and giving it back, at most once for each address that goes.
  const std::size_t fewest = difference(before, expected);
  const std::size_t most = fewest + (promotes ? 0 : 2 * removed_addresses(before, expected));
  const std::size_t writes = first->report.writes;
  if (!check(writes >= fewest && writes <= most && (writes - fewest) % 2 == 0, seed,
             fmt::format("{} writes, {} to {} would do", writes, fewest, most)))
    return false;

  const auto second = converge(*wanted, kernel, directory);
  return check(second.has_value() && second->report.writes == 0 && second->plan.empty(), seed, "a second apply wrote");
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned first_seed = argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 1;
  const unsigned count = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 500;
  const std::string state_dir = fmt::format("/run/ballast-random-{}", ::getpid());
  prepare(state_dir);
  NetlinkIpvs ipvs;
  NetlinkNetwork network;
  ProcSysctls sysctls;
  NftPacketFilter packet_filter;
  Kernel kernel{ipvs, network, sysctls, packet_filter};
  const StateDir directory(state_dir);
  std::filesystem::create_directories(state_dir);

  Scene scene;
  scene.settings = kernel_settings();
  scene.always = kernel_lines();
  Lines settings;
  add(settings, scene.settings);
  for (const std::string& line : settings) scene.always.erase(line);
  for (unsigned seed = first_seed; seed < first_seed + count; ++seed) {
    if (!step(scene, seed, kernel, directory)) return 1;
  }
  const auto emptied = converge({}, kernel, directory);
  Lines left = scene.always;
  Lines nothing = expected_lines({}, scene.others, scene.settings);
  nothing.erase("net.ipv4.ip_forward | 1");
  nothing.insert("net.ipv4.ip_forward | " + scene.settings.at("net.ipv4.ip_forward"));
  left.insert(nothing.begin(), nothing.end());
  if (!emptied || !emptied->converged() || !same(left, kernel_lines(), 0)) return 1;
  fmt::print("{} random manifests: the kernel was each time what ipvsadm and ip expect, with the fewest writes\n",
             count);
  return 0;
}
