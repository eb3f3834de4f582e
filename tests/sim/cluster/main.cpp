// sim_cluster [--seed N] [--seeds COUNT] [--hours H] [--expect-violation] [--verbose]: runs that many seeds from N on,
// each for that many virtual hours, and prints the first that fails. --verbose: with the log lines of all nodes.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>

#include <unistd.h>

#include "tests/sim/cluster/cluster.hpp"

namespace {

struct Options {
  std::uint64_t first = 1;
  std::uint64_t count = 1;
  double hours = 1;
  bool expect_violation = false;
  bool verbose = false;
};

bool read_options(int argc, char** argv, Options& options) {
  for (int at = 1; at < argc; ++at) {
    const std::string word = argv[at];
    if (word == "--expect-violation") {
      options.expect_violation = true;
    } else if (word == "--verbose") {
      options.verbose = true;
    } else if (word == "--seed" && at + 1 < argc) {
      options.first = std::strtoull(argv[++at], nullptr, 10);
    } else if (word == "--seeds" && at + 1 < argc) {
      options.count = std::strtoull(argv[++at], nullptr, 10);
    } else if (word == "--hours" && at + 1 < argc) {
      options.hours = std::strtod(argv[++at], nullptr);
    } else {
      return false;
    }
  }
  return true;
}

/// In memory where there is such a place: every look reads its records.
std::string make_directory() {
  const bool memory = std::filesystem::is_directory("/dev/shm");
  std::string path = (memory ? "/dev/shm" : std::filesystem::temp_directory_path().string()) + "/sim_cluster.XXXXXX";
  if (::mkdtemp(path.data()) == nullptr) throw std::runtime_error("cannot make " + path);
  return path;
}

void add(ballast::sim::cluster::Counts& sum, const ballast::sim::cluster::Counts& more) {
  sum.events += more.events;
  sum.looks += more.looks;
  sum.writes += more.writes;
  sum.commits += more.commits;
  sum.held += more.held;
  sum.refused += more.refused;
  sum.probes += more.probes;
  sum.kills += more.kills;
  sum.hands += more.hands;
  sum.episodes += more.episodes;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ballast::sim;
  Options options;
  if (!read_options(argc, argv, options)) {
    std::cerr << "usage: sim_cluster [--seed N] [--seeds COUNT] [--hours H] [--expect-violation] [--verbose]\n";
    return 2;
  }
  if (!options.verbose && std::freopen("/dev/null", "w", stderr) == nullptr) return 2;
  const std::string directory = make_directory();
  cluster::Counts counts;
  int status = options.expect_violation ? 1 : 0;
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t seed = options.first; seed < options.first + options.count; ++seed) {
    try {
      cluster::Cluster simulated(seed, directory);
      simulated.run(std::chrono::seconds{static_cast<std::int64_t>(options.hours * 3600)});
      add(counts, simulated.counts());
    } catch (const Violation& violation) {
      std::cout << "seed " << seed << " " << violation.what() << "\nagain with: sim_cluster --seed " << seed
                << " --hours " << options.hours << "\n";
      status = options.expect_violation ? 0 : 1;
      break;
    }
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::filesystem::remove_all(directory);
  std::cout << options.count << " seeds of " << options.hours << " virtual hours in " << took.count()
            << " s: " << counts.episodes << " episodes, " << counts.events << " events, " << counts.looks << " looks, "
            << counts.writes << " writes, " << counts.probes << " probes, " << counts.commits << " commits ("
            << counts.refused << " refused and " << counts.held << " held by nodes), " << counts.hands
            << " changes by hand, " << counts.kills << " killed within a change\n";
  return status;
}
